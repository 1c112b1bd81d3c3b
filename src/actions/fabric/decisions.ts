/* What the incident bot's log says of its decisions. Pure. */

/** A rollback that the incident bot decided, and what became of it. */
export interface Decision {
  readonly line: string;
  /** ms, by the cluster; 0 when the line has no time. */
  readonly at: number;
  /** Why the cluster refused what it wrote; `null` when its log does not say so. */
  readonly refusal: string | null;
  /** Fields of the object that the refusal names: `spec.targetRelease`. */
  readonly fields: readonly string[];
}

const REFUSED = /\b422\b|is invalid|Invalid value|Unsupported value|UnprocessableEntity/;

/** The newest decision to roll back in a log (oldest line first, each with its time before it), about a capsule where one is given. */
export function lastDecision(lines: readonly string[], capsule: string): Decision | null {
  const about = (line: string) => capsule === '' || line.includes(capsule);
  const at = lines.findLastIndex(
    (line) => line.includes('Rollback decision') && !/"?shouldRollback"?\s*[:=]\s*false|no rollback/i.test(line) && about(line),
  );
  const line = lines[at];
  if (line === undefined) return null;
  const refused = lines.slice(at + 1).find((one) => REFUSED.test(one) && /rollback/i.test(one) && about(one));
  const refusal = refused === undefined ? null : messageOf(refused);
  const [, time = '', text = line] = /^(\d{4}-\d\d-\d\dT\S+Z) (.*)$/s.exec(line) ?? [];
  return { line: text, at: Date.parse(time) || 0, refusal, fields: refusal === null ? [] : [...new Set(refusal.match(/\bspec\.[A-Za-z]+/g))] };
}

/** What an error says, out of a line of JSON or of text. */
function messageOf(line: string): string {
  const start = line.indexOf('{');
  try {
    const parsed: unknown = JSON.parse(line.slice(start));
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed && typeof parsed.error === 'string') return parsed.error;
  } catch {
    // A line of text says it itself.
  }
  return line;
}
