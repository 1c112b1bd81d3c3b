import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { UserError } from '../../../src/domain/errors.ts';
import type { RunbookDeps, StepContext } from '../../../src/engine/runbooks/deps.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { assertMay, makePlan } from '../../../src/engine/runbooks/remedy/planning.ts';
import { type Action, changeAction, readAction } from '../../../src/ports/action.ts';
import { declared } from '../../domain/helpers/incidents.ts';

const input = z.strictObject({ target: z.string() });

/** Targets of these names are declared absent, or are not configured. */
function assertThere(target: string): void {
  if (target === 'absent') throw new UserError('target-absent', `There is no ${target} here.`);
  if (target === 'missing') throw new UserError('target-missing', `${target} is not configured.`);
}

const look = readAction({
  name: 'test.look',
  about: 'Looks.',
  input,
  output: z.strictObject({ ready: z.number().int() }),
  targets: ({ target }) => [target],
  rights: () => [],
  run: async () => ({ output: { ready: 1 }, summary: 'one' }),
});
const set = changeAction({
  name: 'test.set',
  about: 'Changes.',
  effect: 'change',
  input,
  output: z.strictObject({}),
  targets: ({ target }) => [target],
  rights: () => [],
  plan: async ({ target }) => {
    assertThere(target);
    return { summary: `sets ${target}`, diff: null, noPlan: 'x', notes: [], touches: [], changes: true, scope: null, snapshot: null };
  },
  apply: async () => ({ output: {}, summary: 's' }),
});
const ACTIONS = new Map<string, Action>([look, set].map((action) => [action.name, action]));

const context = {
  target: (name: string) => assertThere(name),
  redact: (text: string) => text,
} as Partial<StepContext> as StepContext;

interface Steps {
  readonly steps: string;
  readonly verify?: string;
  readonly when?: string;
}

function runbookWith({ steps, verify, when }: Steps): Runbook {
  const text = `runbook: demo/trouble
title: Trouble
service: demo
severity: P1
diagnose:
  engine: { uses: test.look, with: { target: engine } }
findings:
  - when: diagnose.engine.ready == 0
    says: None is ready.
    suggests: mend
remedies:
  mend:
    title: Mend it
    risk: change
${when === undefined ? '' : `    when: ${when}\n`}    steps: [${steps}]
${verify === undefined ? '' : `    verify: { uses: test.look, with: { target: ${verify} }, until: output.ready == 1 }\n`}`;
  const loaded = loadRunbook(text, 'trouble.yml', ACTIONS);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.runbook;
}

async function planned(steps: Steps) {
  const deps = { actions: ACTIONS } as Partial<RunbookDeps> as RunbookDeps;
  return (await makePlan(deps, runbookWith(steps), 'mend', declared().incident, {}, context)).document;
}

describe('A plan', () => {
  const change = (target: string, more = '') => `{ uses: test.set, with: { target: ${target} }${more} }`;
  const read = (target: string, more = '') => `{ uses: test.look, with: { target: ${target} }, until: output.ready == 1${more} }`;

  test('has the verification that the runbook asks for, and none where it asks for none', async () => {
    expect((await planned({ steps: change('web'), verify: 'web' })).verify).toMatchObject({ uses: 'test.look', input: { target: 'web' } });
    expect(await planned({ steps: change('web') })).not.toHaveProperty('verify');
  });

  test('leaves out a verification whose target is declared absent, and says so', async () => {
    const document = await planned({ steps: change('web'), verify: 'absent' });
    expect(document).not.toHaveProperty('verify');
    expect(document.left_out).toEqual(['Its effect is not verified. There is no absent here.']);
  });

  test('leaves out what is absent, and what is not configured only where it is optional', async () => {
    const document = await planned({ steps: `${change('absent')}, ${read('absent')}, ${change('missing', ', optional: true')}, ${change('web')}` });
    expect(document.steps.map((step) => step.input)).toEqual([{ target: 'web' }]);
    expect(document.left_out).toHaveLength(3);
    expect((await planned({ steps: `${read('missing', ', optional: true')}, ${change('web')}` })).left_out).toHaveLength(1);
    expect((await planned({ steps: `${read('missing')}, ${change('web')}` })).steps).toHaveLength(2);
    await expect(planned({ steps: `${change('missing')}, ${change('web')}` })).rejects.toMatchObject({ code: 'target-missing' });
  });

  test('is none when nothing is left to do', async () => {
    await expect(planned({ steps: change('absent') })).rejects.toMatchObject({ code: 'nothing-to-do' });
  });
});

test('a remedy that is not for this incident now says for which it is', () => {
  const may = (when: string, isPrivate: boolean) => {
    const runbook = runbookWith({ steps: '{ uses: test.set, with: { target: web } }', when });
    const remedy = runbook.remedies['mend'];
    if (remedy === undefined) throw new Error('There is no remedy.');
    assertMay(runbook, remedy, declared('P1', { private: isPrivate }).incident);
  };
  expect(() => may("'!incident.private'", true)).toThrow('is not for a private incident, which INC-2026-0001 is');
  expect(() => may('incident.private', false)).toThrow('is for a private incident only, and INC-2026-0001 is none.');
  expect(() => may('\'incident.severity == "P0"\'', false)).toThrow('INC-2026-0001 is P1, investigating.');
  expect(() => may('incident.private', true)).not.toThrow();
  expect(() => may("'!incident.private'", false)).not.toThrow();
});
