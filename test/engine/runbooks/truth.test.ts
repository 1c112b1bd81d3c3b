import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { ChangeEvent } from '../../../src/domain/change/events.ts';
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

function depsFor(looks: Look[], verified: boolean | null, gap = false) {
  const action = errorsAction(looks);
  const actions = new Map([[action.name, action]]);
  const told: ChangeEvent[] = [];
  const known = runbook(actions, gap);
  const deps = {
    actions,
    catalogue: { get: () => known },
    store: { now: async () => 1_000_000 },
    context: ({ signal, newerThan }: Partial<ContextOptions>) => ({ signal, newerThan: newerThan ?? null, redact: (text: string) => text }),
    incidents: {
      find: async () => ({ plans: { p: { runbook: known.id, remedy: 'mend', verified } } }),
      tell: async (_tx: unknown, _id: string, { event }: { event: ChangeEvent }) => {
        told.push(event);
        return { incident: {} };
      },
    },
  } as unknown as RunbookDeps;
  return { deps, told, runbook: known };
}

describe('What could not be read', () => {
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
    expect(judge(runbook, new Map([['errors', errors]]))).toEqual({
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
  async function watched(looks: Look[], verified: boolean | null = true, gap = false): Promise<readonly (readonly [string, string, unknown])[]> {
    const { deps, told } = depsFor(looks, verified, gap);
    const run = {
      id: 'run',
      step: async (_name: string, work: () => Promise<unknown>) => work(),
      write: async (_name: string, work: (tx: unknown) => Promise<unknown>) => work({}),
      sleep: async () => undefined,
    } as unknown as RunContext;
    await recurrenceRun(deps).flow(run, { incident: 'INC-2026-0001', plan: 'p' });
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
});
