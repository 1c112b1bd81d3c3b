import { TOCSIN } from '../src/domain/streams.ts';
import { clamp, headOf } from '../src/lib/clamp.ts';
import { linesMeant, moreLines } from '../src/lib/plural.ts';
import { safe, spelledOut, visible } from './outside.ts';

/** Slack's limits for Block Kit (docs.slack.dev/reference/block-kit), in characters. */
export const LIMITS = {
  section: 3_000,
  field: 2_000,
  header: 150,
  button: 75,
  title: 24,
  option: 75,
  optionValue: 150,
  message: 12_000,
  blocks: 50,
} as const;

export { clamp };

/**
 * `clamp` for mrkdwn. Several lines are cut at a line's end, and how many are left out is said; in a single line a link, a mention, a date or an
 * escaped character stays whole or goes too.
 */
export function clampMarkup(text: string, length: number): string {
  if (text.length <= length) return clamp(text, length);
  return atLineEnd(text, length) ?? withinLine(text, length);
}

/** `null` where a line's end would leave less than half of what has its place. */
function atLineEnd(text: string, length: number): string | null {
  const room = length - `\n${FENCE}\n${moreLines(99_999)}`.length;
  const end = text.lastIndexOf('\n', room);
  if (end < length / 2) return null;
  const [kept, gone] = [text.slice(0, end), text.slice(end + 1).split('\n')];
  const left = gone.reduce((sum, line) => sum + (line === FENCE ? 0 : Math.max(1, linesMeant(line))), 0);
  const isOpen = (kept.split(FENCE).length - 1) % 2 === 1;
  return `${kept.toWellFormed()}${isOpen ? `\n${FENCE}` : ''}\n${moreLines(left)}`;
}

function withinLine(text: string, length: number): string {
  const head = headOf(text, length - 1);
  const opened = head.lastIndexOf('<');
  const within = opened > head.lastIndexOf('>') && text.includes('>', opened) ? head.slice(0, opened) : head;
  return `${within.replace(/&[a-z]{0,4}$/, '')}…`;
}

const FENCE = '```';

/** People's words for `plain_text` objects: one line, links and mentions by their labels, nothing that could be taken for a broadcast. */
export function plain(text: string): string {
  return readable(spelledOut(visible(text)))
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/<(?=[@#!]|[a-z]+:)/g, '‹')
    .trim();
}

/** Links and mentions that carry a label, as a person would write them: `<@U0ADA|ada>` is `@ada`. Lines stay. */
export function readable(text: string): string {
  return text
    .replaceAll(/<([@#])[A-Z0-9]{2,20}\|([^<>|]{1,80})>/g, '$1$2')
    .replaceAll(/<(https?:\/\/[^\s<>|]{1,2000})(?:\|([^<>]{1,200}))?>/g, (_, url: string, label: string | undefined) => label ?? url);
}

/** A text for where nothing mentions a group, and no group has a name: a notification, a mail. */
export function groupsUnnamed(text: string): string {
  return text.replaceAll(/<!subteam\^[A-Z0-9]+>/g, 'a group');
}

/** A message's text as it was typed: Slack escapes three characters and wraps links and mentions. */
export function asTyped(text: string): string {
  return readable(text).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** An address by itself, without what every address begins with. */
export function sayLink(url: string): string {
  return `<${url}|${safe(url.replace(/^https?:\/\//, '').replace(/\/$/, ''))}>`;
}

/** A Slack date that each reader sees in their own zone, with UTC for everybody else. `ms` of the one clock. */
export function when(ms: number, format: keyof typeof FORMATS = 'time'): string {
  const iso = new Date(ms).toISOString();
  const fallback = FALLBACKS[format](iso);
  return `<!date^${Math.floor(ms / 1_000)}^${FORMATS[format]}|${fallback}>`;
}

/** For who sees no Slack dates. */
const FALLBACKS: Readonly<Record<keyof typeof FORMATS, (iso: string) => string>> = {
  time: (iso) => `${iso.slice(11, 16)} UTC`,
  'date-time': sayBoth,
  'in-sentence': sayBoth,
  day: (iso) => iso.slice(0, 10),
};

function sayBoth(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** `date-time` may say “Today at 20:35” and stands alone; `in-sentence` reads right within one. */
const FORMATS = { time: '{time}', 'date-time': '{date_short_pretty} at {time}', 'in-sentence': '{date_short}, {time}', day: '{date_short}' } as const;

/**
 * A moment as the record writes it (UTC, `Z`), beside which nothing makes it a part of a name, with an “at” before it.
 */
const MOMENT = /(\b(?:at|on) )?(?<![\w./:+-])(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)(?![\w/-]|\.\w)/g;
/** What is shown as it is: code, and what is a date, a link or a mention already. */
const AS_IT_IS = /(```[\s\S]*?```|`[^`\n]*`|<[^<>]*>)/;

/** Mrkdwn in which each moment of the record is a Slack date: the one place where UTC becomes each reader's own time. */
export function dated(markup: string): string {
  return withMoments(markup, (ms, at) => `${at === '' ? '' : 'on '}${when(ms, 'in-sentence')}`);
}

/** The same with the time of day alone: for what is read at once and tells of the next hours. */
export function clocked(markup: string): string {
  return withMoments(markup, (ms, at) => `${at}${when(ms)}`);
}

function withMoments(markup: string, said: (ms: number, at: string) => string): string {
  const replace = (whole: string, at: string | undefined, moment: string) => {
    const ms = Date.parse(moment);
    return Number.isNaN(ms) ? whole : said(ms, at ?? '');
  };
  return markup
    .split(AS_IT_IS)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(MOMENT, replace)))
    .join('');
}

/** A moment that has passed, with how long ago it was in each reader's own words; `fallback` for who sees no Slack dates. */
export function since(ms: number, fallback: string): string {
  return `<!date^${Math.floor(ms / 1_000)}^{time}, {ago}|${fallback}>`;
}

/** A person in a message; Tocsin itself where a rule acted. */
export function user(id: string): string {
  return id === TOCSIN.id ? 'Tocsin' : `<@${id}>`;
}
