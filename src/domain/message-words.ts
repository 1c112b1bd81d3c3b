import { own } from '../lib/own.ts';

/** What a message is for, by the template that its records name. */
export const MESSAGE_WORDS: Readonly<Record<string, string>> = {
  card: 'the incident card',
  welcome: 'the first message of the room',
  reopened: 'the call after the reopening',
  page: 'the page',
  call: 'the call of a person',
  escalated: 'the escalation',
  unreached: 'who could not be reached',
  'room-lost': 'the loss of the room',
  undelivered: 'a message that was not delivered',
  event: 'an entry of the timeline',
  update: 'the update',
  'update-draft': 'the draft of the update',
  'update-reminder': 'the reminder of the update',
  breach: 'the breach',
  'acknowledgement-reminder': 'the reminder to acknowledge',
  milestone: 'a milestone',
  resolution: 'the resolution',
  plan: 'the card of a plan',
  'plan-ask': 'the request to approve a plan',
  change: 'the state of a change',
  diagnosis: 'the diagnosis',
  'diagnosis-details': 'what the diagnosis saw',
  progress: 'the progress',
  alert: 'the card of an alert',
  'alert-call': 'the call about an alert',
  preflight: 'the pre-flight',
  reply: 'an answer',
};

/** A message by what it is for, as part of a sentence. */
export function sayMessage(template: string): string {
  return own(MESSAGE_WORDS, template) ?? template.replaceAll('-', ' ');
}
