import { ClusterError, type HttpResponse } from '../../ports/cluster.ts';
import { type NamedTurns, type RotaReader, RotaSourceError, type Span } from '../../ports/rotas.ts';
import type { Threads } from '../../ports/threads.ts';
import { MAX_BODY, requestHttp } from '../http/request.ts';
import { CALENDAR_TURNS } from './turns.ts';

/** How long (ms) a calendar may take to come, and to be read. */
const PATIENCE = { answer: 20_000, reading: 10_000 };

export interface CalendarOptions {
  /** Where it is; a secret. `null` while the variable is not set. */
  readonly address: string | null;
  /** The variable that has it. */
  readonly variable: string;
  /** Whose clocks count where an event names none. */
  readonly timeZone: string;
  readonly threads: Threads;
  readonly patience?: typeof PATIENCE;
}

/** A rota that is kept in a calendar, by its address of the kind that ends in `.ics`. */
export function calendarFeed({ address, variable, timeZone, threads, patience = PATIENCE }: CalendarOptions): RotaReader {
  return {
    async read(span, tag) {
      const answer = await fetched(address, variable, tag, patience.answer);
      if (answer.status === 304) return null;
      if (Buffer.byteLength(answer.body) >= MAX_BODY)
        throw new RotaSourceError('the calendar is larger than 4 MiB', 'Give a calendar that has the on-call shifts alone.');
      return { ...(await turnsIn(answer.body, span)), tag: answer.headers.etag ?? null };
    },
  };

  async function turnsIn(text: string, span: Span): Promise<Pick<NamedTurns, 'turns' | 'problems'>> {
    let read: Awaited<ReturnType<typeof CALENDAR_TURNS.run>>;
    try {
      read = await threads.run(CALENDAR_TURNS, { text, timeZone, span }, AbortSignal.timeout(patience.reading));
    } catch (cause) {
      throw new RotaSourceError('the calendar takes too long to read, or too much memory', 'Give a calendar that has the on-call shifts alone.', {
        cause,
      });
    }
    if ('refused' in read)
      throw new RotaSourceError(`the calendar cannot be used: ${read.refused}`, `Give the address of the calendar itself (iCal) in ${variable}.`);
    return read;
  }
}

async function fetched(address: string | null, variable: string, tag: string | null, timeoutMs: number): Promise<HttpResponse> {
  const correct = `Set ${variable} to the calendar’s address (iCal).`;
  if (address === null) throw new RotaSourceError(`${variable} is not set`, correct);
  const url = URL.parse(address.trim().replace(/^webcals?:/i, 'https:'));
  if (url === null || !/^https?:$/.test(url.protocol)) throw new RotaSourceError(`${variable} is no address of a calendar`, correct);
  const login =
    url.username === '' ? {} : { authorization: `Basic ${Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString('base64')}` };
  const headers = { accept: 'text/calendar, */*;q=0.1', ...login, ...(tag === null ? {} : { 'if-none-match': tag }) };
  let answer: HttpResponse;
  try {
    answer = await requestHttp(url.origin, { method: 'GET', path: `${url.pathname}${url.search}`, headers, timeoutMs });
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    throw new RotaSourceError(`the calendar cannot be fetched (${cause.message.replace(/\.$/, '')})`, 'It is tried again.', { cause });
  }
  if (answer.status === 200 || (answer.status === 304 && tag !== null)) return answer;
  throw refusalOf(answer.status, variable);
}

function refusalOf(status: number, variable: string): RotaSourceError {
  if (status >= 300 && status <= 399)
    return new RotaSourceError(
      `the calendar is somewhere else now (${status})`,
      `Set ${variable} to its new address: Tocsin follows it to no other host.`,
    );
  if (status === 429 || status >= 500) return new RotaSourceError(`the calendar’s server answers ${status}`, 'It is tried again.');
  return new RotaSourceError(
    `the calendar’s server refuses it (${status})`,
    `Create a new secret address (iCal) in the calendar, and set ${variable} to it: the old one may have been revoked.`,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
