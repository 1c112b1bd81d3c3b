import { hash } from 'node:crypto';
import { ROTA_SOURCE_BOARD } from '../../domain/messages/messages.ts';
import type { Rota } from '../../domain/rota/rota.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { own } from '../../lib/own.ts';
import { listed } from '../../lib/plural.ts';
import { type ByMail, MOST_TURNS, type RotaReader, RotaSourceError } from '../../ports/rotas.ts';
import type { Run } from '../../ports/runs.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import { ROTA_READ } from '../run-kinds.ts';
import { putBoard } from '../runbooks/board.ts';
import { sleepUntil } from '../until.ts';
import { copyOf, type RotaCopy } from './copies.ts';
import { turnsOf } from './naming.ts';
import type { RotaBook } from './rotas.ts';

const DAY = 24 * 60 * 60_000;
/** How far ahead (ms) turns are read: PagerDuty shows three months at most. */
const AHEAD = 84 * DAY;
/** How long (ms) it is believed that nothing has changed: after that all of it is read again, and further ahead. */
const BELIEVED = DAY / 2;
/** How long (ms) it may be away before people are told. */
const PATIENCE = 60 * 60_000;
/** So many kinds of what is left out are said. */
const MOST_PROBLEMS = 5;
/** So often (ms) it is said at most, however often it changes. */
const SAID_EVERY = DAY;

/** A rota that is kept elsewhere, as configured. */
export interface Feed {
  readonly rota: Pick<Rota, 'id' | 'name'>;
  /** Where it is, in a word without secrets. A change of it makes the copy before worthless. */
  readonly source: string;
  /** How often (ms) it is read. */
  readonly every: number;
  /** Who is meant by names and mail addresses in it. */
  readonly people: Readonly<Record<string, string>>;
  readonly reader: RotaReader;
}

export interface ReadingDeps {
  readonly store: Store;
  readonly book: RotaBook;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly byMail: ByMail;
  /** Where people are told that it is away, or what of it cannot be read. */
  readonly channelsOf: (rota: string) => readonly string[];
  readonly onError: (error: unknown, rota: string) => void;
}

/** What was read of a source, with the people behind the names. */
export interface Read {
  readonly list: NonNullable<RotaCopy['list']>;
  readonly tag: string | null;
  readonly problems: readonly string[];
}

/** What a look at a source came to: turns, nothing new, or why it could not be read. */
type Found = Read | 'same' | { readonly why: string };

/** Reads a rota where it is kept, keeps what it says, and waits for the next time. What cannot be read leaves the last good copy as it is. */
export function readingRun({ store, book, feeds, byMail, channelsOf, onError }: ReadingDeps): Run {
  return ROTA_READ.does(async (run, { rota: id, source, at }) => {
    const feed = own(feeds, id);
    // It was taken out of the file, or is somewhere else now: that has runs of its own.
    if (feed?.source !== source) return;
    await sleepUntil(run, store, at);
    await run.writeAfter(
      'read',
      () => look(feed),
      async (tx, found) => {
        const now = await tx.now();
        const before = copyOf(await tx.rotaLists(), id, source);
        const copy = copyAfter(before, feed, found, now);
        const after = { ...copy, said: saidNow(copy, now) };
        await book.take(tx, id, after);
        await tell(tx, feed, before, after, now);
        await startNext(tx, feed, now);
        return true;
      },
    );
  });

  async function look(feed: Feed): Promise<Found> {
    const now = await store.now();
    const before = copyOf(await store.rotaLists(), feed.rota.id, feed.source);
    const fresh = before !== null && now - before.wholeAt < BELIEVED && before.problems.length === 0;
    try {
      return await readFeed(feed, byMail, now, fresh ? before.tag : null);
    } catch (error) {
      if (!(error instanceof RotaSourceError)) onError(error, feed.rota.id);
      return { why: error instanceof RotaSourceError ? `${error.message}. ${error.advice}` : 'something went wrong. The log of the bot has it.' };
    }
  }

  /** One message for each time that it is away for long, which says when it is back, and one for what of it cannot be read. */
  async function tell(tx: StoreTx, { rota }: Feed, before: RotaCopy | null, after: RotaCopy, now: number): Promise<void> {
    const put = async (key: string, rev: number, said: Pick<RotaCopy, 'away' | 'problems'> & { readonly back: number | null }) => {
      const { away, problems, back } = said;
      const view = { id: rota.id, rota: rota.name, readAt: before?.list?.readAt ?? null, away, problems, back };
      for (const channel of channelsOf(rota.id)) {
        const board = { key: `${key}:${channel}`, stream: SYSTEM_STREAM, to: { kind: 'channel', channel } } as const;
        await putBoard(tx, board, rev, ROTA_SOURCE_BOARD.with(view));
      }
    };
    const was = before?.away ?? null;
    if (after.away?.told === true && was?.told !== true)
      await put(`rota-away:${rota.id}:${after.away.since}`, 1, { away: after.away, problems: [], back: null });
    if (after.away === null && was?.told === true) await put(`rota-away:${rota.id}:${was.since}`, 2, { away: was, problems: [], back: now });
    if (after.said === null || after.said.at === before?.said?.at) return;
    await put(`rota-parts:${rota.id}:${after.said.digest}`, 1, { away: null, problems: after.problems, back: null });
  }
}

/** Reads a source once, and finds out who is meant. `null`-tagged: all of it. @throws RotaSourceError */
export async function readFeed({ rota, reader, people }: Feed, byMail: ByMail, now: number, tag: string | null): Promise<Read | 'same'> {
  const span = { from: now - DAY, until: now + AHEAD };
  const found = await reader.read(span, tag);
  if (found === null) return 'same';
  assertFew(found.turns);
  const turns = await turnsOf(found.turns, people, byMail);
  // A turn of several people is one of each.
  assertFew(turns);
  const strangers = [...new Set(turns.flatMap(({ user, says }) => (user === null ? [`“${says}”`] : [])))];
  const unknown =
    strangers.length === 0 ? [] : [`Slack knows nobody for ${listed(strangers, 'name')}: add them to rotas.${rota.id}.people in tocsin.yml`];
  return { list: { turns: [...turns], ...span, readAt: now }, tag: found.tag, problems: [...found.problems.slice(0, MOST_PROBLEMS), ...unknown] };
}

/** @throws RotaSourceError where there are more turns than a rota has */
function assertFew(turns: readonly unknown[]): void {
  if (turns.length <= MOST_TURNS) return;
  throw new RotaSourceError(`it has more than ${MOST_TURNS} turns in twelve weeks`, 'Give a calendar that has the on-call shifts alone.');
}

/** The copy after a look. */
function copyAfter(before: RotaCopy | null, { source }: Feed, found: Found, now: number): RotaCopy {
  const none = { source, tag: null, wholeAt: 0, list: null, away: null, problems: [], said: null };
  if (found === 'same') return { ...(before ?? none), list: before?.list == null ? null : { ...before.list, readAt: now }, away: null };
  if (!('why' in found)) {
    const said = before?.said ?? null;
    return { source, tag: found.tag, wholeAt: now, list: found.list, away: null, problems: [...found.problems], said };
  }
  const { since, told } = before?.away ?? { since: now, told: false };
  const isLong = before?.list == null || now - since >= PATIENCE;
  return { ...(before ?? none), away: { since, why: found.why, told: told || isLong } };
}

/** What people were told of what was left out, once they are told what is due now: something that is new, not more than once a day. */
function saidNow({ problems, said }: RotaCopy, now: number): RotaCopy['said'] {
  const digest = hash('sha256', problems.join(), 'hex').slice(0, 16);
  const isDue = problems.length > 0 && digest !== said?.digest && now - (said?.at ?? 0) >= SAID_EVERY;
  return isDue ? { digest, at: now } : said;
}

/** Begins to read the rotas that are kept elsewhere, each at once and then again and again; once, whoever asks. */
export async function startReading(store: Store, feeds: Readonly<Record<string, Feed>>): Promise<void> {
  await store.transaction(async (tx) => {
    const now = await tx.now();
    for (const feed of Object.values(feeds)) {
      await startAt(tx, feed, Math.floor(now / feed.every) * feed.every);
      // The run for this time may be over already: what follows it must not be missing then.
      await startNext(tx, feed, now);
    }
  });
}

async function startNext(tx: StoreTx, feed: Feed, now: number): Promise<void> {
  await startAt(tx, feed, (Math.floor(now / feed.every) + 1) * feed.every);
}

async function startAt(tx: StoreTx, { rota, source }: Feed, at: number): Promise<void> {
  await tx.startRun({ id: `rota-read:${rota.id}:${source}:${at}`, ...ROTA_READ.with({ rota: rota.id, source, at }) });
}
