import type { WebClient } from '@slack/web-api';
import { failureOf } from './errors.ts';
import { patiently } from './patience.ts';

/** Members by user group. A group that is not in it is empty: Slack does not know it, or it is disabled. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/**
 * How old what Slack said may be: a minute; some seconds where Slack's limit leaves no room for another look; or it is asked now, whatever
 * the limit (an approval).
 */
export type Age = 'minute' | 'seconds' | 'now';

export interface GroupBook {
  /**
   * All groups with their members, as of the age that is asked for; looks that meet share one answer.
   * @throws what Slack says, when it cannot be asked and there is no answer that is young enough.
   */
  look(age: Age): Promise<Groups>;
  /** A group by its handle: `@sre`; `null` where Slack never said it. */
  handleOf(group: string): string | null;
  /** What Slack said last, however long ago; `null` before the first answer. */
  last(): Groups | null;
}

/** How long (ms) an answer is believed by those who do not need a fresh one. */
const BELIEVED = 60_000;
/** How old (ms) an answer of some seconds may be. */
const SECONDS = 5_000;
/** `usergroups.list` is tier 2, 20 a minute: a burst of five, then one each four seconds, is 20 in any minute at most. */
const BURST = 5;
const EACH = 4_000;

/** User groups by one call for all of them. `team`: the workspace whose groups are meant, which a token of an organisation has to say. */
export function createGroupBook(client: WebClient, team: string | null, clock: () => number): GroupBook {
  let known: { readonly at: number; readonly groups: Groups } | null = null;
  const handles = new Map<string, string>();
  let running: Promise<Groups> | null = null;
  let left = BURST;
  let filledAt = clock();

  function mayAsk(): boolean {
    const now = clock();
    left = Math.min(BURST, left + (now - filledAt) / EACH);
    filledAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  }

  function isYoung(ms: number): boolean {
    return known !== null && clock() - known.at < ms;
  }

  async function ask(): Promise<Groups> {
    const at = clock();
    const groups = await patiently(() => list());
    known = { at, groups };
    return groups;
  }

  async function list(): Promise<Groups> {
    try {
      const { usergroups } = await client.usergroups.list({ include_users: true, ...(team === null ? {} : { team_id: team }) });
      for (const { id = '', handle = '' } of usergroups ?? []) if (handle !== '') handles.set(id, `@${handle}`);
      return new Map((usergroups ?? []).map(({ id, users }) => [id ?? '', users ?? []]));
    } catch (error) {
      // A plan without user groups has none.
      const failure = failureOf(error);
      if (failure.kind === 'refused' && failure.code === 'plan_upgrade_required') return new Map();
      throw error;
    }
  }

  return {
    async look(age) {
      if (age === 'minute' && known !== null && isYoung(BELIEVED)) return known.groups;
      if (running === null) {
        const room = mayAsk();
        if (age !== 'now' && known !== null && !room && isYoung(SECONDS)) return known.groups;
        running = ask().finally(() => {
          running = null;
        });
      }
      try {
        return await running;
      } catch (error) {
        if (age !== 'now' && known !== null && isYoung(age === 'seconds' ? SECONDS : BELIEVED)) return known.groups;
        throw error;
      }
    },
    handleOf: (group) => handles.get(group) ?? null,
    last: () => known?.groups ?? null,
  };
}
