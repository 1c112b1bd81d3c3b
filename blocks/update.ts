import type { UpdateFields } from '../src/domain/events.ts';
import type { Incident } from '../src/domain/incident.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { sayDuration } from '../src/domain/time.ts';
import { draftUpdate, latenessOf } from '../src/domain/update.ts';
import { actions, button, context, fields, header, type Message, message, section } from './kit.ts';
import { saySeverity, sayStatus } from './incident-words.ts';
import { safe, user, when } from './text.ts';

/** The fields of SK-70's template, in its order and with its words. */
function body(data: UpdateFields) {
  const done = data.actions_taken.length === 0 ? '_Nothing since the last update._' : data.actions_taken.map((line) => `• ${safe(line)}`).join('\n');
  return [
    fields([
      ['Status', sayStatus(data.status)],
      ['Severity', saySeverity(data.severity)],
      ['Start Time', data.start_time],
      ['ETA to Resolution', safe(data.eta)],
    ]),
    section(`*Impact*\n${safe(data.impact)}`),
    section(`*Current Situation*\n${safe(data.current_situation)}`),
    section(`*Actions Taken*\n${done}`),
    section(`*Next Steps*\n${safe(data.next_steps)}`),
  ];
}

function subject(incident: Incident): string {
  return `[${incident.serviceName}] Incident Update - ${incident.title}`;
}

/** A posted update. An automatic one says that it is, and how late a person's is. */
export function postedUpdate(incident: Incident, data: UpdateFields & { automatic: boolean; late_ms: number }, by: string, at: number): Message {
  const late = data.late_ms > 0 ? ` The update was due ${sayDuration(data.late_ms)} ago.` : '';
  const signature = data.automatic
    ? `:robot_face: *Automatic update*, made from the record because nobody posted one.${late} ${incident.id}`
    : `Posted by ${user(by)} ${when(at)}${data.late_ms > 0 ? `, ${sayDuration(data.late_ms)} late` : ''}  ·  ${incident.id}`;
  return message(`${subject(incident)} (${data.severity}, ${data.status}): ${data.current_situation}`, [
    header(subject(incident)),
    ...body(data),
    context(signature),
  ]);
}

/** The draft offered before an update is due, with Post and Edit; once used or out of date, a line without buttons. */
export function updateDraft(incident: Incident, due: number, now: number): Message {
  if (incident.updates.dueAt !== due) {
    return message(`${incident.id}: that draft is done with`, [context(`:white_check_mark: The draft of the ${when(due)} update of *${incident.id}* is done with.`)]);
  }
  const late = latenessOf(incident, now);
  const lead = late > 0 ? `:warning: The update of *${incident.id}* is ${sayDuration(late)} late.` : `The next update of *${incident.id}* is due ${when(due)}.`;
  return message(`${incident.id}: an update is due. Here is a draft.`, [
    section(`${lead} Here is a draft from the record: post it as it is, or edit it first.`),
    ...body(draftUpdate(incident)),
    draftButtons(incident, due),
  ]);
}

/** The reminder when the update is due and nobody posted. */
export function updateReminder(incident: Incident, due: number): Message {
  const grace = incident.policy.updates[incident.severity].grace_ms;
  const text = `:alarm_clock: The update of *${incident.id}* (${incident.severity}, ${safe(incident.title)}) is due now. After ${sayDuration(grace)} it goes to the next in line.`;
  if (incident.updates.dueAt !== due) return message(text, [context(`:white_check_mark: The update of *${incident.id}* due ${when(due)} was posted.`)]);
  return message(`${incident.id}: the update is due now`, [section(text), draftButtons(incident, due)]);
}

function draftButtons(incident: Incident, due: number) {
  const value = `${incident.id}:${due}`;
  return actions('update', [button('Post', 'incident.update.post', value, { style: 'primary' }), button('Edit', 'incident.update', value), button('Snooze', 'incident.snooze', incident.id)]);
}

/** The plain-text form of the template, as the runbook writes it: for the timeline, mail and the story. */
export function updateText(incident: Incident, data: UpdateFields): string {
  return [
    `Subject: ${subject(incident)}`,
    '',
    `Status: ${data.status}`,
    `Severity: ${data.severity} (${SEVERITY_NAMES[data.severity]})`,
    `Start Time: ${data.start_time}`,
    `Impact: ${data.impact}`,
    '',
    'Current Situation:',
    data.current_situation,
    '',
    'Actions Taken:',
    ...data.actions_taken,
    '',
    'Next Steps:',
    data.next_steps,
    '',
    `ETA to Resolution: ${data.eta}`,
  ].join('\n');
}
