import { RE2JS } from 're2js';
import { UserError } from '../../domain/errors.ts';
import { tailOf } from '../../lib/clamp.ts';

/** One line of a container's log. `time` is RFC 3339 as the kubelet wrote it, or empty. */
export interface LogLine {
  readonly time: string;
  readonly pod: string;
  readonly container: string;
  readonly text: string;
}

/** Lines of a log that was asked for with timestamps. */
export function parseLog(text: string, pod: string, container: string): readonly LogLine[] {
  if (text === '') return [];
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.map((line) => {
    const space = line.indexOf(' ');
    const head = space === -1 ? line : line.slice(0, space);
    if (!/^\d{4}-\d\d-\d\dT/.test(head)) return { time: '', pod, container, text: withoutReturn(line) };
    return { time: head, pod, container, text: space === -1 ? '' : withoutReturn(line.slice(space + 1)) };
  });
}

/** All by time; lines of one log stay in their order, and a line without a time stays behind the one before it. */
export function mergeLogs(logs: readonly (readonly LogLine[])[]): readonly LogLine[] {
  const keyed = logs.flatMap((lines, log) => {
    let last = '';
    return lines.map((line, index) => {
      if (line.time !== '') last = sortable(line.time);
      return { line, key: last, log, index };
    });
  });
  keyed.sort((one, other) => {
    if (one.key !== other.key) return one.key < other.key ? -1 : 1;
    return one.log - other.log || one.index - other.index;
  });
  return keyed.map(({ line }) => line);
}

/** Lines since a moment (ms). Of merged lines; one without a time belongs to the one before it. */
export function newerThan(lines: readonly LogLine[], from: number): readonly LogLine[] {
  const first = lines.findIndex(({ time }) => time !== '' && Date.parse(time) >= from);
  return first === -1 ? [] : lines.slice(first);
}

/** Lines that a pattern (RE2, case ignored) fits. @throws UserError `bad-pattern` */
export function matching(lines: readonly LogLine[], pattern: string): readonly LogLine[] {
  const compiled = compile(pattern);
  return lines.filter((line) => compiled.test(line.text));
}

/** Whether a pattern can be compiled; for input schemas. */
export function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    return true;
  } catch {
    return false;
  }
}

/** A line as people read it: of a line of JSON its level and message; the whole line is in the file. */
export function readableLine(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const { level, severity, msg, message, event, error, err, query } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const said = [level ?? severity, msg ?? message ?? event, error ?? err ?? query].filter((part) => typeof part === 'string' && part !== '');
    return said.length < 2 ? text : said.join(' ');
  } catch {
    return text;
  }
}

/** A line that names a cause, as people read it, and when it was written. */
export interface Told {
  /** Empty without such a line. */
  readonly text: string;
  /** As the kubelet wrote it, or empty. */
  readonly time: string;
}

const NOTHING: Told = { text: '', time: '' };

/** The newest line that says what ended or stops a program. `orError`: of a log that ended, else its last error. */
export function fatalLine(lines: readonly LogLine[], orError: boolean): Told {
  const fatal = toldBy(lines.findLast(({ text }) => isFatal(text)));
  return fatal.text === '' && orError ? errorLine(lines) : fatal;
}

/** The newest line of the level error. */
export function errorLine(lines: readonly LogLine[]): Told {
  return toldBy(lines.findLast(({ text }) => levelOf(text) === 'error'));
}

function toldBy(line: LogLine | undefined): Told {
  if (line === undefined) return NOTHING;
  return { text: readableLine(line.text).replace(OWN_TIME, '').replaceAll(/\s+/g, ' ').trim(), time: line.time };
}

/** The time and process that a program writes itself: `2026-11-21 08:00:00.000 UTC [71] `. */
const OWN_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?UTC)? ?(?:\[\d{1,9}\])? ?/;

const FATAL_LEVELS: ReadonlySet<string> = new Set(['fatal', 'panic', 'dpanic', 'critical', 'crit', 'emergency', 'emerg']);

function isFatal(text: string): boolean {
  const level = levelOf(text);
  if (level !== null && FATAL_LEVELS.has(level)) return true;
  return /\b(?:FATAL|PANIC|EMERG|CRITICAL)\b|^panic: |^fatal error: |OutOfMemoryError/.test(text);
}

/** The level that a line of JSON has; of other lines, an ERROR in capitals. */
function levelOf(text: string): string | null {
  const found = /"(?:level|severity)"\s*:\s*"([A-Za-z]{1,20})"/.exec(text)?.[1];
  if (found !== undefined) return found.toLowerCase();
  return /\bERROR\b|^Error: /.test(text) ? 'error' : null;
}

export interface Ranked {
  readonly ms: number;
  readonly line: string;
}

/**
 * The slowest lines first, by the value of a field: `duration_ms=123`, `duration: 1.2s`, `"took": "45ms"`. Without a unit the field's name
 * decides (`_s`, `_us`, `_ns`), else it is ms.
 */
export function rankLines(lines: readonly LogLine[], field: string, most: number): readonly Ranked[] {
  // The field is escaped and nothing in the pattern can match the same text in two ways: linear, and ten times as fast as RE2 in JavaScript.
  const pattern = new RegExp(
    `(?<![A-Za-z0-9_])"?${RE2JS.quote(field)}"?\\s*[=:]\\s*"?([0-9]+(?:\\.[0-9]+)?)\\s*(ms|us|µs|ns|s|m|h)?(?![A-Za-z0-9_.])`,
  );
  const ranked = lines.flatMap((line) => {
    const found = line.text.includes(field) ? pattern.exec(line.text) : null;
    if (found === null) return [];
    return [{ ms: Math.round(Number(found[1]) * factor(found[2] ?? unitOf(field))), line: line.text }];
  });
  return ranked.sort((one, other) => other.ms - one.ms).slice(0, most);
}

/** The text of the file: `time pod/container line`, the newest lines of at most so many characters, and how many older ones are left out. */
export function newestText(lines: readonly LogLine[], most: number): { readonly text: string; readonly leftOut: number } {
  const kept: string[] = [];
  let left = most;
  for (let older = lines.length - 1; older >= 0; older -= 1) {
    const { time = '', pod = '', container = '', text = '' } = lines[older] ?? {};
    const line = `${time === '' ? '' : `${time} `}${pod}/${container} ${text}`;
    left -= line.length + 1;
    // Of one that is longer than all that is kept, its end.
    if (left < 0 && kept.length === 0) return { text: tailOf(line, most), leftOut: older };
    if (left < 0) return { text: kept.toReversed().join('\n'), leftOut: older + 1 };
    kept.push(line);
  }
  return { text: kept.toReversed().join('\n'), leftOut: 0 };
}

const FACTORS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function factor(unit: string): number {
  return FACTORS[unit] ?? 1;
}

function unitOf(field: string): string {
  const name = field.toLowerCase();
  if (name.endsWith('_ns')) return 'ns';
  if (name.endsWith('_us')) return 'us';
  return name.endsWith('_s') || name.endsWith('_sec') || name.endsWith('_seconds') ? 's' : 'ms';
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  } catch {
    throw new UserError('bad-pattern', `${pattern} is not a valid pattern. Patterns are RE2: no look-around, no back references.`);
  }
}

/** Nanoseconds of different length made comparable as text; every time of a kubelet's log is UTC or carries its offset. */
function sortable(time: string): string {
  const parts = /^([^.Z+]{19})(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/.exec(time);
  if (parts === null) return time;
  const [, seconds = '', fraction = '', zone = 'Z'] = parts;
  const whole = zone === 'Z' ? seconds : new Date(Date.parse(`${seconds}${zone}`)).toISOString().slice(0, 19);
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
