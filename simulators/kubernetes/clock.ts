/** The cluster's time: a base clock and an offset that people may move forward. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Moves the cluster's time forward. Going back is refused. */
  advance(ms: number): void;
}

/** Makes a clock over `base`, by default the machine's. `behindMs`: how far in the past the cluster begins. */
export function createClock(base: () => number = Date.now, behindMs = 0): Clock {
  let offset = -behindMs;
  return {
    now: () => base() + offset,
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`The clock moves forward only, not by ${ms} ms.`);
      offset += ms;
    },
  };
}

/** A time as Kubernetes writes it: UTC, whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
