/**
 * What may go wrong. `status`: this error instead of the work. `primary` and `secondary`: a rate limit. `silence`: no answer, ever.
 * `reset`: the connection breaks before anything is done. `lost-answer`: the work is done, and the connection breaks before the answer.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  | { readonly kind: 'primary' | 'secondary'; readonly retryAfter?: number }
  | { readonly kind: 'silence' | 'reset' | 'lost-answer' };

/** When it strikes: the next `times` requests (default 1) with this method and this text in their path. */
export interface FaultRule {
  readonly fault: Fault;
  readonly method?: string;
  readonly path?: string;
  readonly times?: number;
}

/** The faults that are still to come. */
export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request, used up by one. */
  take(method: string, path: string): Fault | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && (rule.method ?? method) === method && path.includes(rule.path ?? ''));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.fault;
  }
}
