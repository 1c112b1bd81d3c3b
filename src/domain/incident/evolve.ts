import { cardRefused, commandMoved, evolveChange } from '../change/evolve.ts';
import type { IncidentPolicy } from '../policy.ts';
import { isGraver, type Severity } from '../severity.ts';
import { describeAction } from './describe.ts';
import type { IncidentRecord } from './events.ts';
import { type Action, type Escalation, type Incident, isOpen, pagedSince, type UpdatePromise } from './incident.ts';
import { evolveReach } from './reach.ts';

const MAX_ACTIONS = 50;

/** One record further. Pure; `null` only before the declaration. Records that change no state (refusals) move `seq` alone. */
export function evolve(state: Incident | null, record: IncidentRecord): Incident | null {
  if (record.type === 'incident.declared') return declared(record);
  if (state === null) return null;
  const next = change(state, record);
  return { ...next, seq: record.seq, actions: actionsAfter(next, record) };
}

/** State is always this (ADR 1). */
export function replay(records: Iterable<IncidentRecord>): Incident | null {
  let state: Incident | null = null;
  for (const record of records) state = evolve(state, record);
  return state;
}

function declared(record: Extract<IncidentRecord, { type: 'incident.declared' }>): Incident {
  const { data } = record;
  const at = Date.parse(record.time);
  return {
    id: record.incident_id,
    seq: record.seq,
    title: data.title,
    service: data.service,
    serviceName: data.service_name,
    type: data.type,
    component: data.component,
    severity: data.severity,
    status: 'investigating',
    impact: data.impact,
    customerImpact: data.customer_impact,
    dataExposure: false,
    private: data.private,
    ...(data.beside === undefined ? {} : { beside: data.beside }),
    reporter: record.actor.id,
    roles: {},
    milestones: {
      detected: data.detected === null ? null : Date.parse(data.detected),
      declared: at,
      acknowledged: null,
      identified: null,
      mitigated: null,
      resolved: null,
      closed: null,
    },
    reopened: 0,
    mergedInto: null,
    absorbed: [],
    pinned: [],
    policy: data.policy,
    acknowledgement: { dueAt: at + data.policy.respond_within_ms[data.severity], reminded: false, breachedAt: null },
    updates: freshPromise(at, data.policy, data.severity, null),
    escalation: climb(data.policy, at, notifiedAtFirst(data.policy)),
    breaches: 0,
    situation: null,
    situationStatus: null,
    cause: null,
    nextSteps: null,
    eta: null,
    actions: [],
    ticked: {},
    resolution: null,
    statusPage: data.status_page,
    room: null,
    called: [],
    cards: [],
    plans: {},
    requested: {},
    diagnoses: {},
    followUps: [],
  };
}

function change(state: Incident, record: IncidentRecord): Incident {
  const at = Date.parse(record.time);
  const { milestones } = state;
  switch (record.type) {
    case 'incident.acknowledged':
      return {
        ...state,
        milestones: { ...milestones, acknowledged: at },
        acknowledgement: { ...state.acknowledgement, dueAt: null },
        escalation: { ...state.escalation, nextAt: null },
      };
    case 'role.assigned':
      return withRole({ ...state, roles: { ...state.roles, [record.data.role]: record.data.user } }, record.data);
    case 'severity.changed':
      return withSeverity(state, record.data.to, at);
    case 'impact.changed':
      return {
        ...state,
        impact: record.data.impact,
        customerImpact: record.data.customer_impact,
        dataExposure: record.data.data_exposure,
      };
    case 'status.changed':
      return { ...withStatus(state, record.data.to, at), ...saidWith(state, record.data) };
    case 'update.offered':
      return { ...state, updates: { ...state.updates, offeredFor: state.updates.dueAt } };
    case 'update.reminded':
      return { ...state, updates: { ...state.updates, offeredFor: state.updates.dueAt, remindedFor: state.updates.dueAt } };
    case 'update.posted':
      return record.data.automatic ? afterAutomatic(state, at) : afterUpdate(state, record.data, at);
    case 'update.snoozed':
      return {
        ...state,
        updates: {
          ...state.updates,
          snooze: { until: Date.parse(record.data.until), reason: record.data.reason, by: record.actor.id },
        },
      };
    case 'acknowledgement.reminded':
      return { ...state, acknowledgement: { ...state.acknowledgement, reminded: true } };
    case 'breach.recorded':
      return record.data.target === 'acknowledgement'
        ? {
            ...state,
            breaches: state.breaches + 1,
            acknowledgement: { ...state.acknowledgement, reminded: true, breachedAt: at },
          }
        : { ...state, breaches: state.breaches + 1, updates: { ...state.updates, breachedFor: state.updates.dueAt } };
    case 'incident.escalated':
      return { ...state, escalation: climb(state.policy, at, record.data.level, state.milestones.acknowledged !== null || !isOpen(state)) };
    case 'checklist.ticked':
      return { ...state, ticked: tick(state.ticked, record.data.item, record.data.done, record.actor.id, at) };
    case 'incident.merged':
      return {
        ...stopPromises(state),
        status: 'closed',
        mergedInto: record.data.into,
        mergedRoom: record.data.room ?? null,
        ...(record.data.hidden === true ? { mergedHidden: true } : {}),
        milestones: { ...milestones, closed: at },
      };
    case 'message.pinned':
      return { ...state, pinned: [...state.pinned, `${record.data.channel}:${record.data.ts}`] };
    case 'incident.absorbed':
      return { ...state, absorbed: [...state.absorbed, record.data.from] };
    case 'incident.resolved':
      return {
        ...stopPromises(state),
        status: 'resolved',
        resolution: record.data.summary,
        // Nothing is planned any more; a record of a release before may have left something.
        requested: {},
        milestones: { ...milestones, mitigated: milestones.mitigated ?? at, resolved: at },
      };
    case 'incident.reopened':
      return {
        ...(record.data.paged === true ? pagedAgain(state, at) : state),
        status: 'investigating',
        reopened: state.reopened + 1,
        resolution: null,
        situation: record.data.reason,
        situationStatus: 'investigating',
        cause: null,
        milestones: {
          ...milestones,
          ...(record.data.paged === true ? { acknowledged: null } : {}),
          mitigated: null,
          resolved: null,
          closed: null,
        },
        updates: freshPromise(at, state.policy, state.severity, state.updates.lastPostedAt),
      };
    case 'incident.closed':
      return { ...stopPromises(state), status: 'closed', milestones: { ...milestones, closed: at } };
    case 'room.created':
      return { ...state, room: { channel: record.data.channel, threadTs: record.data.thread_ts } };
    case 'message.failed':
      return cardRefused(state, record.data.key);
    case 'card.posted':
      return { ...state, cards: [...state.cards, { channel: record.data.channel, ts: record.data.ts }] };
    default:
      return evolveReach(state, record) ?? evolveChange(state, record) ?? state;
  }
}

function withRole(state: Incident, { role, user }: Extract<IncidentRecord, { type: 'role.assigned' }>['data']): Incident {
  return role === 'incident-commander' ? commandMoved(state, user) : state;
}

function freshPromise(at: number, policy: IncidentPolicy, severity: Severity, lastPostedAt: number | null): UpdatePromise {
  return {
    dueAt: at + policy.updates[severity].every_ms,
    offeredFor: null,
    remindedFor: null,
    breachedFor: null,
    nextAutomaticAt: null,
    snooze: null,
    lastPostedAt,
  };
}

/** The responders are called at once; a line that begins with somebody else has not begun yet. */
function notifiedAtFirst({ escalation, responders }: IncidentPolicy): number {
  const first = JSON.stringify(escalation[0]?.who);
  return responders.some((who) => JSON.stringify(who) === first) ? 1 : 0;
}

function climb(policy: IncidentPolicy, at: number, level: number, acknowledged = false): Escalation {
  const after = policy.escalation[level]?.after_ms ?? null;
  return { level, nextAt: acknowledged || after === null ? null : at + after };
}

/** The promises as at the declaration, counted from now: somebody has to acknowledge again, and the line begins anew. */
function pagedAgain(state: Incident, at: number): Incident {
  const { policy, severity } = state;
  return {
    ...state,
    acknowledgement: { dueAt: at + policy.respond_within_ms[severity], reminded: false, breachedAt: null, since: at },
    escalation: climb(policy, at, notifiedAtFirst(policy)),
  };
}

/** Graver means sooner: targets run from the declaration or the reopening, the next update is never later than before (AU-01). */
function withSeverity(state: Incident, severity: Severity, at: number): Incident {
  const { acknowledgement, policy, updates } = state;
  const ackDue = acknowledgement.dueAt === null ? null : pagedSince(state) + policy.respond_within_ms[severity];
  const sooner = at + policy.updates[severity].every_ms;
  const next = { ...state, severity, acknowledgement: { ...acknowledgement, dueAt: ackDue } };
  if (!isGraver(severity, state.severity)) return next;
  const { dueAt, nextAutomaticAt: automatic } = updates;
  // What was put off was put off for something less grave.
  return {
    ...next,
    updates: {
      ...updates,
      dueAt: dueAt === null ? null : Math.min(dueAt, sooner),
      nextAutomaticAt: automatic === null ? null : Math.min(automatic, sooner),
      snooze: null,
    },
  };
}

function withStatus(state: Incident, status: Incident['status'], at: number): Incident {
  const { milestones } = state;
  const identified = status === 'investigating' ? milestones.identified : (milestones.identified ?? at);
  const mitigated = status === 'monitoring' ? (milestones.mitigated ?? at) : null;
  return { ...state, status, milestones: { ...milestones, identified, mitigated } };
}

/** What a change of status says in a person's words: the cause, or how it stands. Without any, what was said before stays. */
function saidWith(
  { situation, situationStatus, cause }: Incident,
  { to, note }: Extract<IncidentRecord, { type: 'status.changed' }>['data'],
): Pick<Incident, 'situation' | 'situationStatus' | 'cause'> {
  if (note === null) return { situation, situationStatus, cause: to === 'investigating' ? null : cause };
  if (to === 'identified') return { situation: null, situationStatus: null, cause: note };
  return { situation: note, situationStatus: to, cause: to === 'investigating' ? null : cause };
}

function afterUpdate(state: Incident, data: Extract<IncidentRecord, { type: 'update.posted' }>['data'], at: number): Incident {
  return {
    ...state,
    impact: data.impact === '' ? state.impact : data.impact,
    situation: data.current_situation,
    situationStatus: data.status,
    nextSteps: data.next_steps,
    eta: data.eta,
    updates: freshPromise(at, state.policy, state.severity, at),
  };
}

/** An automatic update keeps the channel from falling silent and clears nothing (VQ-16). */
function afterAutomatic(state: Incident, at: number): Incident {
  return { ...state, updates: { ...state.updates, nextAutomaticAt: at + state.policy.updates[state.severity].every_ms } };
}

function stopPromises(state: Incident): Incident {
  return {
    ...state,
    acknowledgement: { ...state.acknowledgement, dueAt: null },
    escalation: { ...state.escalation, nextAt: null },
    updates: { ...state.updates, dueAt: null, nextAutomaticAt: null, snooze: null },
  };
}

function tick(ticked: Incident['ticked'], item: string, done: boolean, by: string, at: number): Incident['ticked'] {
  const { [item]: _, ...rest } = ticked;
  return done ? { ...rest, [item]: { by, at } } : rest;
}

/** What the next update lists as done. A person's update starts the list anew. */
function actionsAfter(state: Incident, record: IncidentRecord): readonly Action[] {
  if (record.type === 'update.posted' && !record.data.automatic) return [];
  const text = describeAction(record, state);
  if (text === null) return state.actions;
  const internal = record.type === 'note.added' || record.type === 'message.pinned';
  return [...state.actions, { at: Date.parse(record.time), text, internal }].slice(-MAX_ACTIONS);
}
