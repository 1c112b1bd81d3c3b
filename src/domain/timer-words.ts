import { parseTimer, type Timer } from './incident/timer.ts';

/** What a wait is for, by the name that records have. */
const TIMER_WORDS: Readonly<Record<Timer['kind'], string>> = {
  'acknowledgement-reminder': 'reminder to acknowledge',
  'acknowledgement-breach': 'time to acknowledge',
  escalation: 'escalation',
  unresolved: 'time to resolve',
  'update-offer': 'draft of the update',
  'update-reminder': 'reminder of the update',
  'update-breach': 'time of the update',
  'update-automatic': 'automatic update',
  'notice-offer': 'question for the notice to customers',
  'notice-reminder': 'reminder of the notice to customers',
  'notice-breach': 'time of the notice to customers',
  'notice-again': 'late notice to customers',
  'stakeholder-mail': 'mail to the stakeholders',
  'follow-up-overdue': 'reminder of an action item',
  'review-reminder': 'reminder of the review',
  'review-breach': 'time of the review',
  'room-archive': 'archiving of the channel',
  'drill-end': 'end of the drill',
  'approval-reminder': 'reminder to approve',
  'approval-expiry': 'time to approve',
  'revert-reminder': 'reminder of the revert',
  'revert-conflict': 'decision about the revert',
};

/** A timer in people's words: the one of a plan, `approval-expiry:PLN-7K2M9QXA`, says which. */
export function sayTimer(name: string): string {
  const timer = parseTimer(name);
  if (timer === null) return name.replaceAll('-', ' ');
  return timer.plan === undefined ? TIMER_WORDS[timer.kind] : `${TIMER_WORDS[timer.kind]}, ${timer.plan}`;
}
