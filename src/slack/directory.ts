import type { WebClient } from '@slack/web-api';
import type { SlackUser } from './home.ts';
import { patiently } from './patience.ts';

/** How many people a page has (docs.slack.dev/reference/methods/users.list), and how many pages are read: `users.list` is tier 2, 20 a minute. */
const PAGE = 1_000;
const PAGES = 5;

/** A person as `users.list` describes them, with their names. */
export interface Listed extends SlackUser {
  readonly name?: string | undefined;
  readonly real_name?: string | undefined;
  readonly profile?: { readonly display_name?: string | undefined; readonly email?: string | undefined } | undefined;
}

/** The people of a workspace by one look, for when a crowd comes at once: Slack says who one person is a hundred times a minute. */
interface Directory {
  /** As Slack said not longer than `age` (ms) ago. `null` for who is not among the first 5,000, or where Slack does not say. */
  find(user: string, age: number): Promise<Listed | null>;
}

/** `team`: the workspace that is meant, which a token of an organisation has to say. */
export function createDirectory(client: WebClient, team: string | null, clock: () => number): Directory {
  let asked: { readonly at: number; readonly people: Promise<ReadonlyMap<string, Listed>> } | null = null;

  async function look(): Promise<ReadonlyMap<string, Listed>> {
    const people = new Map<string, Listed>();
    let cursor: string | undefined;
    for (let page = 0; page < PAGES && (page === 0 || cursor !== undefined); page += 1) {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await patiently(() => client.users.list({ limit: PAGE, ...(team === null ? {} : { team_id: team }), ...more }));
      for (const one of answer.members ?? []) if (one.id !== undefined) people.set(one.id, one);
      cursor = answer.response_metadata?.next_cursor || undefined;
    }
    return people;
  }

  return {
    async find(user, age) {
      const now = clock();
      if (asked === null || now - asked.at >= age) asked = { at: now, people: look() };
      try {
        return (await asked.people).get(user) ?? null;
      } catch {
        asked = null;
        // Whoever asks says what Slack said of the one person.
        return null;
      }
    },
  };
}
