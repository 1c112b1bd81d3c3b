/** What a call of Slack's is made with. */
export type CallArgs = Readonly<Record<string, unknown>> | undefined;

/** A limit that a call counts in. */
export interface Limit {
  readonly name: string;
  /** What Tocsin sends in a minute at most, also where Slack would take more. */
  readonly most: number;
  /** It calls a person: it waits while Slack takes nothing, and stands in no line behind what does not. */
  readonly first: boolean;
}

export const MINUTE = 60_000;
/** The part of what is published that each replica always tries to send is one of so many. */
export const SLOWEST = 3;

/** Calls a minute of tier 2 and 4; others are tier 3: docs.slack.dev/apis/web-api/rate-limits. */
const PUBLISHED: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      'bookmarks.add',
      'canvases.create',
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
};
const TIER_3 = 50;

const POST = 'chat.postMessage';
/** One a second in each channel. */
const POSTS = 60;
/** In the whole workspace Slack takes several hundred a minute, and does not say how many. */
export const ALL_POSTS = 240;
/** How many posts a minute one replica must have made for a 429 to be about the whole workspace: others have made theirs. */
export const MANY_POSTS = ALL_POSTS / SLOWEST;

/** All limits that a call counts in: of its method, and of a post those of its channel and of the workspace, in this order. `posts`: to channels in a minute, at most. */
export function limitsOf(method: string, args: CallArgs, posts: number): readonly [Limit, ...Limit[]] {
  const unlimited = Number.POSITIVE_INFINITY;
  if (method !== POST) return [{ name: method, most: unlimited, first: false }];
  const channel = String(args?.['channel']);
  const name = `${POST}:${channel}`;
  // Direct messages call people: room is kept for them, whatever else there is to say.
  const first = channel.startsWith('D');
  return [
    { name, most: unlimited, first: false },
    { name: POST, most: first ? unlimited : posts, first },
  ];
}

/** What Slack publishes of a limit, by its name. */
export function perMinuteOf(name: string): number {
  if (name === POST) return ALL_POSTS;
  return name.startsWith(`${POST}:`) ? POSTS : (PUBLISHED[name] ?? TIER_3);
}
