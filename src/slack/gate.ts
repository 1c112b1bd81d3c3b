import { ErrorCode } from '@slack/web-api';
import { ALL_POSTS, type CallArgs, type Limit, limitsOf, MANY_POSTS, MINUTE, perMinuteOf, SLOWEST } from './limits.ts';

/** Keeps calls back for which Slack has no room now, as it said itself. */
export interface Gate {
  /**
   * How long (ms) a call has to wait for its turn: 0 for at once. At most `patience`: then the turn is its own, and it goes after that time.
   * More: it has no turn, and asks again then.
   */
  take(method: string, args: CallArgs, patience: number): number;
  /** Slack said 429: nothing like it goes for `ms`, and then at the pace that Slack publishes, or slower. Returns what that was about. */
  limited(method: string, args: CallArgs, ms: number): string;
  /** The same when another replica was told so. */
  closed(place: string, ms: number): void;
}

/** What Slack's own 429 is to callers: it was not done, and may be asked again after `retryAfter` seconds. */
export class NotNow extends Error {
  readonly code = ErrorCode.RateLimitedError;
  readonly retryAfter: number;

  constructor(method: string, ms: number) {
    super(`Slack has no room for ${method} for another ${Math.ceil(ms)} ms.`);
    this.name = 'NotNow';
    this.retryAfter = ms / 1_000;
  }
}

interface Place {
  /** When calls went or will go, of the last minute on. */
  sent: number[];
  closedUntil: number;
  /** How often Slack has said 429 again since it first did; 0 while it takes all. */
  strikes: number;
  /** ms between two calls since then. */
  pace: number;
  learnedAt: number;
  /** The last turn since then. */
  last: number;
}

/** A little slower than a limit: calls arrive neither evenly nor by this clock, and one too many costs a wait. */
const MARGIN = 1.05;
/** How long (ms) a limit that Slack showed is heeded. */
const REMEMBERED = 2 * MINUTE;
/** From how many places on those are looked for that nobody has asked of lately. */
const MANY = 1_000;
/** Posts in a channel within ten seconds that are no burst: a 429 after them is about the whole workspace. */
const NO_BURST = { posts: 5, within: 10_000 };

/**
 * Learns Slack's limits from its answers: bursts go until it says 429. Then calls go at the pace that Slack publishes, or took in the minute before;
 * slower each time that it says 429 again, down to a third: other replicas have their share. `clock` in ms, monotonic; `posts`: to channels in a minute, at most.
 */
export function createGate(clock: () => number = () => performance.now(), posts: number = ALL_POSTS): Gate {
  const places = new Map<string, Place>();
  let forgotAt = 0;

  function placeOf(name: string, now: number): Place {
    const place = places.get(name) ?? { sent: [], closedUntil: 0, strikes: 0, pace: 0, learnedAt: 0, last: 0 };
    place.sent = place.sent.filter((at) => now - at < MINUTE);
    if (now - place.learnedAt > REMEMBERED) Object.assign(place, { strikes: 0, pace: 0 });
    places.set(name, place);
    return place;
  }

  function forgetIdle(now: number): void {
    for (const [name, { sent, learnedAt }] of places) if (now - learnedAt > REMEMBERED && now - (sent.at(-1) ?? 0) > MINUTE) places.delete(name);
  }

  /** When a place has room for one more. */
  function turnAt({ sent, closedUntil, pace, last }: Place, { most, first }: Limit, now: number): number {
    const full = sent.at(-most);
    return Math.max(now, closedUntil, pace === 0 || first ? now : last + pace, full === undefined ? now : full + MINUTE);
  }

  function close(place: Place, perMinute: number, ms: number, now: number): void {
    // Those that were under way together were refused for one reason.
    const isNews = now >= place.closedUntil;
    place.closedUntil = Math.max(place.closedUntil, now + ms);
    place.learnedAt = now;
    place.last = 0;
    if (!isNews) return;
    place.strikes = Math.min(SLOWEST, place.strikes + 1);
    place.pace = (MARGIN * MINUTE) / Math.max(perMinute / place.strikes, place.sent.length);
  }

  return {
    take(method, args, patience) {
      const now = clock();
      if (places.size > MANY && now - forgotAt > MINUTE) {
        forgotAt = now;
        forgetIdle(now);
      }
      const asked = limitsOf(method, args, posts).map((limit) => {
        const place = placeOf(limit.name, now);
        return { place, turn: turnAt(place, limit, now) };
      });
      const turn = Math.max(...asked.map((one) => one.turn));
      if (turn - now <= patience) {
        for (const one of asked) {
          one.place.sent.push(turn);
          // What waits for its channel holds up no other channel.
          one.place.last = Math.max(one.place.last, one.turn);
        }
      }
      return turn - now;
    },
    limited(method, args, ms) {
      const now = clock();
      const limits = limitsOf(method, args, posts);
      // The one that was refused counts for nothing.
      for (const { name } of limits) placeOf(name, now).sent.pop();
      const [own, all = own] = limits;
      const burst = placeOf(own.name, now).sent.filter((at) => now - at < NO_BURST.within).length;
      // Another replica may have made the rest of a burst, and its calls are not known here: so few posts as these fill no workspace.
      const isAboutAll = burst <= NO_BURST.posts && placeOf(all.name, now).sent.length >= MANY_POSTS;
      const about = isAboutAll ? all : own;
      close(placeOf(about.name, now), perMinuteOf(about.name), ms, now);
      return about.name;
    },
    closed(name, ms) {
      const now = clock();
      close(placeOf(name, now), perMinuteOf(name), ms, now);
    },
  };
}
