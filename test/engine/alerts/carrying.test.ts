import { expect, test } from '@jest/globals';
import type { Command } from '../../../src/domain/incident/commands.ts';
import type { Json } from '../../../src/domain/record.ts';
import { carryRun } from '../../../src/engine/alerts/carrying.ts';
import type { Incidents } from '../../../src/engine/incidents/incidents.ts';
import type { RunbookDeps } from '../../../src/engine/runbooks/deps.ts';
import { toIso } from '../../../src/lib/time.ts';
import { RetryLater } from '../../../src/ports/queue.ts';
import type { RunContext } from '../../../src/ports/runs.ts';
import type { SentMessage, Store, StoreTx } from '../../../src/ports/store.ts';

const BEGUN = Date.parse('2026-11-21T08:00:00.000Z');
const LOOKED = BEGUN + 7_000;
const MINUTE = 60_000;

const RUNNING = {
  incident: null,
  runbook: 'demo/trouble',
  title: 'Trouble',
  by: 'U0ADA',
  revision: 'r',
  findings: null,
  steps: [],
  unjudged: 0,
  remedies: [],
};
const ENDED = { ...RUNNING, findings: [{ says: 'It is down.', suggests: [] }], as_of: LOOKED };

/** Carries run A when its board shows this, `after` ms after the carrying began. Returns what the incident was told, and what the journal has. */
async function carried(view: Json | undefined, after: number): Promise<{ told: readonly unknown[]; journal: unknown }> {
  const told: unknown[] = [];
  const change = { seq: 1 };
  const tell = async (_tx: StoreTx, _id: string, { event }: Extract<Command['ask'], { type: 'change' }>) => {
    told.push(event);
    return change;
  };
  const store: Partial<Store> = {
    now: async () => BEGUN + after,
    message: async () => (view === undefined ? null : ({ data: { rev: 1, view } } as Partial<SentMessage> as SentMessage)),
  };
  const catalogue: Partial<RunbookDeps['catalogue']> = { get: () => null };
  const deps = { store, catalogue, incidents: { tell } as unknown as Incidents } as Partial<RunbookDeps> as RunbookDeps;
  const none = async () => undefined;
  const tx = { addMessage: none, updateMessage: none, enqueue: none } as Partial<StoreTx> as StoreTx;
  let journal: unknown;
  const run = {
    id: 'c',
    step: async () => BEGUN,
    writeAfter: async (_name: string, prepare: () => Promise<unknown>, work: (tx: StoreTx, value: unknown) => Promise<unknown>) => {
      journal = await work(tx, await prepare());
    },
  } as unknown as RunContext;
  await carryRun(deps).flow(run, { incident: 'INC-2026-0001', alert: 'ALR-1', run: 'A' });
  return { told, journal };
}

test('what a diagnosis found is recorded with the time at which it looked', async () => {
  const { told, journal } = await carried(ENDED, 2 * MINUTE);
  expect(told).toEqual([
    { type: 'diagnosis.finished', data: expect.objectContaining({ run: 'A', alert: 'ALR-1', findings: ENDED.findings, as_of: toIso(LOOKED) }) },
  ]);
  expect(journal).toBe(true);
});

test('what it is called by what was found comes along', async () => {
  const { told } = await carried({ ...ENDED, called: 'False alarm' }, 2 * MINUTE);
  expect(told).toMatchObject([{ data: { title: 'Trouble', called: 'False alarm' } }]);
});

test.each([
  ['has written nothing yet', undefined],
  ['is under way', RUNNING],
])('a diagnosis that %s is waited for', async (_name, view) => {
  await expect(carried(view, MINUTE)).rejects.toBeInstanceOf(RetryLater);
  expect(await carried(view, 16 * MINUTE)).toEqual({ told: [], journal: false });
});
