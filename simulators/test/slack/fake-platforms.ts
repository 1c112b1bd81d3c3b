import type { Platforms } from '../../slack/index.ts';

const FAULTS = [
  { id: 'aureus/frontend', platform: 'aureus', title: 'Frontend crashes after a bad release' },
  { id: 'aureus/connections', platform: 'aureus', title: 'PostgreSQL has no free connections' },
  { id: 'aureus/volume', platform: 'aureus', title: 'Evidence volume is full' },
  { id: 'aureus/policy', platform: 'aureus', title: 'Policy engine is down' },
  { id: 'aureus/limits', platform: 'aureus', title: 'Rate limits block legitimate users' },
  { id: 'sark/opa-memory', platform: 'sark', title: 'OPA is killed for lack of memory: three pods do not bear the load' },
  { id: 'sark/opa-policy', platform: 'sark', title: 'A bad policy was rolled out to OPA' },
  { id: 'sark/postgres', platform: 'sark', title: 'postgres-0 hangs and refuses connections' },
  { id: 'sark/latency', platform: 'sark', title: 'The API is slow: p95 above 200 ms' },
  { id: 'sark/audit-gap', platform: 'sark', title: 'Audit events have not been recorded for three hours' },
  { id: 'sark/server', platform: 'sark', title: 'A registered server is compromised' },
];

/** Platforms that break and mend as they are told, or not, or only once they are let. */
export interface FakePlatforms extends Platforms {
  /** What was asked for, as `+id` and `-id`. */
  readonly asked: string[];
  /** Changes a fault as a runbook would: the workspace is not told. */
  silently(id: string, on: boolean): void;
  /** The next change fails with these words. */
  refuseNext(says: string): void;
  /** The next change waits until the returned function is called. */
  holdNext(): () => void;
}

export function fakePlatforms(): FakePlatforms {
  const active = new Set<string>();
  const asked: string[] = [];
  let refusal: string | undefined;
  let gate: Promise<void> | undefined;
  const change = (id: string, on: boolean): void => void (on ? active.add(id) : active.delete(id));
  return {
    asked,
    list: () => FAULTS.map((fault) => ({ ...fault, active: active.has(fault.id) })),
    async set(id, on) {
      asked.push(`${on ? '+' : '-'}${id}`);
      const [held, refused] = [gate, refusal];
      gate = undefined;
      refusal = undefined;
      await held;
      if (refused !== undefined) throw new Error(refused);
      change(id, on);
    },
    silently: change,
    refuseNext(says) {
      refusal = says;
    },
    holdNext() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}
