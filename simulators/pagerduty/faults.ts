/**
 * What may go wrong with the next events. `status`: this answer instead of the work. `silence`: no answer, ever. `lost-answer`: the work is done, and the
 * connection breaks before the answer.
 */
export type PageFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: 'silence' | 'lost-answer' };

/** The faults that are still to come. */
export class PageFaults {
  #waiting: PageFault[] = [];

  /** The next `times` events go wrong. */
  add(fault: PageFault, times = 1): void {
    this.#waiting.push(...Array.from({ length: times }, () => fault));
  }

  clear(): void {
    this.#waiting = [];
  }

  take(): PageFault | null {
    return this.#waiting.shift() ?? null;
  }
}
