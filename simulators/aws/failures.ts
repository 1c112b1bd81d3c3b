import { ApiError } from './protocol/error.ts';

/** An answer that goes wrong on purpose: the next `times` (default 1) calls of this operation, or of the whole service. */
export interface FailureRule {
  readonly service: string;
  readonly operation?: string;
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly times?: number;
}

/** Failures that are still to come. */
export class Failures {
  #rules: { readonly rule: FailureRule; left: number }[] = [];

  add(rule: FailureRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The error for this call, used up by one. */
  take(service: string, operation: string): ApiError | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && rule.service === service && (rule.operation ?? operation) === operation);
    if (found === undefined) return null;
    found.left -= 1;
    return new ApiError(found.rule.status, found.rule.code, found.rule.message ?? 'Injected by the simulator.');
  }
}
