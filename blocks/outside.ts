/**
 * The one border where words from outside (of alerts, logs, GitHub, Kubernetes, and of people) become mrkdwn. Behind it they are plain
 * text: no mention, no broadcast, no link with a label of its own, nothing that looks like the bot's own heading, button or sign.
 */
export function safe(text: string): string {
  return escaped(unformatted(spelledOut(visible(text))));
}

/** The three characters that are Slack's own, as they are shown. For a text in fixed width, where nothing else is live. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Marks of direction and other signs that nobody sees, and control characters but line ends: they make a text read as something else. */
const UNSEEN = new RegExp(
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]`,
  'g',
);

/** A text without what nobody sees in it. Joiners of emoji stay. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, '');
}

/** Slack's mentions and links in words: `<@U0ADA|ada>` is `@ada`, and a link says where it leads. */
export function spelledOut(text: string): string {
  return text
    .replaceAll(/<([@#])([A-Z0-9]{2,20})(?:\|([^<>|]{0,80}))?>/g, (_, sign: string, id: string, label: string | undefined) => `${sign}${label || id}`)
    .replaceAll(/<((?:https?|mailto|tel):[^\s<>|]{1,2000})(?:\|([^<>]{0,200}))?>/g, (_, url: string, label: string | undefined) =>
      label === undefined || label === '' || url.endsWith(label) ? url : `${label} (${url})`,
    );
}

/** Signs that Slack formats by, as ones that look alike: bold, italic, struck, code, quotes, lists and emoji by name. */
function unformatted(text: string): string {
  return text
    .split('\n')
    .map(upright)
    .join('\n')
    .replaceAll(/(?<![A-Za-z0-9])\*(?=\S)|(?<=\S)\*(?![A-Za-z0-9])/g, '∗')
    .replaceAll('`', "'")
    .replaceAll(/(?<![A-Za-z0-9])~|~(?![A-Za-z0-9])/g, '∼')
    .replaceAll(/(?<![A-Za-z0-9]):(?=[a-z0-9_+'-]{0,98}[a-z_+][a-z0-9_+'-]{0,98}:)/g, '꞉')
    .replaceAll(/(?<=^[^\S\n]*)>/gm, '›')
    .replaceAll(/(?<=^[^\S\n]*)[•◦▪]/gm, '·');
}

/** A line in which no underscore opens what another one closes. Alone it formats nothing, and may be part of a name: `_staging/`. */
function upright(line: string): string {
  let last = line.lastIndexOf('_');
  while (last > 0 && /[A-Za-z0-9]/.test(line[last + 1] ?? '')) last = line.lastIndexOf('_', last - 1);
  if (last < 1) return line;
  return line.replaceAll(/(?<![A-Za-z0-9])_/g, (mark, at: number) => (at < last ? 'ˍ' : mark));
}

/** Stand-ins for < and > of outside words in a sentence of Tocsin's own. Nobody can send them: they are private to each program. */
const [OPEN, CLOSE] = ['\ue000', '\ue001'];

/** A record's words for a sentence of Tocsin's own: what mentions somebody in it afterwards is Tocsin's. */
export function guarded<T>(value: T): T {
  if (typeof value === 'string') return keptApart(unformatted(spelledOut(visible(value)))) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: unknown) => guarded(one)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, guarded(member)])) as T;
}

/** A text for a sentence of Tocsin's own in which no mention is Tocsin's. */
export function keptApart(text: string): string {
  return text
    .replaceAll(/[\ue000\ue001]/g, '')
    .replaceAll('<', OPEN)
    .replaceAll('>', CLOSE);
}

const MENTION = /&lt;([@#][A-Z0-9]{2,20})&gt;/g;

/** A sentence of Tocsin's own, made of guarded words: people and channels in it are mentioned. */
export function sentence(text: string): string {
  const own = escaped(text).replace(MENTION, '<$1>');
  return own.replaceAll(OPEN, '&lt;').replaceAll(CLOSE, '&gt;');
}

/** The same for notifications, where nothing is formatted. */
export function unguarded(text: string): string {
  return text.replaceAll(OPEN, '&lt;').replaceAll(CLOSE, '&gt;');
}
