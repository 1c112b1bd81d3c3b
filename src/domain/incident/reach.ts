import { assertNever } from '../../lib/assert-never.ts';
import type { Who } from '../policy.ts';
import type { RefusedWay, Way } from '../records/data/reach.ts';
import type { EventData } from './events.ts';
import type { Incident } from './incident.ts';

type ReachEventType = 'people.called' | 'person.reached' | 'person.mailed' | 'room.lost' | 'room.archived' | 'canvas.created' | 'canvas.left';
type ReachEvent = { [T in ReachEventType]: { type: T; data: EventData[T]; outcome: 'done' | 'failed' } }[ReachEventType];

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
  /** `error`: why they have no mail. */
  | { readonly type: 'person-mailed'; readonly page: string; readonly user: string; readonly error: string | null; readonly waits: boolean }
  | { readonly type: 'canvas-created'; readonly channel: string; readonly canvas: string }
  /** `error`: Slack's code. */
  | { readonly type: 'canvas-left'; readonly channel: string; readonly error: string }
  /** `error`: why Slack did not archive it. */
  | { readonly type: 'room-archived'; readonly channel: string; readonly error: string | null }
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
    case 'person-mailed': {
      const { page, user, error, waits } = told;
      return [{ type: 'person.mailed', outcome: error === null ? 'done' : 'failed', data: { page, user, error, ...(waits ? { waits } : {}) } }];
    }
    case 'room-archived': {
      const { channel, error } = told;
      // It was reopened meanwhile: then a channel that is archived is a room that is lost.
      if (state.archive?.standing !== 'due' || state.status !== 'closed') return [];
      return [{ type: 'room.archived', outcome: error === null ? 'done' : 'failed', data: { channel, ...(error === null ? {} : { error }) } }];
    }
    case 'canvas-created': {
      if (state.canvas?.channel !== told.channel || state.canvas.id === told.canvas) return [];
      return [{ type: 'canvas.created', outcome: 'done', data: { channel: told.channel, canvas: told.canvas } }];
    }
    case 'canvas-left': {
      const { canvas } = state;
      if (canvas?.channel !== told.channel || canvas.left === true) return [];
      const { id } = canvas;
      return [
        { type: 'canvas.left', outcome: 'failed', data: { channel: told.channel, error: told.error, ...(id === undefined ? {} : { canvas: id }) } },
      ];
    }
    case 'room-lost': {
      if (state.room?.channel !== told.channel) return [];
      const { channel, threadTs } = state.room;
      return [{ type: 'room.lost', outcome: 'done', data: { channel, thread_ts: threadTs, reason: told.reason } }];
    }
    default:
      return assertNever(told);
  }
}
