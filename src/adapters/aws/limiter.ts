import { pause } from '../../lib/pause.ts';

/** Time and waiting, injected so that tests do not wait. */
export interface Pace {
  /** ms that only ever grow. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const realPace: Pace = {
  now: () => performance.now(),
  wait: pause,
};

/** Lets at most `limit` calls begin within any `windowMs`, the others wait their turn. */
export class Limiter {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #pace: Pace;
  /** When the latest calls begin, some of them in the future. */
  #begins: number[] = [];

  constructor(limit: number, windowMs: number, pace: Pace = realPace) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#pace = pace;
  }

  /** Resolves when it is this call's turn. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#pace.now();
    const earliest = this.#begins.at(-this.#limit);
    const at = earliest === undefined ? now : Math.max(now, earliest + this.#windowMs);
    this.#begins = [...this.#begins, at].slice(-this.#limit);
    if (at > now) await this.#pace.wait(at - now, signal);
    signal.throwIfAborted();
  }
}
