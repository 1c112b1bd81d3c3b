import { sayDuration } from '../../lib/time.ts';
import type { EventData } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import type { PagerDutyState } from '../incident/pagerduty.ts';
import { PAGERDUTY_DATA, type PagerDutyAction, type PagerDutyAnswer, type PagerDutyCause } from './data/pagerduty.ts';
import type { RecordTypes } from './record-type.ts';

const SAY_CAUSE: Readonly<Record<PagerDutyCause, string>> = {
  declared: 'the severity says so',
  raised: 'the severity was raised',
  reopened: 'the incident is open again',
  escalated: 'the line says so at this step',
  unreached: 'Slack did not reach everybody who was called',
  asked: 'somebody asked for it',
  acknowledged: 'the incident is acknowledged',
  resolved: 'the incident is resolved',
  merged: 'work continues in another incident',
};

const SAY_SENT: Readonly<Record<PagerDutyAction, string>> = {
  trigger: 'Tocsin paged the on-call of PagerDuty',
  acknowledge: 'Tocsin acknowledged the page in PagerDuty, so it calls nobody else',
  resolve: 'Tocsin resolved the page in PagerDuty',
};

const SAY_NOT: Readonly<Record<PagerDutyAction, string>> = {
  trigger: 'PagerDuty was not paged',
  acknowledge: 'PagerDuty was not told that the incident is acknowledged',
  resolve: 'PagerDuty was not told that the incident is over',
};

/** What people do until PagerDuty hears of it, and when it never does. */
const INSTEAD: Readonly<Record<PagerDutyAction, string>> = {
  trigger: 'call the on-call another way',
  acknowledge: 'acknowledge it there',
  resolve: 'resolve it there',
};

const SAY_ANSWER: Readonly<Record<PagerDutyAnswer, (by: string) => string>> = {
  acknowledged: (by) =>
    `Acknowledged in PagerDuty by ${by}. That gives nobody the command here: until somebody has it, \`/incident ack\` takes it and stops the escalation`,
  unacknowledged: (by) => `${by} took back the acknowledgement in PagerDuty`,
  resolved: (by) => `Resolved in PagerDuty by ${by}. The incident is still open here: \`/incident resolve\` ends it`,
};

/** Pages by PagerDuty. */
export const PAGERDUTY: RecordTypes<keyof typeof PAGERDUTY_DATA> = {
  'pagerduty.due': {
    data: PAGERDUTY_DATA['pagerduty.due'],
    evolve(state, { data: { action, nth, episode } }) {
      const { answer, lost: _lost, ...known } = state.pagerduty ?? {};
      if (nth === episode) return { ...state, pagerduty: { action, nth, episode } };
      // Who is paged again has not answered yet.
      const before = answer === undefined || action === 'trigger' ? known : { ...known, answer };
      return { ...state, pagerduty: { ...before, action, nth, episode } };
    },
    says: ({ data: { action, cause, reason } }) => sayDue(action, cause, reason),
  },
  'pagerduty.sent': {
    data: PAGERDUTY_DATA['pagerduty.sent'],
    evolve: (state, { data }) =>
      withState(state, data, ({ failing: _failing, lost: _lost, ...known }) => (data.action === 'trigger' ? { ...known, accepted: true } : known)),
    says: ({ data: { action, late_ms: late } }) => `${SAY_SENT[action]}${late === undefined ? '' : `, ${sayDuration(late)} late`}`,
  },
  'pagerduty.failed': {
    data: PAGERDUTY_DATA['pagerduty.failed'],
    evolve: (state, { data }) =>
      data.waits
        ? { ...state, ...(state.pagerduty === undefined ? {} : { pagerduty: { ...state.pagerduty, failing: true } }) }
        : withState(state, data, (known) => ({
            ...known,
            failing: true,
            ...(data.action === 'trigger' && data.nth === known.nth ? { lost: true as const } : {}),
          })),
    says: ({ data }) => sayFailed(data),
  },
  'pagerduty.dropped': {
    data: PAGERDUTY_DATA['pagerduty.dropped'],
    evolve: (state, { data }) => withState(state, data, (known) => (data.nth === known.nth ? { ...known, ...OVER } : known)),
    says: () => 'PagerDuty was not paged: the need was over before Tocsin could reach it',
  },
  'pagerduty.answered': {
    data: PAGERDUTY_DATA['pagerduty.answered'],
    // Whoever resolves it there has ended it: what comes next pages again.
    evolve: (state, { data }) =>
      state.pagerduty === undefined
        ? state
        : { ...state, pagerduty: { ...state.pagerduty, answer: data, ...(data.what === 'resolved' ? OVER : {}) } },
    says: ({ data: { what, by } }) => SAY_ANSWER[what](by),
  },
};

const OVER = { ended: true } as const;

/** The page is over once PagerDuty was told so, or is no more to be told, unless something is due since. */
function withState(
  state: Incident,
  { action, nth }: { action: PagerDutyAction; nth: number },
  change: (known: PagerDutyState) => PagerDutyState,
): Incident {
  if (state.pagerduty === undefined) return state;
  const known = change(state.pagerduty);
  const isOver = action === 'resolve' && nth === known.nth;
  return { ...state, pagerduty: isOver ? { ...known, ended: true } : known };
}

function sayDue(action: PagerDutyAction, cause: PagerDutyCause, reason: string | undefined): string {
  const what =
    action === 'trigger'
      ? 'PagerDuty is to page its on-call'
      : action === 'acknowledge'
        ? 'PagerDuty is to call nobody else'
        : 'The page in PagerDuty is to end';
  return `${what}: ${reason ?? SAY_CAUSE[cause]}`;
}

function sayFailed({ action, error, waits }: EventData['pagerduty.failed']): string {
  if (waits) return `${SAY_NOT[action]} yet: ${error}. Tocsin tries again for a day; ${INSTEAD[action]} if it is urgent`;
  return `${SAY_NOT[action]}: ${error}. Tocsin tries no more; ${INSTEAD[action]}`;
}
