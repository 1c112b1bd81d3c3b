import { sayDuration, sayMoment } from '../../lib/time.ts';
import type { EventData } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { freshPromise } from '../incident/promises.ts';
import { withReview } from '../incident/review.ts';
import { withBreach, withUpdate } from '../incident/tally.ts';
import { UPDATE_DATA } from './data/updates.ts';
import type { RecordTypes } from './record-type.ts';

/** The promise of the next update, and what became of it. */
export const UPDATES: RecordTypes<keyof typeof UPDATE_DATA> = {
  'update.offered': {
    data: UPDATE_DATA['update.offered'],
    evolve: (state) => ({ ...state, updates: { ...state.updates, offeredFor: state.updates.dueAt } }),
    says: () => 'Tocsin offered a draft of the update',
  },
  'update.reminded': {
    data: UPDATE_DATA['update.reminded'],
    evolve: (state) => ({ ...state, updates: { ...state.updates, offeredFor: state.updates.dueAt, remindedFor: state.updates.dueAt } }),
    says: () => 'Tocsin reminded of the update that is due',
  },
  'update.posted': {
    data: UPDATE_DATA['update.posted'],
    evolve: (state, { data }, at) => afterPosted(withUpdate(state, data, at), data, at),
    says: ({ data }, { by }) =>
      `${data.automatic ? 'Tocsin posted an automatic update' : `${by} posted an update`}${data.late_ms > 0 ? `, ${sayDuration(data.late_ms)} late` : ''}: ${data.current_situation}`,
  },
  'update.snoozed': {
    data: UPDATE_DATA['update.snoozed'],
    evolve: (state, { data, actor }) => ({
      ...state,
      updates: { ...state.updates, snooze: { until: Date.parse(data.until), reason: data.reason, by: actor.id } },
    }),
    says: ({ data }, { by }) => `${by} snoozed update reminders until ${sayMoment(data.until)}: ${data.reason}`,
  },
  'breach.recorded': {
    data: UPDATE_DATA['breach.recorded'],
    evolve: (state, { data }, at) => afterBreach(withBreach(state, data.target), data.target, at),
    says: ({ data }) => sayBreach(data),
  },
};

function sayBreach({ target, late_ms }: EventData['breach.recorded']): string {
  switch (target) {
    case 'acknowledgement':
      return 'Breach: the acknowledgement target passed';
    case 'update':
      return `Breach: the update is ${sayDuration(late_ms)} late`;
    case 'notice':
      return `Breach: the notice to customers is ${sayDuration(late_ms)} late`;
    case 'review':
      return 'Breach: the review was not scheduled or held in time';
  }
}

function afterPosted(state: Incident, data: EventData['update.posted'], at: number): Incident {
  return data.automatic ? afterAutomatic(state, at) : afterUpdate(state, data, at);
}

/** A person's update starts the list of what was done anew. */
function afterUpdate(state: Incident, data: EventData['update.posted'], at: number): Incident {
  return {
    ...state,
    impact: data.impact === '' ? state.impact : data.impact,
    situation: data.current_situation,
    situationStatus: data.status,
    nextSteps: data.next_steps,
    eta: data.eta,
    actions: [],
    updates: freshPromise(at, state.policy, state.severity, at),
  };
}

/** An automatic update keeps the channel from falling silent and clears nothing (VQ-16). */
function afterAutomatic(state: Incident, at: number): Incident {
  return { ...state, updates: { ...state.updates, nextAutomaticAt: at + state.policy.updates[state.severity].every_ms } };
}

function afterBreach(state: Incident, target: EventData['breach.recorded']['target'], at: number): Incident {
  if (target === 'review') return withReview(state, state.review === undefined ? null : { ...state.review, missed: true });
  if (target === 'notice') return afterLateNotice(state, at);
  return target === 'acknowledgement'
    ? { ...state, acknowledgement: { ...state.acknowledgement, reminded: true, breachedAt: at } }
    : { ...state, updates: { ...state.updates, breachedFor: state.updates.dueAt } };
}

function afterLateNotice(state: Incident, at: number): Incident {
  if (state.notices === undefined) return state;
  const { promise } = state.notices;
  const again = at + state.policy.updates[state.severity].every_ms;
  return { ...state, notices: { ...state.notices, promise: { ...promise, breachedFor: promise.dueAt, nextAutomaticAt: again } } };
}
