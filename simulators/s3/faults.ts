/**
 * What may go wrong. `status`: this error instead of the work. `silence`: no answer, ever. `torn-body`: the answer breaks off in its
 * middle. `reset`: the connection breaks before the request was read to its end. `lost-answer`: the work is done, and the connection
 * breaks before the answer.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  | { readonly kind: 'silence' | 'torn-body' | 'reset' | 'lost-answer' };

/** When a fault strikes: the next `times` requests (default 1) with this method and this text in their key. */
export interface FaultRule {
  readonly fault: Fault;
  readonly method?: string;
  readonly key?: string;
  readonly times?: number;
}

/** Errors that S3 answers with when it is in trouble or in doubt; S3 API reference, "Error responses". */
export const FAULTS = {
  preconditionFailed: { kind: 'status', status: 412, code: 'PreconditionFailed' },
  conflict: { kind: 'status', status: 409, code: 'ConditionalRequestConflict' },
  slowDown: { kind: 'status', status: 503, code: 'SlowDown' },
  unavailable: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  internal: { kind: 'status', status: 500, code: 'InternalError' },
  denied: { kind: 'status', status: 403, code: 'AccessDenied' },
  silence: { kind: 'silence' },
  tornBody: { kind: 'torn-body' },
  reset: { kind: 'reset' },
  lostAnswer: { kind: 'lost-answer' },
} as const satisfies Record<string, Fault>;

/** The faults that are still to come. */
export class Faults {
  #rules: { rule: FaultRule; left: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request, used up by one. */
  take(method: string, key: string): Fault | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && (rule.method ?? method) === method && key.includes(rule.key ?? ''));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.fault;
  }
}
