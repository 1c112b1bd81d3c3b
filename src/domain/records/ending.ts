import { sayChecklist } from '../incident/checklist-words.ts';
import type { EventData } from '../incident/events.ts';
import { HIDDEN_INCIDENT, type Incident } from '../incident/incident.ts';
import { freshCall, freshPromise, stopPromises } from '../incident/promises.ts';
import { owedReview, withReview } from '../incident/review.ts';
import { ENDING_DATA } from './data/ending.ts';
import type { RecordTypes } from './record-type.ts';

/** How an incident ends, and begins again. */
export const ENDING: RecordTypes<keyof typeof ENDING_DATA> = {
  'incident.merged': {
    data: ENDING_DATA['incident.merged'],
    evolve: (state, { data }, at) => ({
      ...closed(withReview(state, null), at),
      mergedInto: data.into,
      mergedRoom: data.room ?? null,
      ...(data.hidden === true ? { mergedHidden: true } : {}),
    }),
    says: ({ data }, { by }) =>
      `${by} merged this incident into ${data.hidden === true ? HIDDEN_INCIDENT : data.into}${data.room === undefined ? '' : `: work continues in <#${data.room}>`}`,
  },
  'incident.absorbed': {
    data: ENDING_DATA['incident.absorbed'],
    evolve: (state, { data }) => ({ ...state, absorbed: [...state.absorbed, data.from] }),
    says: ({ data }, { by }) => `${by} merged ${data.from}${sayTitle(data)} into this incident`,
    action: ({ data }) => `Merged ${data.from} into this incident`,
  },
  'incident.resolved': {
    data: ENDING_DATA['incident.resolved'],
    evolve: (state, { data }, at) => ({
      ...stopPromises(withReview(state, data.cancelled === undefined ? owedReview(state, at) : null)),
      status: 'resolved',
      resolution: data.summary,
      ...(data.cancelled === undefined ? {} : { cancelled: true }),
      unannounced: false,
      // Nothing is planned any more; a record of a release before may have left something.
      requested: {},
      milestones: { ...state.milestones, mitigated: state.milestones.mitigated ?? at, resolved: at },
    }),
    says: ({ data }, { by }) =>
      data.cancelled === undefined ? `${by} resolved the incident: ${data.summary}` : `${by} cancelled the incident: ${data.cancelled}`,
  },
  'incident.reopened': {
    data: ENDING_DATA['incident.reopened'],
    evolve: (state, { data }, at) => reopened(data.paged === true ? pagedAgain(state, at) : state, data.reason, at),
    says: ({ data }, { by }) => `${by} reopened the incident: ${data.reason}`,
    action: ({ data }) => `Reopened: ${data.reason}`,
  },
  'incident.closed': {
    data: ENDING_DATA['incident.closed'],
    evolve: (state, _, at) => closed(state, at),
    says: ({ data }, { by }) => `${by} closed the incident${sayLeftOpen(data)}`,
  },
};

function closed(state: Incident, at: number): Incident {
  return { ...stopPromises(state), status: 'closed', milestones: { ...state.milestones, closed: at } };
}

function reopened(state: Incident, reason: string, at: number): Incident {
  const { cancelled: _, touchedAt: __, archive, ...rest } = withReview(state, null);
  return {
    ...rest,
    // What is archived is no room; it is taken again where Slack lets.
    ...(archive?.standing === 'done' ? { room: null, archive } : {}),
    status: 'investigating',
    reopened: state.reopened + 1,
    resolution: null,
    situation: reason,
    situationStatus: 'investigating',
    cause: null,
    milestones: { ...state.milestones, mitigated: null, resolved: null, closed: null },
    updates: freshPromise(at, state.policy, state.severity, state.updates.lastPostedAt),
  };
}

/** The promises as at the declaration, counted from now: somebody has to acknowledge again, and the line begins anew. */
function pagedAgain(state: Incident, at: number): Incident {
  const { acknowledgement, escalation } = freshCall(at, state, state.severity);
  return {
    ...state,
    milestones: { ...state.milestones, acknowledged: null },
    acknowledgement: { ...acknowledgement, since: at },
    escalation,
    ...(state.unresolvedCalled === true ? { unresolvedCalled: false } : {}),
  };
}

/** How much of the checklist is done, where something of it is not. */
function sayLeftOpen({ open_items: open, items = 0 }: EventData['incident.closed']): string {
  return open === 0 || items === 0 ? '' : `; ${sayChecklist(items - open, items)}`;
}

/** Of a private incident the title is said in its own room only, and older records do not say whether it was one. */
function sayTitle({ title, private: isPrivate }: EventData['incident.absorbed']): string {
  return isPrivate === false && title !== undefined ? ` (${title})` : '';
}
