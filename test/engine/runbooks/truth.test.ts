import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ChangeEvent } from '../../../src/domain/change/events.ts';
import { TocsinError } from '../../../src/domain/errors.ts';
import type { Json } from '../../../src/domain/record.ts';
import type { ContextOptions, RunbookDeps } from '../../../src/engine/runbooks/deps.ts';
import { judge } from '../../../src/engine/runbooks/diagnose/judging.ts';
import { readStep } from '../../../src/engine/runbooks/diagnose/reading.ts';
import { recurrenceRun } from '../../../src/engine/runbooks/diagnose/recurrence.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { type Action, readAction } from '../../../src/ports/action.ts';
import type { RunContext } from '../../../src/ports/runs.ts';

type Look = 'none' | 'some' | 'blind' | 'old';

/** Errors that a log has, as the test says; `old` ones are older than any remedy. */
function errorsAction(looks: Look[]): Action {
  return readAction({
    name: 'test.errors',
    about: 'Errors.',
    input: z.strictObject({}),
    output: z.strictObject({ found: z.boolean(), count: z.number().int() }),
    targets: () => [],
    rights: () => [],
    run: async (_input, context) => {
      const look = looks.shift() ?? 'none';
      if (look === 'blind') return { state: 'unknown', output: { found: false }, summary: 'No such workload.' };
      const count = look === 'some' || (look === 'old' && context.newerThan === null) ? 1 : 0;
      return { state: count === 0 ? 'good' : 'bad', output: { found: true, count }, summary: `${count} errors` };
    },
  });
}

/** `gap`: with a finding that is always there, and that another remedy is for. */
function runbook(actions: ReadonlyMap<string, Action>, gap: boolean): Runbook {
  const text = `runbook: demo/trouble
title: Trouble
service: demo
severity: P1
diagnose:
  errors: { uses: test.errors }
findings:
  - { when: diagnose.errors.count > 0, says: There are errors., suggests: mend }
  - { when: diagnose.errors.count == 0, says: There is no error. }
  - { when: "!diagnose.errors.found", says: Nothing to look at. }
  - { when: "diagnose.errors.found && diagnose.errors.count == 0", says: All is well. }
${gap ? '  - { when: diagnose.errors.found, says: Nobody is told., suggests: tell }\n' : ''}remedies:
  mend:
    title: Mend it
    risk: safe
    steps: [{ uses: test.errors }]
    watch: { for: 3m, every: 1m }
  tell:
    title: Tell somebody
    risk: safe
    steps: [{ uses: test.errors }]
`;
  const loaded = loadRunbook(text, 'trouble.yml', actions);
  if (!loaded.ok) throw new Error(loaded.problems.map(sayProblem).join('\n'));
  return loaded.runbook;
}

/** A plan of Tocsin's own, as far as it is looked at. */
type Known = Readonly<Record<string, unknown>>;

interface World {
  /** Of the remedy that is watched. */
  readonly plan?: Known;
  readonly status?: 'investigating' | 'resolved' | 'closed';
  /** A plan of another incident of the service. What its steps are cannot be read here, so it meets any target. */
  readonly other?: Known;
  /** ms; moves on with each question where it is a list. */
  readonly clock?: readonly number[];
}

const NOW = 1_000_000;

function depsFor(looks: Look[], verified: boolean | null, gap = false, { plan = {}, status = 'investigating', other, clock = [NOW] }: World = {}) {
  const action = errorsAction(looks);
  const actions = new Map([[action.name, action]]);
  const told: ChangeEvent[] = [];
  const known = runbook(actions, gap);
  const moments = [...clock];
  const planned = { kind: 'change', runbook: known.id, remedy: 'mend', status: 'applied', intendedAt: NOW - 60_000, watch: null, ...plan };
  const mine = { id: 'INC-2026-0001', status, plans: { p: { ...planned, id: 'p', verified, title: 'Mend it' } } };
  const theirs = { id: 'INC-2026-0002', status: 'investigating', plans: { q: { ...planned, id: 'q', title: 'Restart', ...other } } };
  const all = other === undefined ? [mine] : [mine, theirs];
  const deps = {
    actions,
    catalogue: { get: () => known },
    store: {
      now: async () => (moments.length > 1 ? moments.shift() : moments[0]),
      records: async () => [],
    },
    context: ({ signal, newerThan }: Partial<ContextOptions>) => ({
      signal,
      newerThan: newerThan ?? null,
      redact: (text: string) => text,
      redactAll: async (value: Json) => value,
    }),
    incidents: {
      find: async (id: string) => all.find((one) => one.id === id) ?? null,
      list: async () => all,
      tell: async (_tx: unknown, _id: string, { event }: { event: ChangeEvent }) => {
        told.push(event);
        return { incident: {} };
      },
    },
  } as unknown as RunbookDeps;
  return { deps, told, runbook: known, tx: { lockStream: async () => ({ state: { incident: mine } }) } };
}

describe('What could not be read', () => {
  test('Tocsin’s own database says nothing of the platform: the run looks again', async () => {
    const away = new TocsinError('database-unavailable', 'The database cannot be reached.');
    const { deps } = depsFor([], null);
    const lost = { ...errorsAction([]), run: () => Promise.reject(away) };
    const reading = readStep({ ...deps, actions: new Map([[lost.name, lost]]) }, lost.name, {}, { service: 'demo', incident: null });
    await expect(reading).rejects.toBe(away);
  });

  test('is neither good nor bad: no finding comes from it, nor from its contrary', async () => {
    const { deps, runbook } = depsFor(['blind'], null);
    const errors = await readStep(deps, 'test.errors', {}, { service: 'demo', incident: null });
    expect(errors).toMatchObject({ ok: true, state: 'unknown', output: { found: false } });
    const { findings, unjudged } = judge(runbook, new Map([['errors', errors]]));
    expect(findings.map(({ says }) => says)).toEqual(['Nothing to look at.']);
    expect(unjudged).toHaveLength(2);
  });

  test('what was read is judged as before', async () => {
    const { deps, runbook } = depsFor(['none'], null);
    const errors = await readStep(deps, 'test.errors', {}, { service: 'demo', incident: null });
    expect(judge(runbook, new Map([['errors', errors]]))).toMatchObject({
      findings: [
        { says: 'There is no error.', suggests: [] },
        { says: 'All is well.', suggests: [] },
      ],
      unjudged: [],
    });
  });

  test('a step that was refused leaves all conclusions open that hang on it', async () => {
    const { deps, runbook } = depsFor([], null);
    const errors = await readStep(deps, 'test.unheard-of', {}, { service: 'demo', incident: null });
    expect(errors).toMatchObject({ ok: false, state: 'unknown', output: null });
    expect(judge(runbook, new Map([['errors', errors]]))).toMatchObject({ findings: [], unjudged: { length: 4 } });
  });
});

describe('After a remedy', () => {
  async function run(looks: Look[], verified: boolean | null, gap: boolean, world: World, after?: 'revert'): Promise<readonly ChangeEvent[]> {
    const { deps, told, tx } = depsFor(looks, verified, gap, world);
    const context = {
      id: 'run',
      step: async (_name: string, work: () => Promise<unknown>) => work(),
      write: async (_name: string, work: (tx: unknown) => Promise<unknown>) => work(tx),
      sleep: async () => undefined,
    } as unknown as RunContext;
    await recurrenceRun(deps).flow(context, { incident: 'INC-2026-0001', plan: 'p', ...(after === undefined ? {} : { after }) });
    return told;
  }

  async function watched(
    looks: Look[],
    verified: boolean | null = true,
    gap = false,
    world: World = {},
  ): Promise<readonly (readonly [string, string, unknown])[]> {
    const told = await run(looks, verified, gap, world);
    return told.slice(1).map(({ type, data }) => [type, (data as { summary: string }).summary, (data as { again?: boolean }).again] as const);
  }

  test('what is older than it has not come back', async () => {
    expect(await watched(['old', 'old', 'old'])).toEqual([['recurrence.clear', '3 checks found no sign of it.', undefined]]);
  });

  test('another gap, which another remedy is for, has not come back', async () => {
    expect(await watched(['none', 'none', 'none'], true, true)).toEqual([['recurrence.clear', '3 checks found no sign of it.', undefined]]);
  });

  test('it came back: it was good in between', async () => {
    expect(await watched(['none', 'some'], null)).toEqual([['recurrence.seen', 'There are errors.', undefined]]);
    expect(await watched(['some'])).toEqual([['recurrence.seen', 'There are errors.', undefined]]);
  });

  test('what never went away has not come back: it is still there', async () => {
    expect(await watched(['some', 'blind', 'some'], null)).toEqual([['recurrence.seen', 'There are errors.', false]]);
  });

  test('a watch that could not see says so, and not that all is well', async () => {
    expect(await watched(['blind', 'blind', 'blind'])).toEqual([
      ['recurrence.unknown', '3 checks could not tell. errors: No such workload.', undefined],
    ]);
    expect(await watched(['none', 'blind', 'none'])).toEqual([
      ['recurrence.clear', '3 checks found no sign of it. 1 of them could not tell.', undefined],
    ]);
  });

  const OTHER = 'Restart” of INC-2026-0002';

  test('what Tocsin itself does to the same target has not come back: it is not known, and looked at again', async () => {
    const busy = { other: { status: 'applying' } };
    expect(await watched(['none', 'some', 'none'], true, false, busy)).toEqual([
      ['recurrence.clear', '3 checks found no sign of it. 1 of them could not tell.', undefined],
    ]);
    expect(await watched(['some', 'some', 'some'], true, false, busy)).toEqual([
      ['recurrence.unknown', `3 checks could not tell. “${OTHER} changes the same target now.`, undefined],
    ]);
    expect(await watched(['some', 'some', 'some'], true, false, { other: { status: 'reverting' } })).toEqual([
      ['recurrence.unknown', `3 checks could not tell. “${OTHER} changes the same target now.`, undefined],
    ]);
  });

  test('nor what it did a moment ago; what it did long ago explains nothing', async () => {
    const ended = (ms: number) => ({ other: { appliedAt: NOW - ms, verification: { at: NOW - ms, says: '' }, intendedAt: NOW - 90_000 } });
    expect(await watched(['some', 'some', 'some'], true, false, ended(0))).toEqual([
      ['recurrence.unknown', `3 checks could not tell. “${OTHER} has just changed the same target.`, undefined],
    ]);
    expect(await watched(['some'], true, false, ended(60_000))).toEqual([['recurrence.seen', 'There are errors.', undefined]]);
  });

  test('a plan that nobody has begun explains nothing', async () => {
    expect(await watched(['some'], true, false, { other: { status: 'waiting', intendedAt: null } })).toEqual([
      ['recurrence.seen', 'There are errors.', undefined],
    ]);
  });

  test('a return is told once: where a later remedy for the same is watched, that watch tells', async () => {
    const later = { other: { intendedAt: NOW, appliedAt: NOW, watch: { until: NOW + 1, outcome: null, endedAt: null } } };
    expect(await watched(['some', 'some', 'some'], true, false, later)).toEqual([
      ['recurrence.unknown', `“${OTHER} has changed the same target since, and is watched itself.`, undefined],
    ]);
  });

  test('a closed incident is told nothing, a resolved one is', async () => {
    expect(await run(['some'], true, false, { status: 'closed' })).toEqual([]);
    expect(await watched(['some'], true, false, { status: 'resolved' })).toEqual([['recurrence.seen', 'There are errors.', undefined]]);
  });

  test('nothing is said after the end that was promised', async () => {
    const clock = [NOW, NOW, NOW + 10_000_000];
    expect(await watched(['some'], true, false, { clock })).toEqual([['recurrence.unknown', 'No check was made in time.', undefined]]);
  });

  test('what was put back is no longer watched: the look after the revert tells', async () => {
    expect(await watched(['some'], true, false, { plan: { status: 'reverted' } })).toEqual([
      ['recurrence.unknown', 'It was reverted; a check after that says whether the cause is gone.', undefined],
    ]);
  });

  test('after the revert two looks in a row say whether the cause is gone', async () => {
    const after = async (looks: Look[]) =>
      (await run(looks, true, false, { plan: { status: 'reverted' } }, 'revert')).map(({ type, data }) => [type, data]);
    const about = { plan: 'p', reverted: true };
    expect(await after(['some', 'some'])).toEqual([['recurrence.seen', { ...about, summary: 'There are errors.', again: false }]]);
    expect(await after(['some', 'none', 'none'])).toEqual([['recurrence.clear', { ...about, summary: 'No check finds it any more.' }]]);
    expect(await after(['blind', 'blind', 'blind', 'blind', 'blind', 'blind'])).toEqual([
      ['recurrence.unknown', { ...about, summary: 'errors: No such workload.' }],
    ]);
    expect(await run(['some', 'some'], true, false, { plan: { status: 'reverted' }, status: 'closed' }, 'revert')).toEqual([]);
  });
});
