import { inBackground } from '../lib/background.ts';
import type { Leases } from '../ports/queue.ts';

/** After a replica was killed, another takes its leases over within this time (ms). */
const LEASE = 8_000;
const RENEW = 2_000;

/** A replica's hold on work that one replica at a time does. It saves double work, no more: two at once have to be harmless. */
export interface Lease {
  /** Runs `work` if this replica has or gets the lease, and keeps it meanwhile; returns `null` if another has it. */
  hold<T>(work: () => Promise<T>): Promise<T | null>;
  /** Lets another replica take over at once. */
  release(): Promise<void>;
}

export function createLease(leases: Leases, name: string, holder: string): Lease {
  let acquiredAt = Number.NEGATIVE_INFINITY;

  /** Asks the database only when the last answer has grown old: passes may follow each other closely. */
  async function acquire(): Promise<boolean> {
    if (performance.now() - acquiredAt < RENEW) return true;
    const askedAt = performance.now();
    const held = await leases.acquire(name, holder, LEASE);
    acquiredAt = held ? askedAt : Number.NEGATIVE_INFINITY;
    return held;
  }

  return {
    async hold(work) {
      if (!(await acquire())) return null;
      // A renewal that fails is made up for by the next one, or by the next pass.
      const renewal = setInterval(() => inBackground(acquire(), () => undefined), RENEW).unref();
      try {
        return await work();
      } finally {
        clearInterval(renewal);
      }
    },
    async release() {
      acquiredAt = Number.NEGATIVE_INFINITY;
      await leases.release(name, holder);
    },
  };
}
