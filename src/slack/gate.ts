import { ErrorCode } from '@slack/web-api';

/** Keeps calls back for which Slack has no room now, as it said itself. */
export interface Gate {
  /**
   * How long (ms) a call has to wait for its turn: 0 for at once. At most `patience`: then the turn is its own, and it goes after that time.
   * More: it has no turn, and asks again then.
   */
  take(method: string, args: Readonly<Record<string, unknown>> | undefined, patience: number): number;
  /** Slack said 429: nothing like it goes for `ms`, and then at the pace at which Slack took it. */
  limited(method: string, args: Readonly<Record<string, unknown>> | undefined, ms: number): void;
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
  /** ms between two calls since Slack last said 429; 0 while it takes all. */
  pace: number;
  learnedAt: number;
  /** The last turn since then. */
  last: number;
}

const MINUTE = 60_000;
/** How long (ms) a limit that Slack showed is heeded. */
const REMEMBERED = 2 * MINUTE;
/** Calls a minute that Slack publishes for methods of tier 2 and 4, and of posts in a channel; others are tier 3. */
const PUBLISHED: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      'bookmarks.add',
      'conversations.canvases.create',
      'conversations.create',
      'conversations.setTopic',
      'pins.add',
      'pins.remove',
      'usergroups.list',
      'users.list',
    ].map((name) => [name, 20]),
  ),
  ...Object.fromEntries(['chat.postEphemeral', 'conversations.members', 'users.info', 'views.open', 'views.publish'].map((name) => [name, 100])),
  'chat.postMessage': 60,
};
const TIER_3 = 50;
/** The part of what is published that Tocsin always tries to send: other replicas have theirs. */
const SHARE = 1 / 3;

/**
 * Learns Slack's limits from its answers: bursts go until it says 429, and then calls go at the pace of the minute before. Limits are by method, those of
 * posts by channel (docs.slack.dev/apis/web-api/rate-limits). Each replica learns what is left for it. `clock` in ms, monotonic.
 */
export function createGate(clock: () => number = () => performance.now()): Gate {
  const places = new Map<string, Place>();
  let forgotAt = 0;

  function placeOf(name: string, now: number): Place {
    const place = places.get(name) ?? { sent: [], closedUntil: 0, pace: 0, learnedAt: 0, last: 0 };
    place.sent = place.sent.filter((at) => now - at < MINUTE);
    if (now - place.learnedAt > REMEMBERED) place.pace = 0;
    places.set(name, place);
    return place;
  }

  function forgetIdle(now: number): void {
    for (const [name, { sent, learnedAt }] of places) if (now - learnedAt > REMEMBERED && now - (sent.at(-1) ?? 0) > MINUTE) places.delete(name);
  }

  return {
    take(method, args, patience) {
      const now = clock();
      if (places.size > MANY && now - forgotAt > MINUTE) {
        forgotAt = now;
        forgetIdle(now);
      }
      const place = placeOf(nameOf(method, args), now);
      const turn = Math.max(now, place.closedUntil, place.pace === 0 ? now : place.last + place.pace);
      if (turn - now <= patience) {
        place.sent.push(turn);
        place.last = turn;
      }
      return turn - now;
    },
    limited(method, args, ms) {
      const now = clock();
      const place = placeOf(nameOf(method, args), now);
      const least = (PUBLISHED[method] ?? TIER_3) * SHARE;
      // The one that was refused counts for nothing.
      place.sent.pop();
      place.pace = MINUTE / Math.max(least, place.sent.length);
      place.learnedAt = now;
      place.last = 0;
      place.closedUntil = Math.max(place.closedUntil, now + ms);
    },
  };
}

/** From how many places on those are looked for that nobody has asked of lately. */
const MANY = 1_000;

function nameOf(method: string, args: Readonly<Record<string, unknown>> | undefined): string {
  return method === 'chat.postMessage' ? `${method} ${String(args?.['channel'])}` : method;
}
