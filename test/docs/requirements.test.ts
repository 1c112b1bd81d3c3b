import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT, read } from './files.ts';
import { idsIn, idsInTitles, idsNamed, PAGE, type Requirement, requirementsIn, titleIdsIn } from './requirements.ts';
import { ROWS } from './rows.ts';

const REQUIREMENTS = requirementsIn(read(PAGE));
const TITLES = idsInTitles();

describe('docs/requirements.md', () => {
  test('has each id once, and says something of it', () => {
    const ids = REQUIREMENTS.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(100);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(REQUIREMENTS.filter(({ id, asks }) => idsIn(id).length !== 1 || asks.length < 10)).toEqual([]);
  });

  test('has a row for every id that stands in code, a runbook, a test or a document', () => {
    const named = idsNamed();
    expect(named.size).toBeGreaterThan(100);
    const known = new Set(REQUIREMENTS.map(({ id }) => id));
    expect([...named].filter(([id]) => !known.has(id))).toEqual([]);
  });

  test('calls nothing done that no test’s title shows', () => {
    expect(REQUIREMENTS.filter(({ id, state }) => state === 'done' && !TITLES.has(id)).map(({ id }) => id)).toEqual([]);
    expect(incomplete(({ where, tests, missing }) => where.length > 0 && tests.length > 0 && missing === '')).toEqual([]);
  });

  test('names tests that have the row’s id in a title', () => {
    const wrong = REQUIREMENTS.flatMap(({ id, tests }) =>
      tests.filter((path) => TITLES.get(id)?.includes(path) !== true).map((path) => `${id}: ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  test('names files that there are', () => {
    const gone = REQUIREMENTS.flatMap(({ id, where, tests }) =>
      [...where, ...tests].filter((path) => !existsSync(join(ROOT, path))).map((path) => `${id}: ${path}`),
    );
    expect(gone).toEqual([]);
  });

  test('says what is missing of what is done in part, and calls nothing unbuilt that a title shows', () => {
    expect(REQUIREMENTS.filter(({ state, missing }) => state === 'part' && missing === '').map(({ id }) => id)).toEqual([]);
    expect(REQUIREMENTS.filter(({ id, state }) => state === 'not yet' && TITLES.has(id)).map(({ id }) => id)).toEqual([]);
  });

  test('counts its rows', () => {
    const count = (state: Requirement['state']) => REQUIREMENTS.filter((one) => one.state === state).length;
    expect(read(PAGE)).toContain(`${count('done')} rows are done, ${count('part')} in part, ${count('not yet')} not yet.`);
  });

  test('knows every row that a step of a built-in runbook carries out', () => {
    const carried = Object.values(ROWS).flatMap(({ diagnose, remedies }) => Object.values({ ...diagnose, ...remedies }).flat());
    const unbuilt = REQUIREMENTS.filter(({ id, state }) => carried.includes(id) && state === 'not yet').map(({ id }) => id);
    expect(unbuilt).toEqual([]);
  });
});

describe('Reading the page and the titles', () => {
  const page = (state: string) =>
    `## A\n\n| Id | What it asks | Where | Test | State |\n|---|---|---|---|---|\n| AU-01 | It asks. | [a](../src/a) | | ${state} |\n`;

  test('a state may say what is missing, and must be one of three', () => {
    expect(requirementsIn(page('part: no mail: none at all'))).toEqual([
      { id: 'AU-01', asks: 'It asks.', where: ['src/a'], tests: [], state: 'part', missing: 'no mail: none at all' },
    ]);
    expect(() => requirementsIn(page('nearly'))).toThrow('AU-01 is "nearly"');
  });

  test('an id counts where it begins a title', () => {
    const mark = (id: string) => `[${id}]`;
    expect(titleIdsIn(`test('${mark('AU-01')} ${mark('SK-10')} it works', () => {`)).toEqual(['AU-01', 'SK-10']);
    expect(titleIdsIn(`])('${mark('VO-23')} %s', () => {`)).toEqual(['VO-23']);
    expect(titleIdsIn("// AU-01\ntest('it works (AU-01)', () => {")).toEqual([]);
  });

  test('an id is two letters of a platform and two digits', () => {
    expect(idsIn('AU-01, AU-01 to AU-3, XX-01, PF-350')).toEqual(['AU-01']);
  });
});

function incomplete(isWhole: (row: Requirement) => boolean): readonly string[] {
  return REQUIREMENTS.filter((row) => row.state === 'done' && !isWhole(row)).map(({ id }) => id);
}
