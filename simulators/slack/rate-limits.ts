import type { Clock } from './clock.ts';
import type { Json } from './state.ts';

/** Calls a minute by tier: docs.slack.dev/apis/web-api/rate-limits. Short bursts that Slack may let through are not counted on. */
const TIERS = { t1: 1, t2: 20, t3: 50, t4: 100, t5: 600 } as const;

type Tier = keyof typeof TIERS;

/** Of each method that bots like ours call; others are tier 3, as Slack's default. */
const TIER_OF: Readonly<Record<string, Tier>> = {
  'auth.test': 't5',
  'bookmarks.add': 't2',
  'bookmarks.edit': 't2',
  'bookmarks.remove': 't2',
  'canvases.create': 't2',
  'chat.getPermalink': 't5',
  'chat.postEphemeral': 't4',
  'chat.postMessage': 't5',
  'conversations.archive': 't2',
  'conversations.canvases.create': 't2',
  'conversations.create': 't2',
  'conversations.list': 't2',
  'conversations.members': 't4',
  'conversations.rename': 't2',
  'conversations.setPurpose': 't2',
  'conversations.setTopic': 't2',
  'conversations.unarchive': 't2',
  'files.completeUploadExternal': 't4',
  'files.getUploadURLExternal': 't4',
  'files.info': 't4',
  'pins.add': 't2',
  'pins.list': 't2',
  'pins.remove': 't2',
  'reactions.remove': 't2',
  'usergroups.list': 't2',
  'usergroups.users.list': 't2',
  'usergroups.users.update': 't2',
  'users.info': 't4',
  'users.list': 't2',
  'views.open': 't4',
  'views.publish': 't4',
  'views.push': 't4',
  'views.update': 't4',
};

/** The tier that a method is counted in. */
export function tierOf(method: string): Tier {
  return TIER_OF[method] ?? 't3';
}

const MINUTE = 60_000;
/** `chat.postMessage`: one a second in each channel, "short bursts" allowed: this many within ten seconds. */
const POSTS = { most: 10, within: 10_000 } as const;
/** The same in the whole workspace: several hundred a minute, says Slack, and not how many. */
const ALL_POSTS = { most: 300, within: MINUTE } as const;
/** Response URLs and uploads have no published tier; opening a socket is asked for again by every client. */
const FREE: ReadonlySet<string> = new Set(['response_url', 'upload', 'apps.connections.open']);

/** What a call is counted in: so many within so many milliseconds. */
interface Bucket {
  readonly name: string;
  readonly most: number;
  readonly within: number;
}

/** All that a call is counted in; nothing for what has no published limit. */
export function bucketsOf(method: string, args: Json): readonly Bucket[] {
  if (FREE.has(method)) return [];
  if (method !== 'chat.postMessage') return [{ name: method, most: TIERS[tierOf(method)], within: MINUTE }];
  return [
    { name: `${method} ${String(args['channel'])}`, ...POSTS },
    { name: method, ...ALL_POSTS },
  ];
}

export interface RateLimits {
  readonly on: boolean;
  set(on: boolean): void;
  /** Counts a call; the seconds of `Retry-After` when there was no room for it. */
  take(method: string, args: Json): number | null;
}

/** Slack's published rate limits, counted in a sliding minute for each method, and for posts in each channel and in all. What is refused is not counted. */
export function createRateLimits(clock: Clock, enabled: boolean): RateLimits {
  let on = enabled;
  const calls = new Map<string, number[]>();

  /** The calls of a bucket that still count. */
  function recent({ name, within }: Bucket, now: number): number[] {
    const counted = (calls.get(name) ?? []).filter((at) => now - at < within);
    calls.set(name, counted);
    return counted;
  }

  return {
    get on() {
      return on;
    },
    set(value) {
      on = value;
      calls.clear();
    },
    take(method, args) {
      if (!on) return null;
      const now = clock.now();
      const buckets = bucketsOf(method, args);
      const waits = buckets.flatMap((bucket) => {
        const oldest = recent(bucket, now).at(-bucket.most);
        return oldest === undefined ? [] : [oldest + bucket.within - now];
      });
      if (waits.length > 0) return Math.max(1, Math.ceil(Math.max(...waits) / 1_000));
      for (const bucket of buckets) recent(bucket, now).push(now);
      return null;
    },
  };
}
