import { proseOf } from './messages.ts';

/** How it truly was while a text could be read. */
export interface Truth {
  /** Whether the failure bites. */
  readonly broken: boolean;
}

/** Sentences that say in other words that nothing came back. */
const NOT_BACK = /(?:did not come back|found no sign of it)/i;
/** It says neither: that it is watched for, or that nobody could see. */
const NEITHER = /(?:whether it (?:comes|came) back|not known whether it came back)/gi;

const WHILE_BROKEN: readonly (readonly [RegExp, string])[] = [
  [NOT_BACK, 'it is said not to come back, and it never went away'],
  [/the effect is (?:verified|there)|\*Verified\*/i, 'the effect is said to be verified, and the failure is still there'],
  [/\bNo known problem\b/i, 'nothing is said to be found, and there is a failure'],
];

const WHILE_WELL: readonly (readonly [RegExp, string])[] = [
  [/\bcame back\b/i, 'it is said to have come back, and it did not'],
  [/it is still there/i, 'it is said to be still there, and it is not'],
  [/the effect did not show/i, 'the effect is said not to show, and it is there'],
];

/** What only a machine reads. */
const RAW: readonly RegExp[] = [
  /\b(?:diagnose|output|arg|incident|run)\.[a-z_]+(?:\.[a-z_]+)*\s*(?:==|!=|>=?|<=?|\+|&&|\|\|)/,
  /(?:^|[\s("`])=(?:approval|run|now|stamp|string|arg|diagnose|incident)\b/m,
  /\b(?:string|dyn|approval|stamp|plural)\(/,
  /\[object Object\]|\bundefined\b|\bNaN\b/,
  /&amp;(?:amp|lt|gt);/,
];

const COUNTED = [
  'pod|connection|line|file|user|change|event|check|step|hour|minute|object|failure|server|replica|person|conclusion',
  'message|document|query|key|problem|time',
].join('|');
/** Words after `1` that end in s and are right. */
const RIGHT_AFTER_ONE = 'is|was|has|does|needs|matches|fails|restarts|less|ms|s';

const WRONG: readonly RegExp[] = [
  new RegExp(`(?<![\\d.,:/-])\\b1 (?!(?:${RIGHT_AFTER_ONE})\\b)[a-z]+s\\b(?= |\\.|,|;|$)`, 'm'),
  new RegExp(`(?<![\\w.,:/#-])(?!1 )\\d+ (?:${COUNTED})\\b(?![-/(])`),
  /\w\(s\)/,
  /(?<![.\w/])\.\s?\.(?![./])|(?<=\w)\.\s?\.(?![./])(?=\s|$)/,
  /\s,|,\s*[,;]|,\s*\.(?:\s|$)|,\s*$/m,
  /:\s*\.(?:\s|$)/m,
];

/** The sentences of a text that are not true by what is the case, that only a machine reads, or that are none; each with what is wrong. */
export function claimsIn(text: string, { broken }: Truth): readonly string[] {
  const prose = proseOf(text);
  const said = prose.replaceAll(NEITHER, '');
  const untrue = broken
    ? WHILE_BROKEN.filter(([pattern]) => pattern.test(said))
    : WHILE_WELL.filter(([pattern]) => pattern.test(said.replaceAll(new RegExp(NOT_BACK, 'gi'), '')));
  // What others said is theirs.
  const own = prose.replaceAll(/“[^”\n]*(?:”|…)/g, '“”');
  const found = [
    ...untrue.map(([pattern, what]) => `${what}: ${around(prose, pattern)}`),
    ...RAW.filter((pattern) => pattern.test(prose)).map((pattern) => `a raw expression: ${around(prose, pattern)}`),
    ...WRONG.filter((pattern) => pattern.test(own)).map((pattern) => `no right sentence: ${around(prose, pattern)}`),
  ];
  return [...new Set(found)];
}

/** The line in which a pattern is found, cut to what is needed to find it again. */
function around(text: string, pattern: RegExp): string {
  const at = Math.max(0, text.search(pattern));
  const begin = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(begin, end < 0 ? text.length : end);
  const from = Math.max(0, at - begin - 80);
  return `“${line.slice(from, from + 200)}”`;
}
