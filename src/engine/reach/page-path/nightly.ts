import { asJson, readBack } from '../../../domain/json.ts';
import { REPLY_MESSAGE } from '../../../domain/messages/messages.ts';
import { isDoubtful, type PathTried } from '../../../domain/page-path/standing.ts';
import { sayNight } from '../../../domain/page-path/words.ts';
import type { Json } from '../../../domain/record.ts';
import type { PathWay } from '../../../domain/records/data/page-path.ts';
import { SEVERITIES, type Severity } from '../../../domain/severity.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import { clamp } from '../../../lib/clamp.ts';
import { nextUtcDay, utcMoment } from '../../../lib/time.ts';
import { PagerDutyReadError } from '../../../ports/pagerduty.ts';
import type { Run, RunContext } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import { sendMessage } from '../../incidents/incidents.ts';
import { PAGE_PATH } from '../../run-kinds.ts';
import { sleepUntil } from '../../until.ts';
import { LESS_PATIENCE, lookWithin, NO_ANSWER } from '../patience.ts';
import { NOBODY } from '../person.ts';
import { plainMessage } from '../plain.ts';
import type { Line } from '../ports.ts';
import { namesIn } from './naming.ts';
import { isPassing } from './passing.ts';
import type { Found, PathDeps, PathService, Station } from './ports.ts';

/** How long (ms) each try waits while Slack is asked too often: a line of many people is tried one after the other, and that is no fault of a way. */
const PAUSES = 60 * 60_000;
/** How long (ms) the night waits before a system outside of Slack is tried again that failed in a way that may pass. What fails each time is a fault. */
const AGAIN: readonly number[] = [60_000, 10 * 60_000];
/** Characters of one section of Slack's. */
const LONGEST = 3_000;

/** Starts the next night's try; one a day, whoever asks. Does nothing where the configuration names no time. */
export async function startPathNight(tx: StoreTx, at: string | null, now: number): Promise<void> {
  if (at === null) return;
  const day = nextUtcDay(at, now);
  await tx.startRun({ id: `page-path:${day}`, ...PAGE_PATH.with({ day }) });
}

/**
 * Every night each way that a page of a service takes is really tried, and nobody is woken by it. What does not work is said in the service's channel;
 * that all works is said once a week, with who confirmed it (asking.ts).
 */
export function pathNightRun(deps: PathDeps): Run {
  const { store, at, services } = deps;
  return PAGE_PATH.does(async (run, { day }) => {
    if (at === null) return;
    await sleepUntil(run, store, utcMoment(day, at), 'night');
    await run.write('next', async (tx) => {
      await startPathNight(tx, at, await tx.now());
      return true;
    });
    const night = new Night(run, deps);
    let waiting: (readonly [PathService, Tried])[] = [];
    for (const service of services) {
      const tried = await night.tryService(service);
      if (tried.passing.length > 0) waiting.push([service, tried]);
      else await report(run, deps, service, day, asTried(tried));
    }
    for (const [i, wait] of AGAIN.entries()) {
      if (waiting.length === 0) return;
      const nth = i + 1;
      await run.sleep(`again:${nth}`, wait);
      const still: typeof waiting = [];
      for (const [service, before] of waiting) {
        const tried = await night.tryAgain(before, nth);
        if (tried.passing.length > 0 && nth < AGAIN.length) still.push([service, tried]);
        else await report(run, deps, service, day, asTried(tried));
      }
      waiting = still;
    }
  });
}

async function report(run: RunContext, deps: PathDeps, { id, name, channel }: PathService, day: string, tried: PathTried): Promise<void> {
  await run.writeAfter(
    `tried:${id}`,
    async () => (isDoubtful(tried) ? sayNight(name, tried, await namesIn(deps, tried)) : null),
    async (tx, text) => {
      await deps.record(tx, { type: 'page-path.tried', data: tried });
      if (text === null) return true;
      await sendMessage(tx, {
        key: `page-path:${day}:${id}`,
        stream: SYSTEM_STREAM,
        seq: 0,
        lane: channel,
        to: { kind: 'channel', channel },
        ...REPLY_MESSAGE.with(plainMessage(clamp(text, LONGEST))),
      });
      return true;
    },
  );
}

/**
 * Stands in the journal for an answer that did not come, and why: nothing that is found looks like it. `fails`: a page that goes this way fails just so;
 * otherwise nothing is known of the way.
 */
interface Unanswered {
  readonly unanswered: string;
  readonly fails?: boolean;
}

function isUnanswered(found: unknown): found is Unanswered {
  return typeof found === 'object' && found !== null && 'unanswered' in found;
}

/** A station outside of Slack that failed in a way that may pass. */
interface Passing {
  readonly name: string;
  readonly station: Station;
  readonly last: Unanswered;
}

/** What was found of a service so far, and what is tried again. */
interface Tried {
  readonly id: string;
  readonly called: number;
  readonly answers: readonly (Omit<PathTried['failed'][number], 'error'> & { readonly found: Found })[];
  readonly passing: readonly Passing[];
}

/** What is recorded of a service. What failed each time is a fault where a page would fail like that. */
function asTried({ id, called, answers, passing }: Tried): PathTried {
  const given = passing.map(({ station: { way, what, severities }, last: { unanswered, fails } }) => ({
    way,
    what,
    severities,
    found: fails === true ? unanswered : { unseen: unanswered, tried: true },
  }));
  const all = [...answers, ...given];
  const failed = all.flatMap(({ found, ...one }) => (typeof found === 'string' ? [{ ...one, error: found }] : []));
  const unseen = all.flatMap(({ found, way, what }) =>
    typeof found === 'string' || found === null ? [] : [{ way, what, error: found.unseen, tried: found.tried }],
  );
  const unreached = failed.filter(({ way }) => way === 'person').length;
  // Of people and their lines it is said how many there are.
  const ways = all.flatMap(({ found, way, what }) => (found === null && !OF_PEOPLE.has(way) ? [{ way, what }] : []));
  return { service: id, people: called - unreached, ways, failed, ...(unseen.length === 0 ? {} : { unseen }) };
}

const OF_PEOPLE: ReadonlySet<PathWay> = new Set(['line', 'person', 'address']);

/** What was found in one night. A person and a channel that several services have are tried once. */
class Night {
  readonly #run: RunContext;
  readonly #deps: PathDeps;
  readonly #people = new Map<string, Found>();
  readonly #channels = new Map<string, Found>();
  /** Slack did not answer once: nobody waits for it a second time in this night. */
  #isAway = false;

  constructor(run: RunContext, deps: PathDeps) {
    this.#run = run;
    this.#deps = deps;
  }

  async tryService({ id, lines, stations, isMailed }: PathService): Promise<Tried> {
    const answers: Tried['answers'][number][] = [];
    const add = (found: Found, way: PathWay, what: string, severities: readonly Severity[]) => {
      answers.push({ way, what, severities, found });
    };
    const called = new Set<string>();
    for (const { line, who } of lines) {
      const looked = await this.#look<Line>(`line:${id}:${line}`, async () => asJson(await this.#deps.members(who)));
      const found = isUnanswered(looked) ? { users: [], error: NO_ANSWER } : looked;
      add(found.error, 'line', `${id}.${line}`, SEVERITIES);
      for (const user of found.users) called.add(user);
    }
    for (const user of called) {
      const reached = await this.#tryPerson(user);
      add(reached, 'person', user, SEVERITIES);
      // Who is not there is not mailed either.
      const isThere = typeof reached !== 'string' || !NOBODY.has(reached);
      if (isMailed && isThere) add(await this.#findAddress(id, user), 'address', user, SEVERITIES);
    }
    const passing: Passing[] = [];
    for (const station of stations) {
      const { way, what, severities, attempt } = station;
      const name = `${way}:${id}:${what}`;
      const found = await (way === 'channel' ? this.#once(this.#channels, `${way}:${what}`, attempt) : this.#tryOutside(name, attempt));
      if (isUnanswered(found)) passing.push({ name, station, last: found });
      else add(found, way, what, severities);
    }
    return { id, called: called.size, answers, passing };
  }

  /** Tries again what may have passed by now; `nth`: for the how-manieth time. */
  async tryAgain({ passing: before, ...tried }: Tried, nth: number): Promise<Tried> {
    const answers = [...tried.answers];
    const passing: Passing[] = [];
    for (const { name, station } of before) {
      const found = await this.#tryOutside(`${name}:again:${nth}`, station.attempt);
      if (isUnanswered(found)) passing.push({ name, station, last: found });
      else answers.push({ way: station.way, what: station.what, severities: station.severities, found });
    }
    return { ...tried, answers, passing };
  }

  #tryPerson(user: string): Promise<Found> {
    return this.#once(this.#people, `person:${user}`, () => this.#deps.tryPerson(user));
  }

  /** A contact may say it for one service and not for another. */
  async #findAddress(service: string, user: string): Promise<Found> {
    const found = await this.#look<Found>(`address:${service}:${user}`, () => this.#deps.findAddress(service, user));
    return isUnanswered(found) ? { unseen: NO_ANSWER, tried: true } : found;
  }

  async #once(known: Map<string, Found>, name: string, attempt: () => Promise<Found>): Promise<Found> {
    const before = known.get(name);
    if (before !== undefined) return before;
    const looked = await this.#look<Found>(name, attempt);
    const found = isUnanswered(looked) ? NO_ANSWER : looked;
    known.set(name, found);
    return found;
  }

  /** A system outside of Slack is tried once, and says nothing of Slack. Whoever could not look at it knows nothing of it; a page could not use it either. */
  async #tryOutside(name: string, attempt: () => Promise<Found>): Promise<Found | Unanswered> {
    const found = await this.#run.step<Json>(name, async () => {
      try {
        return asJson(await attempt());
      } catch (error) {
        if (!isPassing(error)) return { unanswered: 'it could not be asked' };
        return { unanswered: (error as Error).message, fails: !(error instanceof PagerDutyReadError) };
      }
    });
    return readBack<Found | Unanswered>(found);
  }

  /** Slack that did not answer within the patience is away: nobody waits for it again in this night. */
  async #look<T>(name: string, look: () => Promise<Json>): Promise<T | Unanswered> {
    const patience = this.#isAway ? 0 : LESS_PATIENCE;
    const found = readBack<T | Unanswered>(
      await lookWithin<Json>(this.#run, this.#deps.store, name, look, { unanswered: NO_ANSWER }, patience, PAUSES),
    );
    if (isUnanswered(found)) this.#isAway = true;
    return found;
  }
}
