import { describe, expect, test } from '@jest/globals';
import { fatalLine, isPattern, type LogLine, matching, mergeLogs, newestText, parseLog, rankLines } from '../../../src/actions/k8s/log-lines.ts';

function lines(...texts: readonly string[]): readonly LogLine[] {
  return texts.map((text) => ({ time: '', pod: 'p', container: 'c', text }));
}

describe('logs of several pods', () => {
  test('are merged by time, to the nanosecond and across offsets', () => {
    const one = parseLog('2026-11-21T10:00:00.5Z b\n2026-11-21T10:00:02Z d\n', 'one', 'c');
    const two = parseLog('2026-11-21T10:00:00.123456789Z a\n2026-11-21T11:00:01.000000001+01:00 c\n', 'two', 'c');
    expect(mergeLogs([one, two]).map((line) => `${line.pod} ${line.text}`)).toEqual(['two a', 'one b', 'two c', 'one d']);
  });

  test('keep lines of one log in their order, and lines without a time behind the one before', () => {
    const one = parseLog('2026-11-21T10:00:01Z first\n  at stack\n2026-11-21T10:00:01Z second\n', 'one', 'c');
    const two = parseLog('2026-11-21T10:00:00Z earlier\n2026-11-21T10:00:02Z later', 'two', 'c');
    expect(mergeLogs([one, two]).map((line) => line.text)).toEqual(['earlier', 'first', '  at stack', 'second', 'later']);
  });

  test('an empty log has no lines, an empty line is one', () => {
    expect(parseLog('', 'p', 'c')).toEqual([]);
    expect(parseLog('2026-11-21T10:00:01Z \n2026-11-21T10:00:02Z\n', 'p', 'c').map((line) => line.text)).toEqual(['', '']);
  });

  test('are written with their pod and container', () => {
    const text = '2026-11-21T10:00:01Z web-1/main hello';
    expect(newestText(parseLog('2026-11-21T10:00:01Z hello\r\n', 'web-1', 'main'), 100)).toEqual({ text, leftOut: 0 });
  });

  test('keep the newest where a file has no room for all', () => {
    const three = lines('first', 'second', 'third');
    const [, ...newest] = three.map((line) => newestText([line], 100).text);
    expect(newestText(three, newest.join('\n').length + 1)).toEqual({ text: newest.join('\n'), leftOut: 1 });
    expect(newestText(three, 4)).toEqual({ text: 'hird', leftOut: 2 });
  });
});

describe('patterns', () => {
  test('are RE2, whatever the case, and never backtrack', () => {
    expect(matching(lines('POLICY denied', 'ok', 'rate_x_LIMIT'), 'policy|rate.*limit')).toHaveLength(2);
    expect(matching(lines('a'.repeat(50_000)), '(a+)+$')).toHaveLength(1);
    expect(isPattern('(?=look)')).toBe(false);
    expect(isPattern('[')).toBe(false);
    expect(() => matching([], '[')).toThrow(/not a valid pattern/);
  });
});

describe('ranking', () => {
  test('by a field in any of its forms, slowest first', () => {
    const ranked = rankLines(
      lines(
        'slow_query duration_ms=120 a',
        '{"duration_ms": 450.6, "q": 1}',
        'duration_ms: 2s',
        'duration_ms="90ms"',
        'xduration_ms=9999',
        'duration_ms=fast',
      ),
      'duration_ms',
      3,
    );
    expect(ranked.map((one) => one.ms)).toEqual([2000, 451, 120]);
    expect(ranked[2]?.line).toBe('slow_query duration_ms=120 a');
  });

  test('the unit is the one written, else the one in the name, else ms', () => {
    expect(rankLines(lines('duration: 1.2s'), 'duration', 1)[0]?.ms).toBe(1200);
    expect(rankLines(lines('duration=300'), 'duration', 1)[0]?.ms).toBe(300);
    expect(rankLines(lines('took_seconds=1.5'), 'took_seconds', 1)[0]?.ms).toBe(1500);
    expect(rankLines(lines('took_us=1500'), 'took_us', 1)[0]?.ms).toBe(2);
    expect(rankLines(lines('elapsed=800µs'), 'elapsed', 1)[0]?.ms).toBe(1);
  });

  test('a field is taken as it is written', () => {
    expect(rankLines(lines('a.b=5', 'axb=7'), 'a.b', 5).map((one) => one.ms)).toEqual([5]);
  });
});

describe('what ended a program', () => {
  const fatal = '{"level":"fatal","msg":"relation \\"evidence_index_v3\\" does not exist"}';
  test.each([
    [[fatal, '    at loadIndex (/app/dist/server.js)'], 'fatal relation "evidence_index_v3" does not exist'],
    [['2026-11-21 08:00:00.000 UTC [71] FATAL:  sorry, too many clients already', 'LOG:  checkpoint'], 'FATAL: sorry, too many clients already'],
    [['panic: runtime error: index out of range'], 'panic: runtime error: index out of range'],
    [['{"severity":"CRITICAL","message":"no disk"}'], 'CRITICAL no disk'],
    [['{"level":"info","msg":"a fatality is not fatal"}', 'the panic button works'], ''],
    [[], ''],
  ])('%j', (texts, said) => {
    expect(fatalLine(lines(...texts), false).text).toBe(said);
  });

  test('its last error only where it has ended, and only where nothing is fatal', () => {
    const error = '{"level":"error","msg":"cannot listen"}';
    expect(fatalLine(lines(error), false).text).toBe('');
    expect(fatalLine(lines(error, 'bye'), true).text).toBe('error cannot listen');
    expect(fatalLine(lines(fatal, error), true).text).toContain('evidence_index_v3');
  });
});
