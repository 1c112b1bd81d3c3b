import type { WebClient } from '@slack/web-api';
import type { SlackUser } from './home.ts';
import { patiently } from './patience.ts';

/** How many people a page has (docs.slack.dev/reference/methods/users.list), and how many pages are read: `users.list` is tier 2, 20 a minute. */
const PAGE = 1_000;
const PAGES = 5;
/** How long (ms) Slack is not asked again after a look that failed. */
const LEFT_ALONE = 5_000;

/** A person as `users.list` describes them, with their names. */
export interface Listed extends SlackUser {
  readonly name?: string | undefined;
  readonly real_name?: string | undefined;
  readonly profile?: { readonly display_name?: string | undefined; readonly email?: string | undefined } | undefined;
}

/** What one look at everybody gave, and when (ms) it began. */
interface Seen {
  readonly at: number;
  readonly people: ReadonlyMap<string, Listed>;
}

/** The people of a workspace by one look, for when a crowd comes at once: Slack says who one person is a hundred times a minute. */
interface Directory {
  /** As Slack said not longer than `age` (ms) ago, and when (ms by the clock) it was asked. `null` for who is not among the first 5,000, or where Slack does not say. */
  find(user: string, age: number): Promise<{ readonly at: number; readonly found: Listed } | null>;
}

/** `team`: the workspace that is meant, which a token of an organisation has to say. */
export function createDirectory(client: WebClient, team: string | null, clock: () => number): Directory {
  let last: Seen | null = null;
  let running: Promise<Seen | null> | null = null;
  /** When (ms) the last look failed. */
  let failedAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<Seen> {
    const at = clock();
    const people = new Map<string, Listed>();
    let cursor: string | undefined;
    for (let page = 0; page < PAGES && (page === 0 || cursor !== undefined); page += 1) {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await patiently(() => client.users.list({ limit: PAGE, ...(team === null ? {} : { team_id: team }), ...more }));
      for (const one of answer.members ?? []) if (one.id !== undefined) people.set(one.id, one);
      cursor = answer.response_metadata?.next_cursor || undefined;
    }
    return { at, people };
  }

  /** The newest look, and a new one where that is older than `age`. After a failure Slack is left alone for a moment. */
  async function lookNotOlder(age: number): Promise<Seen | null> {
    const now = clock();
    if (last !== null && now - last.at < age) return last;
    if (running === null && now - failedAt < LEFT_ALONE) return null;
    running ??= look().then(
      (seen) => {
        running = null;
        last = seen;
        return seen;
      },
      () => {
        running = null;
        failedAt = clock();
        // Whoever asks says what Slack said of the one person.
        return null;
      },
    );
    return running;
  }

  return {
    async find(user, age) {
      const seen = await lookNotOlder(age);
      const found = seen?.people.get(user);
      return seen === null || found === undefined ? null : { at: seen.at, found };
    },
  };
}
