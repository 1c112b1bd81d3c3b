import type { Who } from '../policy.ts';
import type { Actor } from '../record.ts';
import type { Incident } from './incident.ts';

/** How somebody was told of a page, in the order in which the ways are tried (docs/explanation/security.md#reaching-people). */
export const WAYS = ['direct-message', 'room', 'incidents-channel'] as const;
export type Way = (typeof WAYS)[number];

/** What Slack answered to one way: its error code, or `no_answer`. */
export interface RefusedWay {
  readonly way: Way;
  readonly error: string;
}

/** What the records about reaching people carry. Keys are the stored names. */
export interface ReachEventData {
  'people.called': { page: string; who: Who; users: string[]; error: string | null };
  'person.reached': { page: string; user: string; way: Way | null; refused: RefusedWay[] };
  'room.lost': { channel: string; thread_ts: string | null; reason: string };
}

export type ReachEventType = keyof ReachEventData;
export type ReachEvent = { [T in ReachEventType]: { type: T; data: ReachEventData[T]; outcome: 'done' | 'failed' } }[ReachEventType];

/** What Tocsin tells an incident about whom it called, whom it reached, and where the incident is. */
export type ReachTold =
  | { readonly type: 'people-called'; readonly page: string; readonly who: Who; readonly users: readonly string[]; readonly error: string | null }
  | {
      readonly type: 'person-reached';
      readonly page: string;
      readonly user: string;
      readonly way: Way | null;
      readonly refused: readonly RefusedWay[];
    }
  | { readonly type: 'room-lost'; readonly channel: string; readonly reason: string };

/** The events that follow; none when the room is another one by now, or when everything went well the first way. Pure. */
export function decideReach(state: Incident, told: ReachTold): readonly ReachEvent[] {
  switch (told.type) {
    case 'people-called': {
      const { page, who, error } = told;
      const users = [...told.users];
      return [{ type: 'people.called', outcome: users.length > 0 ? 'done' : 'failed', data: { page, who, users, error } }];
    }
    case 'person-reached': {
      const { page, user, way } = told;
      if (told.refused.length === 0) return [];
      return [{ type: 'person.reached', outcome: way === null ? 'failed' : 'done', data: { page, user, way, refused: [...told.refused] } }];
    }
    case 'room-lost': {
      if (state.room?.channel !== told.channel) return [];
      const { channel, threadTs } = state.room;
      return [{ type: 'room.lost', outcome: 'done', data: { channel, thread_ts: threadTs, reason: told.reason } }];
    }
  }
}

/** The state after a record of this kind; `null` for any other type. */
export function evolveReach(state: Incident, record: { readonly type: string; readonly data: unknown; readonly actor: Actor }): Incident | null {
  if (record.type === 'people.called') {
    const { users } = record.data as ReachEventData['people.called'];
    return { ...state, called: [...new Set([...state.called, ...users])] };
  }
  if (record.type === 'room.lost') return { ...state, room: null };
  return record.type === 'person.reached' ? state : null;
}
