import type { ModalView } from '@slack/types';
import type { Person, PersonCommand } from '../../domain/incident/commands.ts';
import { decide } from '../../domain/incident/decide.ts';
import { assertMay } from '../../domain/incident/decide-may.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { own } from '../../lib/own.ts';

/** Stands for the words that a person is about to write. */
const WORDS = '…';
const SHORT_MS = 60_000;

/**
 * What each form asks in the end: the whole ask where the person adds nothing but words, else its type alone; `null` where nothing can be known
 * beforehand. Every form of `commands/registry.ts` is here (test/slack/forms.test.ts).
 */
export const FORM_ASKS: Readonly<Record<string, ((plan: string, number: number) => PersonCommand) | PersonCommand['type'] | null>> = {
  'incident.declare': null,
  'incident.note': null,
  'incident.note.edit': (_, number) => ({ type: 'edit-note', number, text: WORDS }),
  'incident.note.strike': (_, number) => ({ type: 'strike-note', number, why: WORDS }),
  'incident.pin': null,
  'incident.assign': 'assign',
  'incident.handoff': 'assign',
  'incident.severity': 'change-severity',
  'incident.impact': 'change-impact',
  'incident.status': 'change-status',
  'incident.type': 'change-type',
  'incident.update': () => ({ type: 'post-update' }),
  'incident.notice': (id) => ({ type: 'request-notice', id, subject: WORDS, facts: WORDS, doing: WORDS, exposes: true }),
  'incident.notice.sent': (plan) => ({ type: 'notice-sent', plan, where: WORDS }),
  'incident.escalate': () => ({ type: 'escalate', reason: WORDS }),
  'page.call': () => ({ type: 'page', who: { user: WORDS }, reason: WORDS }),
  'incident.snooze': () => ({ type: 'snooze', ms: SHORT_MS, reason: WORDS }),
  'incident.cancel': () => ({ type: 'resolve', summary: WORDS, cancels: true }),
  'incident.resolve': () => ({ type: 'resolve', summary: WORDS, voids: true }),
  'incident.reopen': () => ({ type: 'reopen', reason: WORDS }),
  'incident.review': 'schedule-review',
  'runbook.pick': null,
  'runbook.run': 'request-remedy',
  'bypass.request': 'request-remedy',
  'plan.reject': (plan) => ({ type: 'reject', plan, reason: WORDS }),
  'plan.withdraw': (plan) => ({ type: 'withdraw', plan, reason: WORDS }),
  'plan.keep': (plan) => ({ type: 'settle-conflict', plan, keep: true, reason: WORDS }),
  'plan.overwrite': (plan) => ({ type: 'settle-conflict', plan, keep: false, reason: WORDS }),
  'plan.revert': (plan) => ({ type: 'revert', plan, reason: WORDS }),
  'plan.extend': (plan) => ({ type: 'request-extension', plan, id: plan, ms: SHORT_MS, reason: WORDS }),
};

/** What a form remembers of what it is about. */
export function aboutForm({ private_metadata: metadata }: ModalView): {
  readonly incident: string | null;
  readonly plan: string;
  /** Which of the incident's notes. */
  readonly number: number;
  /** It is about what only proposes something. */
  readonly proposes: boolean;
} {
  const { incident, plan, number, proposes } = JSON.parse(metadata ?? '{}') as Readonly<Record<string, unknown>>;
  return {
    incident: typeof incident === 'string' ? incident : null,
    plan: typeof plan === 'string' ? plan : '',
    number: typeof number === 'number' ? number : 0,
    proposes: proposes === 1,
  };
}

/** Nobody fills in a form whose answer would be refused as things stand. @throws UserError as its answer would be */
export function assertMayFill(view: ModalView, incident: Incident, by: Person, at: number): void {
  const asked = own(FORM_ASKS, view.callback_id ?? '') ?? null;
  if (asked === null) return;
  const { plan, number, proposes } = aboutForm(view);
  if (typeof asked === 'string') assertMay(incident, by, asked, proposes);
  else decide(incident, { at, by, ask: asked(plan, number) });
}
