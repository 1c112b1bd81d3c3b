import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCsv, parseCsvRecords } from '../../../src/actions/postgres/csv.ts';
import { fill, slotsOf } from '../../../src/actions/postgres/hourly.ts';
import { identifier, literal, whyNotQuestion, withoutSemicolon } from '../../../src/actions/postgres/sql.ts';

describe('psql --csv', () => {
  test('what is written as CSV comes back', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', 'é', ' ', '\\') });
    const rows = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }));
    fc.assert(
      fc.property(rows, (table) => {
        const text = table
          .map((row) => `${row.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}\n`)
          .join('');
        expect(parseCsv(text)).toEqual(table);
      }),
    );
  });

  test('rows by name', () => expect(parseCsvRecords('a,b\n1,"x, ""y"""\n')).toEqual([{ a: '1', b: 'x, "y"' }]));
});

describe('one question only', () => {
  test.each([
    'SELECT 1',
    "select ';' as semicolon;",
    'WITH a AS (SELECT 1) SELECT * FROM a -- done; really',
    'SELECT $$ ; DROP TABLE x $$ /* ; /* nested ; */ */',
    "SELECT E'it\\'s; fine'",
    'SELECT "a;b" FROM "t(" WHERE x = \'(\'',
    'TABLE audit_events',
    'VALUES (1), (2);  \n',
  ])('%s', (sql) => expect(whyNotQuestion(sql)).toBeNull());

  test.each([
    'DELETE FROM x',
    'SELECT 1; DELETE FROM x',
    'SELECT 1) AS a; DROP TABLE x',
    'SELECT (1',
    'SELECT 1)',
    "SELECT 'open",
    'SELECT 1 /* open',
    'SELECT $a$ open $b$',
    "SELECT 'a\\'; DELETE FROM x; --'",
    '\\! rm -rf /',
    'SELECT 1 \\gexec',
    "COPY x TO PROGRAM 'sh'",
    'EXPLAIN ANALYZE SELECT 1',
    'SET default_transaction_read_only = off',
    'SELECT pg_terminate_backend(1)',
    "select PG_READ_FILE ('/etc/passwd')",
    "SELECT set_config('x', 'y', false)",
    '',
  ])('not %s', (sql) => expect(whyNotQuestion(sql)).not.toBeNull());

  test('the semicolon goes', () => expect(withoutSemicolon("SELECT ';' ; -- x")).toBe("SELECT ';' "));

  test('a literal never ends early', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'a', ';', '-') }), (text) =>
        expect(whyNotQuestion(`SELECT ${literal(text)}`)).toBeNull(),
      ),
    );
  });

  test('names are quoted part by part', () => expect(identifier('public.audit_events')).toBe('"public"."audit_events"'));
});

describe('hours', () => {
  const now = Date.parse('2026-11-21T10:20:00Z');

  test('end with the one that runs', () => expect(slotsOf(now, 3)).toEqual(['2026-11-21T08:00:00Z', '2026-11-21T09:00:00Z', '2026-11-21T10:00:00Z']));

  test('an empty whole hour is a gap, the running one is none', () => {
    const { perHour, gaps } = fill([{ hour: '2026-11-21T08:00:00Z', count: '7' }], slotsOf(now, 3));
    expect(perHour.map(({ count }) => count)).toEqual([7, 0, 0]);
    expect(gaps).toEqual(['2026-11-21T09:00:00Z']);
  });
});
