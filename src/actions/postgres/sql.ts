import { z } from 'zod';

/** What a question may begin with. */
const QUESTION = /^(select|with|values|table)\b/i;

/** Functions that do something although the transaction is read only. */
const DOES_SOMETHING =
  /\b(pg_(terminate|cancel)_backend|pg_reload_conf|pg_rotate_logfile|pg_promote|pg_switch_wal|pg_wal_replay_\w+|pg_read_(binary_)?file|pg_ls_\w+|pg_stat_reset\w*|pg_advisory_\w+|pg_try_advisory_\w+|pg_notify|pg_logical_\w+|pg_(create|drop)_\w+|pg_sleep\w*|lo_\w+|dblink\w*|setval|nextval|set_config)\s*\(/i;

/** A table, where needed with its schema. */
export const tableField = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/, 'expected a table, or schema.table');

export const columnField = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/, 'expected a column');

/** One question that reads. */
export const questionField = z
  .string()
  .max(4_000)
  .superRefine((sql, context) => {
    const why = whyNotQuestion(sql);
    if (why !== null) context.addIssue({ code: 'custom', message: why });
  });

/** A table's or column's name in double quotes, each part on its own. */
export function identifier(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** A text as an SQL literal that means the same whatever `standard_conforming_strings` is. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** Why a text is not exactly one statement that asks; `null` when it is. The server's own read-only transaction comes on top. */
export function whyNotQuestion(sql: string): string | null {
  const scanned = scan(sql);
  if (typeof scanned === 'string') return scanned;
  if (!QUESTION.test(scanned.bare.trim())) return 'expected one SELECT, WITH, VALUES or TABLE statement';
  const function_ = DOES_SOMETHING.exec(scanned.bare);
  return function_ === null ? null : `${function_[1]} does something; a question may not call it`;
}

/** The statement without the semicolon at its end. Only for what `whyNotQuestion` has passed. */
export function withoutSemicolon(sql: string): string {
  const scanned = scan(sql);
  return typeof scanned === 'string' ? sql : sql.slice(0, scanned.end);
}

/** Whether it has parameters, as statements in pg_stat_activity may. */
export function hasParameters(sql: string): boolean {
  const scanned = scan(sql);
  return typeof scanned !== 'string' && /\$\d/.test(scanned.bare);
}

interface Scanned {
  /** The text with literals, quoted names and comments replaced by blanks. */
  readonly bare: string;
  /** Where the statement ends: at its semicolon, or the text's end. */
  readonly end: number;
}

/** Goes through the text as PostgreSQL's lexer would (manual, 4.1 Lexical Structure). A string is what is wrong with it. */
function scan(sql: string): Scanned | string {
  let bare = '';
  let end: number | null = null;
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    const length = skipped(sql, at);
    if (length === null) return 'expected every quote and comment to be closed';
    if (length > 0) {
      bare += ' ';
      at += length;
      continue;
    }
    const character = sql[at] ?? '';
    if (character === '\0' || character === '\\') return 'expected plain SQL, no backslash commands';
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return 'expected every bracket to be opened';
    if (end !== null && character.trim() !== '') return 'expected one statement only';
    if (character === ';') end = at;
    else bare += character;
    at += 1;
  }
  if (depth !== 0) return 'expected every bracket to be closed';
  return { bare, end: end ?? sql.length };
}

/** How long the literal, quoted name or comment is that begins here; 0 when none does, `null` when it has no end. */
function skipped(sql: string, at: number): number | null {
  const two = sql.slice(at, at + 2);
  if (two === '--') {
    const line = sql.indexOf('\n', at);
    return (line === -1 ? sql.length : line + 1) - at;
  }
  if (two === '/*') return comment(sql, at);
  if (sql[at] === "'")
    return quoted(sql, at, "'", /[eE]$/.test(sql.slice(Math.max(0, at - 1), at)) && !/[A-Za-z0-9_$]$/.test(sql.slice(Math.max(0, at - 2), at - 1)));
  if (sql[at] === '"') return quoted(sql, at, '"', false);
  const tag = /^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/.exec(sql.slice(at, at + 66))?.[0];
  if (tag === undefined || /[A-Za-z0-9_$]$/.test(sql.slice(0, at).slice(-1))) return 0;
  const close = sql.indexOf(tag, at + tag.length);
  return close === -1 ? null : close + tag.length - at;
}

function comment(sql: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < sql.length; at += 1) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') {
      depth += 1;
      at += 1;
    } else if (two === '*/') {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1 - from;
    }
  }
  return null;
}

/** A backslash before a quote means one thing or the other by a setting of the server, so outside of E'' it counts as no end at all. */
function quoted(sql: string, from: number, quote: string, escapes: boolean): number | null {
  for (let at = from + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\' && escapes) at += 1;
    else if (sql[at] === '\\' && quote === "'" && sql[at + 1] === "'") return null;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1 - from;
      at += 1;
    }
  }
  return null;
}
