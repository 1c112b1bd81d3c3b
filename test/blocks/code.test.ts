import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bar, chartText, code, narrowTable, tableText } from '../../blocks/code.ts';

describe('A preformatted text', () => {
  test('shows mentions, links and marks as they were written', () => {
    expect(code('+ NAME=<!channel> & <@U0ADA>', 200)).toBe('```\n+ NAME=&lt;!channel&gt; &amp; &lt;@U0ADA&gt;\n```');
  });

  test('cannot be left from inside', () => {
    expect(code('a\n```\n<!here>', 200)).toBe("```\na\n'''\n&lt;!here&gt;\n```");
  });

  test('is cut at a line’s end, and says how much is left out', () => {
    const cut = code(Array.from({ length: 50 }, (_, i) => `line ${i}`).join('\n'), 120);
    expect(cut).toMatch(/^```\nline 0\n(line \d+\n)+… \d+ more lines\n```$/);
    const shown = cut.split('\n').filter((line) => line.startsWith('line')).length;
    expect(cut).toContain(`… ${50 - shown} more lines`);
  });

  test('never is longer than it may be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000 }), fc.integer({ min: 60, max: 3_000 }), (text, length) => {
        expect(code(text, length).length).toBeLessThanOrEqual(length);
      }),
    );
  });
});

describe('A table', () => {
  test('has its columns aligned; the last one has the rest of the line', () => {
    expect(
      tableText({
        columns: ['Pod', 'Line'],
        rows: [
          ['a', 'x'.repeat(200)],
          ['b'.repeat(60), 'y'],
        ],
      }).split('\n'),
    ).toEqual([`Pod${' '.repeat(37)}  Line`, `a${' '.repeat(39)}  ${'x'.repeat(77)}…`, `${'b'.repeat(39)}…  y`]);
  });

  test('takes rows that are too short, and cells of several lines', () => {
    expect(tableText({ columns: ['A', 'B'], rows: [['1'], ['x\ny', '2']] })).toBe('A    B\n1\nx y  2');
  });
});

describe('A chart', () => {
  test('of few bars is a row each, with what is alarming in words', () => {
    const bars = [
      { label: 'p50', value: 10 },
      { label: 'p95', value: 200, alarming: true },
      { label: 'gone', value: 0, alarming: true },
    ];
    expect(chartText({ title: 'Latency', unit: 'ms', bars })).toBe(
      `Latency (ms)\np50    10  █\np95   200  ${'█'.repeat(20)} (unusual)\ngone    0   (gap)`,
    );
  });

  test('of many bars is one line, with its gaps in words', () => {
    const bars = Array.from({ length: 24 }, (_, hour) => ({ label: `${hour}:00`, value: hour === 5 ? 0 : 80, alarming: hour === 5 }));
    expect(chartText({ title: 'Events', unit: '', bars })).toBe(`Events\n|█████ ${'█'.repeat(18)}|  0:00 to 23:00, at most 80\ngaps: 5:00 (none)`);
  });

  test('of a share is drawn as a share of the whole', () => {
    expect(chartText({ title: 'Use', unit: '%', bars: [{ label: 'disk', value: 40 }] })).toBe(`Use (%)\ndisk  40  ${'█'.repeat(8)}`);
  });

  test('of nothing says so', () => {
    expect(chartText({ title: 'Use', unit: '%', bars: [] })).toBe('Use (%)\nno values');
  });
});

test.each([
  [0, 5, '░░░░░'],
  [3, 5, '▓▓▓░░'],
  [5, 5, '▓▓▓▓▓'],
  [12, 24, '▓▓▓▓▓░░░░░'],
  [0, 0, '░░░░░░░░░░'],
  [9, 5, '▓▓▓▓▓'],
])('%d of %d is %s', (done, total, shown) => {
  expect(bar(done, total)).toBe(shown);
});

describe('A table on a phone', () => {
  test('stays a table while its lines fit', () => {
    expect(narrowTable({ columns: ['Pod', 'Ready'], rows: [['opa-1', 'yes']] })).toBe('Pod    Ready\nopa-1  yes');
  });

  test('is a name and what is said of it, where they do not', () => {
    const table = { columns: ['Pod', 'Ready', 'Status', 'Node'], rows: [['aureus-frontend-5d9c7b6f4-abcde', '0/1', 'CrashLoopBackOff', '']] };
    expect(narrowTable(table)).toBe('aureus-frontend-5d9c7b6f4-abcde\n  Ready: 0/1 · Status: CrashLoopBackOff');
  });

  test('is the log itself where it is one', () => {
    const table = { columns: ['Time', 'Pod', 'Line'], rows: [['14:05:58', '4gdh8', 'info policy check allowed for user 42']] };
    expect(narrowTable(table)).toBe('14:05:58  4gdh8  info policy check allowed for user 42');
  });
});
