import { sayDuration } from '../../lib/time.ts';
import { begunDrill } from '../drill/drill.ts';
import { FORM_NAMES } from '../drill/forms.ts';
import { withAlert } from '../incident/alert-kinds.ts';
import type { RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { freshCall, freshPromise, stopPromises } from '../incident/promises.ts';
import { NOTHING_COUNTED, withAcknowledgement } from '../incident/tally.ts';
import { DECLARATION_DATA } from './data/declaration.ts';
import type { RecordTypes } from './record-type.ts';

/** That there is an incident, and that somebody is on it. */
export const DECLARATION: RecordTypes<keyof typeof DECLARATION_DATA> = {
  'incident.declared': {
    data: DECLARATION_DATA['incident.declared'],
    begins: declared,
    says: ({ data }, { by }) =>
      `${by} ${data.drill === undefined ? 'declared' : `started a ${FORM_NAMES[data.drill.form]} as`} ${data.severity} for ${data.service_name}: ${data.title}`,
  },
  'incident.acknowledged': {
    data: DECLARATION_DATA['incident.acknowledged'],
    evolve: (state, { data }, at) => ({
      ...withAcknowledgement(state, data),
      milestones: { ...state.milestones, acknowledged: at },
      acknowledgement: { ...state.acknowledgement, dueAt: null },
      escalation: { ...state.escalation, nextAt: null },
    }),
    says: ({ data }, { by }) => `${by} acknowledged after ${sayDuration(data.within_ms)}`,
    action: ({ data }) => `Acknowledged after ${sayDuration(data.within_ms)}`,
  },
  'acknowledgement.reminded': {
    data: DECLARATION_DATA['acknowledgement.reminded'],
    evolve: (state) => ({ ...state, acknowledgement: { ...state.acknowledgement, reminded: true } }),
    says: () => 'Tocsin reminded the responders that nobody has acknowledged',
  },
  'alert.attached': {
    data: DECLARATION_DATA['alert.attached'],
    evolve: (state, { data, event_id }) => ({ ...state, alerts: withAlert(state.alerts ?? [], data.title, event_id) }),
    says: ({ data }) => `Alert ${data.alert} (${data.source}) belongs to this incident: ${data.title}: ${data.summary}`,
  },
};

/** Only a fire drill is played against the clock. */
function declared(record: RecordOf<'incident.declared'>, at: number): Incident {
  const { drill } = record.data;
  const state = begun(record, at);
  return drill === undefined || drill.form === 'fire' ? state : stopPromises(state);
}

function begun({ data, incident_id: id, seq, actor }: RecordOf<'incident.declared'>, at: number): Incident {
  const { acknowledgement, escalation } = freshCall(at, data, data.severity);
  return {
    id,
    seq,
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
    reporter: actor.id,
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
    acknowledgement,
    updates: freshPromise(at, data.policy, data.severity, null),
    escalation,
    breaches: 0,
    tally: NOTHING_COUNTED,
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
    ...(data.drill === undefined ? {} : { drill: begunDrill(data.drill) }),
  };
}
