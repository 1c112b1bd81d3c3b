import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { judge } from '../../../src/engine/runbooks/diagnose/judging.ts';
import { type Loaded, loadRunbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { readAction } from '../../../src/ports/action.ts';

const look = readAction({
  name: 'test.look',
  about: 'Looks.',
  input: z.strictObject({}),
  output: z.strictObject({ count: z.number().int(), share: z.number(), schedule: z.string(), keys: z.array(z.string()) }),
  targets: () => [],
  rights: () => [],
  run: async () => ({ state: 'bad', output: { count: 0, share: 0, schedule: '', keys: [] }, summary: '' }),
});

function load(finding: string): Loaded {
  const text = `runbook: demo/trouble
title: Trouble
service: demo
severity: P1
diagnose:
  look: { uses: test.look }
findings:
  - when: "true"
${finding}`;
  return loadRunbook(text, 'trouble.yml', new Map([[look.name, look]]));
}

function found(finding: string, output: object): unknown {
  const loaded = load(finding);
  if (!loaded.ok) throw new Error(loaded.problems.map(sayProblem).join('\n'));
  return judge(loaded.runbook, new Map([['look', { state: 'bad', output: { count: 0, share: 0, schedule: '', keys: [], ...output }, summary: '' }]]));
}

describe('A finding names the parts of it that people copy', () => {
  const SCHEDULE = `    says: ="The schedule " + diagnose.look.schedule + " starts the next one. Stop it with /sync schedule off."
    exact: [=diagnose.look.schedule, /sync schedule off]
`;

  test('as they are in its words, which stay plain', () => {
    expect(found(SCHEDULE, { schedule: 'cron(0 3 * * ? *)' })).toMatchObject({
      findings: [
        {
          says: 'The schedule cron(0 3 * * ? *) starts the next one. Stop it with /sync schedule off.',
          exact: ['cron(0 3 * * ? *)', '/sync schedule off'],
          suggests: [],
        },
      ],
      unjudged: [],
    });
  });

  test('a list of them, and none where there are none', () => {
    const keys = '    says: \'="Too many: " + diagnose.look.keys.join(", ")\'\n    exact: =diagnose.look.keys\n';
    expect(found(keys, { keys: ['a_*', 'b'] })).toMatchObject({ findings: [{ says: 'Too many: a_*, b', exact: ['a_*', 'b'] }] });
    expect(found(keys, {})).toMatchObject({ findings: [{ says: 'Too many: ', suggests: [] }], unjudged: [] });
  });

  test('an expression that is not valid is a problem of the file', () => {
    const loaded = load('    says: Nothing.\n    exact: =diagnose.look.nope\n');
    expect(loaded.ok ? [] : loaded.problems.map(sayProblem)).toEqual([expect.stringContaining('findings.0.exact is not a valid expression')]);
  });
});

test.each([
  [0, 0.5, '0 files, 0.5 GiB'],
  [1, 1, '1 file, 1 GiB'],
  [2, 2.5, '2 files, 2.5 GiB'],
])('plural() says %d and %d', (count, share, said) => {
  const says = '    says: =plural(diagnose.look.count, "file", "files") + ", " + plural(diagnose.look.share, "GiB", "GiB")\n';
  expect(found(says, { count, share })).toMatchObject({ findings: [{ says: said }] });
});

test.each([
  [[], 'no key'],
  [['a'], '1 key (a)'],
  [['a', 'b'], '2 keys (a, b)'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], '7 keys (a, b, c, d, e and 2 more)'],
])('listed() says %j as %s', (keys, said) => {
  expect(found('    says: =listed(diagnose.look.keys, "key", "keys")\n', { keys })).toMatchObject({ findings: [{ says: said }] });
});
