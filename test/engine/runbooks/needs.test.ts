import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { keepNeeds } from '../../../src/engine/runbooks/load/expression-needs.ts';
import { needsOf, readingInOrder } from '../../../src/engine/runbooks/load/needs.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { type Action, readAction } from '../../../src/ports/action.ts';

const ACTIONS = new Map<string, Action>(
  [
    readAction({
      name: 'test.number',
      about: 'A number.',
      input: z.strictObject({ of: z.json().optional() }),
      output: z.strictObject({ value: z.number().int(), found: z.boolean() }),
      targets: () => [],
      rights: () => [],
      run: async () => ({ output: { value: 1, found: true }, summary: 'one' }),
    }),
  ].map((action) => [action.name, action]),
);

function load(diagnose: string, triggers = '[]') {
  const text = `runbook: demo/trouble\ntitle: Trouble\nservice: demo\nseverity: P1\ntriggers: ${triggers}\ndiagnose:\n${diagnose}`;
  return loadRunbook(text, 'trouble.yml', ACTIONS);
}

function runbook(diagnose: string): Runbook {
  const loaded = load(diagnose);
  if (!loaded.ok) throw new Error(loaded.problems.map(sayProblem).join('\n'));
  return loaded.runbook;
}

function problems(diagnose: string, triggers?: string): string[] {
  const loaded = load(diagnose, triggers);
  return loaded.ok ? [] : loaded.problems.map(sayProblem);
}

const CHAIN = `  a: { uses: test.number }
  b: { uses: test.number, with: { of: =diagnose.a.value + 1 } }
  c: { uses: test.number, with: { of: { x: =diagnose.b.value, y: =diagnose.a.found } } }
`;

describe('A diagnosis step that needs others', () => {
  test('is read after them, each once, with what they answered', async () => {
    const seen: string[] = [];
    const result = readingInOrder(runbook(CHAIN), {}, async (name, _step, input) => {
      seen.push(`${name} ${JSON.stringify(input)}`);
      return { state: 'seen', output: { value: seen.length * 10, found: true } };
    });
    await Promise.all(['c', 'b', 'a'].map((name) => result(name)));
    expect(seen).toEqual(['a {}', 'b {"of":11}', 'c {"of":{"x":20,"y":true}}']);
  });

  test('gets null for what is unknown, and is read all the same', async () => {
    const seen: unknown[] = [];
    const result = readingInOrder(runbook(CHAIN), {}, async (name, _step, input) => {
      seen.push(input);
      return name === 'b' ? { state: 'unknown', output: { found: true } } : { state: 'seen', output: { value: 5, found: false } };
    });
    await result('c');
    expect(seen).toEqual([{}, { of: 6 }, { of: { x: null, y: false } }]);
  });

  test('is worked out once, when the runbook is loaded', () => {
    const { needs } = runbook(CHAIN);
    const known = needs.of('diagnose.a.value + 1');
    expect(known).toEqual({ steps: ['a'], roles: [], late: false });
    expect(needs.of('diagnose.a.value + 1')).toBe(known);
  });

  test('is found in inputs at any depth', () => {
    expect(needsOf({ a: ['=diagnose.one.x', { b: '=diagnose.two.y + diagnose.one.z' }], c: 'diagnose.three.x' }, keepNeeds())).toEqual([
      'one',
      'two',
    ]);
  });

  test.each([
    ['by an index', 'diagnose["a"].value + 1'],
    ['with blanks', 'diagnose . a . value + 1'],
    ['in a macro', '[1].map(i, i + diagnose.a.value)[0] + 1'],
  ])('is found however the expression is written: %s', async (_, written) => {
    const diagnose = `  a: { uses: test.number }\n  b: { uses: test.number, with: { of: ${JSON.stringify(`=${written}`)} } }\n`;
    expect(problems(diagnose)).toEqual([]);
    const seen: unknown[] = [];
    const result = readingInOrder(runbook(diagnose), {}, async (_name, _step, input) => {
      seen.push(input);
      return { state: 'seen', output: { value: 41, found: true } };
    });
    await result('b');
    expect(seen).toHaveLength(2);
    expect((seen[1] as { of: number }).of).toBeGreaterThan(41);
  });

  test('is not what a text in the expression happens to say', () => {
    expect(needsOf({ a: '="write diagnose.one.x" + diagnose.two.y', b: '={"approval": "diagnose.three"}' }, keepNeeds())).toEqual(['two']);
    expect(needsOf({ a: '=arg.diagnose.one' }, keepNeeds())).toEqual([]);
  });

  test('must be named, so that it is known before anything is read', () => {
    for (const written of ['size(diagnose)', 'diagnose[arg.name].value', "'a' in diagnose"])
      expect(problems(`  a: { uses: test.number }\n  b: { uses: test.number, with: { of: ${JSON.stringify(`=${written}`)} } }\n`)).not.toEqual([]);
  });

  test('must not wait for itself, and must name steps and fields that there are', () => {
    const circle = `  a: { uses: test.number, with: { of: =diagnose.b.value } }\n  b: { uses: test.number, with: { of: =diagnose.a.value } }\n`;
    expect(problems(circle)).toEqual(['trouble.yml:7:27: diagnose.a.with waits for itself: a, b, a']);
    expect(problems(`  a: { uses: test.number, with: { of: =diagnose.zz.value } }\n`)[0]).toContain('is not a valid expression');
    expect(problems(`  a: { uses: test.number }\n  b: { uses: test.number, with: { of: =diagnose.a.nope } }\n`)[0]).toContain(
      'is not a valid expression',
    );
  });
});

describe('A trigger', () => {
  const A = '  a: { uses: test.number }\n';

  test('has one source, and expressions over the diagnosis', () => {
    expect(problems(A, '[{ cloudwatch: { alarm: failed }, lasting: 15m, confirm: diagnose.a.found, recovers: diagnose.a.value == 0 }]')).toEqual([]);
    expect(problems(A, '[{ title: Nothing }]')[0]).toContain(
      'expected exactly one of cloudwatch, sns, github, alertmanager, guard-trip, pagerduty, webhook, schedule',
    );
    expect(problems(A, '[{ schedule: { every: 1h } }]')[0]).toContain('confirm is missing: a schedule needs to know what is an alert');
    expect(problems(A, '[{ schedule: { every: 1h }, confirm: diagnose.a.value }]')[0]).toContain('is int, expected bool');
    expect(problems(A, '[{ sns: { topic: alerts, subject: "(" } }]')[0]).toContain('triggers.0.sns.subject is not an RE2 pattern');
  });
});
