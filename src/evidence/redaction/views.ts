/** A text with what hides a secret in it undone, and where each of its characters stands in the text itself. */
export interface View {
  readonly text: string;
  /** Where the character at `index` begins in the text itself. */
  start(index: number): number;
  /** Where what lies before `index` ends in the text itself. */
  end(index: number): number;
}

/** Terminal colours and links, as they are and as JSON and shells write them. */
const ANSI = String.raw`(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e|\^\[|\u241b)(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,256}(?:\x07|\x1b\\))`;
/** Characters that nobody sees: zero-width ones, joiners, marks of direction, soft hyphens, selectors, tags. */
const UNSEEN = String.raw`[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|\udb40[\udc00-\udfff]|\\u(?:200[b-fB-F]|202[a-eA-E]|206[0-9a-fA-F]|00[aA][dD]|[fF][eE][fF][fF])`;
/** Printable ASCII in URLs, in JSON and in HTML. */
const ENCODED = String.raw`%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]|\\/|&(?:quot|apos|amp|#3[49]|#x2[27]);`;

const DISGUISED = new RegExp(`${ANSI}|${UNSEEN}|${ENCODED}`, 'g');

/** The undisguised view; `null` when nothing is disguised in it. */
export function undisguised(text: string): View | null {
  const first = new RegExp(DISGUISED).exec(text);
  if (first === null) return null;
  // For each piece: where it begins in the view, and in the text.
  const views: number[] = [];
  const origins: number[] = [];
  const pieces: string[] = [];
  let length = 0;
  let at = 0;
  const add = (piece: string, origin: number) => {
    if (piece === '') return;
    views.push(length);
    origins.push(origin);
    pieces.push(piece);
    length += piece.length;
  };
  for (const match of text.matchAll(DISGUISED)) {
    add(text.slice(at, match.index), at);
    add(plain(match[0]), match.index);
    at = match.index + match[0].length;
  }
  add(text.slice(at), at);
  const pieceAt = (index: number) => lastAtMost(views, index);
  return {
    text: pieces.join(''),
    start: (index) => {
      const piece = pieceAt(index);
      return (origins[piece] ?? 0) + index - (views[piece] ?? 0);
    },
    end(index) {
      // What was one character may have been written in several: it goes as a whole.
      const piece = pieceAt(index - 1);
      const inside = index - (views[piece] ?? 0);
      const whole = (pieces[piece]?.length ?? 0) === inside && inside === 1;
      const origin = origins[piece] ?? 0;
      if (!whole) return origin + inside;
      const encoded = new RegExp(DISGUISED.source, 'y');
      encoded.lastIndex = origin;
      return encoded.test(text) ? encoded.lastIndex : origin + inside;
    },
  };
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&quot;', '"'],
  ['&#34;', '"'],
  ['&#x22;', '"'],
  ['&apos;', "'"],
  ['&#39;', "'"],
  ['&#x27;', "'"],
  ['&amp;', '&'],
]);

function plain(disguised: string): string {
  if (disguised === String.raw`\/`) return '/';
  const entity = ENTITIES.get(disguised);
  if (entity !== undefined) return entity;
  const code = /^(?:%|\\u00)([2-7][0-9A-Fa-f])$/.exec(disguised)?.[1];
  return code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16));
}

/** The place of the last of these ascending numbers that is not above `limit`. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
