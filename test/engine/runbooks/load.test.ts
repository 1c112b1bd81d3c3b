import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openCatalogue } from '../../../src/engine/runbooks/load/catalogue.ts';
import { loadRunbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { type Action, changeAction, readAction } from '../../../src/ports/action.ts';

const look = readAction({
  name: 'test.look',
  about: 'Looks.',
  input: z.strictObject({ target: z.string(), tail: z.number().int().optional() }),
  output: z.strictObject({ ready: z.number().int() }),
  targets: ({ target }) => [target],
  rights: () => [],
  run: async () => ({ output: { ready: 1 }, summary: 'one' }),
});
const change = (name: string, effect: 'change' | 'destructive') =>
  changeAction({
    name,
    about: 'Changes.',
    effect,
    input: z.strictObject({ target: z.string(), value: z.string().max(5).optional() }),
    output: z.strictObject({}),
    targets: ({ target }) => [target],
    rights: () => [],
    plan: async () => ({ summary: 's', diff: null, noPlan: 'x', notes: [], touches: [], changes: true, scope: null, snapshot: null }),
    apply: async () => ({ output: {}, summary: 's' }),
  });
const ACTIONS = new Map<string, Action>(
  [look, change('test.set', 'change'), change('test.wipe', 'destructive')].map((action) => [action.name, action]),
);

const GOOD = `runbook: demo/trouble
title: Trouble
service: demo
severity: P1
diagnose:
  engine: { uses: test.look, with: { target: engine } }
findings:
  - when: diagnose.engine.ready == 0
    says: ="Ready " + string(diagnose.engine.ready)
    suggests: mend
remedies:
  mend:
    title: Mend it
    risk: change
    steps: [{ uses: test.set, with: { target: engine } }]
`;

function problems(text: string): string[] {
  const loaded = loadRunbook(text, 'trouble.yml', ACTIONS);
  return loaded.ok ? [] : loaded.problems.map(sayProblem);
}

describe('A runbook', () => {
  test('that is good is loaded, with a revision of its text', () => {
    const loaded = loadRunbook(GOOD, 'trouble.yml', ACTIONS);
    expect(loaded).toMatchObject({ ok: true, runbook: { id: 'demo/trouble', revision: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  test.each([
    ['an unknown key', GOOD.replace('severity:', 'severety:'), 'trouble.yml:4:1: severety is not a setting. Did you mean "severity"?'],
    [
      'an unknown action',
      GOOD.replace('test.look', 'test.loook'),
      'trouble.yml:6:13: diagnose.engine.uses names no action: test.loook. Did you mean "test.look"?',
    ],
    [
      'an unknown input',
      GOOD.replace('{ target: engine } }\nfindings', '{ taget: engine } }\nfindings'),
      'diagnose.engine.with.taget is not an input of test.look. Did you mean "target"?',
    ],
    [
      'a wrong input',
      GOOD.replace('{ target: engine } }\nfindings', '{ target: engine, tail: many } }\nfindings'),
      'trouble.yml:6:54: diagnose.engine.with.tail expected number',
    ],
    [
      'an expression on a field that is not there',
      GOOD.replace('engine.ready == 0', 'engine.reddy == 0'),
      'trouble.yml:8:5: findings.0.when is not a valid expression: No such key: reddy',
    ],
    ['a suggestion of no remedy', GOOD.replace('suggests: mend', 'suggests: mendd'), 'names no remedy: mendd. Did you mean "mend"?'],
    ['a diagnosis that changes', GOOD.replace('uses: test.look', 'uses: test.set'), 'diagnose.engine.uses changes things: a diagnosis only reads'],
    ['a change called safe', GOOD.replace('risk: change', 'risk: safe'), 'remedies.mend.risk is safe, but test.set changes things'],
    ['something destructive called a change', GOOD.replace('uses: test.set', 'uses: test.wipe'), 'is change, but test.wipe is destructive'],
    [
      'an emergency with one role',
      GOOD.replace('risk: change', 'risk: emergency\n    approvals: { all: [{ role: security }] }\n    revert: { after: 1h }'),
      'two roles at least',
    ],
    [
      'an emergency that never reverts',
      GOOD.replace('risk: change', 'risk: emergency\n    approvals: { all: [{ role: security }, { role: responder }] }'),
      'remedies.mend.revert is missing',
    ],
    [
      'an unknown role',
      GOOD.replace('risk: change', 'risk: change\n    approvals: { all: [{ role: sekurity }] }'),
      'remedies.mend.approvals.all.0.role',
    ],
    [
      'an approval of no role',
      GOOD.replace('{ uses: test.set, with: { target: engine } }', '{ uses: test.set, with: { target: engine, value: =approval("sekurity").id } }'),
      'asks for no role: sekurity. Did you mean "security"?',
    ],
    [
      'an approval of no role, with blanks in between',
      GOOD.replace(
        '{ uses: test.set, with: { target: engine } }',
        `{ uses: test.set, with: { target: engine, value: "=approval (\\"sekurity\\" ).id" } }`,
      ),
      'asks for no role: sekurity. Did you mean "security"?',
    ],
    ['a capture of no step', GOOD.replace('risk: change', 'risk: change\n    capture: [enginn]'), 'is not a diagnosis step. Did you mean "engine"?'],
    ['broken YAML', 'runbook: [', 'is not valid YAML'],
    ['nothing at all', '', 'runbook is missing'],
  ])('with %s is refused with its place and what was meant', (_, text, said) => {
    expect(problems(text).join('\n')).toContain(said);
  });

  test('a late value is not held to the rules of a value that is known', () => {
    expect(
      problems(GOOD.replace('{ uses: test.set, with: { target: engine } }', '{ uses: test.set, with: { target: engine, value: =run.summary } }')),
    ).toEqual([]);
    expect(
      problems(GOOD.replace('{ uses: test.set, with: { target: engine } }', '{ uses: test.set, with: { target: engine, value: far too long } }')),
    ).not.toEqual([]);
  });
});

describe('A folder of runbooks', () => {
  test('is read again, and a file that became invalid keeps its last good version', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-runbooks-'));
    try {
      const file = join(folder, 'trouble.yml');
      await writeFile(file, GOOD);
      const catalogue = await openCatalogue({ folders: [folder, join(folder, 'missing')], actions: ACTIONS });
      expect(catalogue.list().map(({ id }) => id)).toEqual(['demo/trouble']);
      expect(catalogue.problems().map(sayProblem)).toEqual([expect.stringContaining('cannot be read')]);
      await writeFile(file, GOOD.replace('Mend it', 'Mend it well'));
      await catalogue.look();
      await catalogue.look();
      expect(catalogue.get('demo/trouble')?.remedies.mend?.title).toBe('Mend it well');
      await writeFile(file, GOOD.replace('severity: P1', 'severity: P9'));
      await catalogue.look();
      await catalogue.look();
      expect(catalogue.get('demo/trouble')?.remedies.mend?.title).toBe('Mend it well');
      expect(catalogue.problems().map(sayProblem).join('\n')).toContain('severity');
      await rm(file);
      await catalogue.look();
      await catalogue.look();
      expect(catalogue.list()).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
