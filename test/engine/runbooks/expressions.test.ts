import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { expressionsOver, type LateValues, searches } from '../../../src/engine/runbooks/load/expressions.ts';
import { evaluateInputs, expressionsIn } from '../../../src/engine/runbooks/load/values.ts';

const pods = z.strictObject({
  ready: z.number().int(),
  rate: z.number(),
  names: z.array(z.string()),
  pods: z.array(z.strictObject({ name: z.string(), ready: z.boolean(), restarts: z.number().int() })),
  json: z.unknown(),
});
const over = expressionsOver({ diagnose: z.strictObject({ engine: pods }) });
const engine = { ready: 1, rate: 2, names: ['a'], pods: [{ name: 'a', ready: false, restarts: 5 }], json: { n: 3, list: [1, 2] } };

const late: LateValues = {
  approval: (role) => (role === 'security' ? 'U0SEC1' : ''),
  at: Date.UTC(2026, 10, 21, 14, 22, 33),
  run: { id: 'run-1', plan: 'PLN-1', summary: 'what was done' },
};

test.each([
  ['10m', '10 minutes'],
  ['1h', '1 hour'],
  ['1h30m', '1 hour 30 minutes'],
  ['7d', '7 days'],
  ['soon', 'soon'],
])('a setting of %s is said as %s', (text, said) => {
  expect(expressionsOver({ setting: z.strictObject({ within: z.string() }) }).evaluate('span(setting.within)', { setting: { within: text } })).toBe(
    said,
  );
});

describe('Expressions are checked against the schemas before anybody needs them', () => {
  test.each([
    ['diagnose.engine.reedy == 0', 'No such key: reedy'],
    ['diagnose.engine.ready == "0"', 'no such overload'],
    ['diagnose.engine.pods.exists(p, p.nope)', 'No such key: nope'],
    ['diagnose.engine.ready +', 'Unexpected token'],
    ['process.exit(1)', 'is not a valid expression'],
    ['diagnose.engine.names.exists(n, n.matches("(a+)+$"))', 're2(text, pattern)'],
    ['diagnose.engine.pods.all(a, diagnose.engine.pods.all(b, diagnose.engine.pods.all(c, a.name == b.name)))', 'nests more than 2 macros'],
    ['diagnose.engine.ready', 'is int, expected bool'],
    ['diagnose.engine.pods[0].ready', 'write list.map(one, one.member)[0]'],
    ['diagnose.engine.pods.filter(p, p.ready)[0].ready', 'write list.map(one, one.member)[0]'],
  ])('%s', (text, said) => {
    expect(over.check(text, 'bool')).toContain(said);
  });

  test.each([
    'diagnose.engine.ready == 0',
    'diagnose.engine.rate > 0.5 && diagnose.engine.names.size() > 0',
    'diagnose.engine.pods.filter(p, p.restarts > 3).size() > 0',
    'diagnose.engine.json.n == 3',
    'diagnose.engine.json.list[0] == 1',
    'diagnose.engine.names[0] == "a"',
    'diagnose.engine.pods.map(p, p.restarts)[0] == 5',
    'diagnose.engine.names.exists(n, re2(n, "^a"))',
  ])('%s is good', (text) => {
    expect(over.check(text, 'bool')).toBeNull();
    expect(typeof over.evaluate(text, { diagnose: { engine } })).toBe('boolean');
  });

  test('an expression that is too large is refused, not evaluated', () => {
    expect(over.check(Array.from({ length: 200 }, () => 'true').join(' && '), 'bool')).toContain('is not a valid expression');
  });
});

describe('Values of expressions', () => {
  test('integers, lists and text come back as JSON', () => {
    expect(over.evaluate('diagnose.engine.ready + 1', { diagnose: { engine } })).toBe(2);
    expect(over.evaluate('diagnose.engine.pods.map(p, p.name)', { diagnose: { engine } })).toEqual(['a']);
    expect(over.evaluate('"n " + string(diagnose.engine.ready)', { diagnose: { engine } })).toBe('n 1');
    expect(over.evaluate('diagnose.engine.rate', { diagnose: { engine } })).toBe(2);
  });

  test('what is missing fails by name', () => {
    expect(() => over.evaluate('diagnose.engine.ready == 0', {})).toThrow(expect.objectContaining({ code: 'expression-failed' }));
  });

  test('late values stand as themselves in a plan and have their value once it is approved', () => {
    const inputs = {
      env: { APPROVER: '=approval("security").id', MODE: 'true' },
      path: '="/x/" + stamp() + ".log"',
      text: '=run.summary',
      at: '=now()',
    };
    const expressions = expressionsOver({ arg: z.strictObject({}) }, true);
    expect(evaluateInputs(inputs, expressions, { arg: {} })).toEqual({
      env: { APPROVER: '⟨approval("security").id⟩', MODE: 'true' },
      path: '⟨"/x/" + stamp() + ".log"⟩',
      text: '⟨run.summary⟩',
      at: '⟨now()⟩',
    });
    expect(evaluateInputs(inputs, expressions, { arg: {} }, { late })).toEqual({
      env: { APPROVER: 'U0SEC1', MODE: 'true' },
      path: '/x/20261121-142233.log',
      text: 'what was done',
      at: '2026-11-21T14:22:33.000Z',
    });
    expect(expressionsIn(inputs).map(({ path }) => path.join('.'))).toEqual(['env.APPROVER', 'path', 'text', 'at']);
  });

  test('a value for the approved does not leak into the next evaluation', () => {
    const expressions = expressionsOver({}, true);
    expect(expressions.evaluate('approval("security").id', {}, late)).toBe('U0SEC1');
    expect(() => expressions.evaluate('approval("security").id', {})).toThrow(expect.objectContaining({ code: 'expression-failed' }));
  });

  test('a hostile pattern takes time that grows with the text only', () => {
    expect(searches('(a+)+$', `${'a'.repeat(20_000)}!`)).toBe(false);
    expect(() => searches('(', 'x')).toThrow(expect.objectContaining({ code: 'pattern-invalid' }));
  });

  test('whatever is typed as an expression, checking it answers and never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const said = over.check(text, 'bool');
        expect(said === null || said.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
