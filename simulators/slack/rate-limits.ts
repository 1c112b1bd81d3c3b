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
/** Response URLs and uploads have no published tier; opening a socket is asked for again by every client. */
const FREE: ReadonlySet<string> = new Set(['response_url', 'upload', 'apps.connections.open']);

export interface RateLimits {
  readonly on: boolean;
  set(on: boolean): void;
  /** Counts a call; the seconds of `Retry-After` when there was no room for it. */
  take(method: string, args: Json): number | null;
}

/** Slack's published rate limits, counted in a sliding minute for each method, and for posts in each channel. */
export function createRateLimits(clock: Clock, enabled: boolean): RateLimits {
  let on = enabled;
  const calls = new Map<string, number[]>();

  function count(bucket: string, most: number, within: number): number | null {
    const now = clock.now();
    const recent = (calls.get(bucket) ?? []).filter((at) => now - at < within);
    calls.set(bucket, recent);
    const oldest = recent.at(-most);
    if (oldest !== undefined) return Math.max(1, Math.ceil((oldest + within - now) / 1_000));
    recent.push(now);
    return null;
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
      if (!on || FREE.has(method)) return null;
      if (method === 'chat.postMessage') return count(`${method}:${String(args['channel'])}`, POSTS.most, POSTS.within);
      return count(method, TIERS[tierOf(method)], MINUTE);
    },
  };
}
