import type { KnownBlock } from '@slack/types';
import type { UpdateFields } from '../src/domain/events.ts';
import type { Incident } from '../src/domain/incident.ts';
import { sayDuration, sayLocal } from '../src/domain/time.ts';
import { draftUpdate, latenessOf } from '../src/domain/update.ts';
import { sayRoom, saySeverity, sayStatus } from './incident-words.ts';
import { actions, button, context, fields, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { since, user, when } from './text.ts';

/** Longer values than this (characters) get the width of the message instead of a column. */
const COLUMN = 160;

/** The fields of SK-70's template, in its order and with its words. */
function body(incident: Incident, data: UpdateFields): KnownBlock[] {
  return [
    ...columns([
      ['Status', sayStatus(data.status)],
      ['Severity', saySeverity(data.severity)],
      ['Start Time', startTime(incident, data)],
      ['Impact', safe(data.impact)],
    ]),
    section(`*Current Situation*\n${safe(data.current_situation)}`),
    section(`*Actions Taken*${done(data.actions_taken)}`),
    ...columns([
      ['Next Steps', safe(data.next_steps)],
      ['ETA to Resolution', safe(data.eta)],
    ]),
  ];
}

/** UTC as the template wants it, and the service's own time for those who live by it. */
function startTime({ milestones, policy }: Incident, data: UpdateFields): string {
  if (policy.time_zone === 'UTC') return data.start_time;
  return `${data.start_time} (${sayLocal(milestones.declared, policy.time_zone)})`;
}

/** The lines of what was done. Times in the record are UTC, which is said once. */
function done(lines: readonly string[]): string {
  if (lines.length === 0) return '\n_Nothing since the last update._';
  const zone = lines.some((line) => /^\d\d:\d\d /.test(line)) ? ' (times in UTC)' : '';
  return `${zone}\n${lines.map((line) => `• ${safe(line)}`).join('\n')}`;
}

/** Two in a row; from the first long one on, each has the full width. The order stays. */
function columns(pairs: readonly (readonly [string, string])[]): KnownBlock[] {
  const long = pairs.findIndex(([, value]) => value.length > COLUMN);
  const short = long === -1 ? pairs : pairs.slice(0, long);
  const rest = long === -1 ? [] : pairs.slice(long);
  return [...(short.length === 0 ? [] : [fields(short)]), ...rest.map(([label, value]) => section(`*${label}*\n${value}`))];
}

function subject(incident: Incident): string {
  return `[${incident.serviceName}] Incident Update - ${incident.title}`;
}

/** A posted update. An automatic one says so before anything else, and how late a person's is. */
export function postedUpdate(incident: Incident, data: UpdateFields & { automatic: boolean; late_ms: number }, by: string, at: number): Message {
  const late = data.late_ms > 0 ? `, ${sayDuration(data.late_ms)} late` : '';
  const next = incident.updates.dueAt !== null && incident.updates.dueAt > at ? `next update by ${when(incident.updates.dueAt)}` : null;
  const signature = data.automatic
    ? `:robot_face: *Automatic update* from the record: nobody posted one${late}`
    : `By ${user(by)}, ${when(at)}${late}`;
  return message(`${subject(incident)} (${data.severity}, ${data.status}): ${data.current_situation}`, [
    header(subject(incident)),
    context([signature, incident.id, sayRoom(incident), data.automatic ? null : next].filter((part) => part !== null).join('  ·  ')),
    ...body(incident, data),
  ]);
}

/** The draft offered before an update is due, with Post and Edit; once used or out of date, a line without buttons. */
export function updateDraft(incident: Incident, due: number, now: number): Message {
  if (incident.updates.dueAt !== due) {
    return message(`${incident.id}: that draft is done with`, [
      context(`:white_check_mark: The draft of the ${when(due)} update of *${incident.id}* is done with.${seeRoom(incident)}`),
    ]);
  }
  const late = latenessOf(incident, now);
  const lead =
    late > 0
      ? `:warning: The update of *${incident.id}* is late: it was due ${since(due, `${sayDuration(late)} late`)}.`
      : `:memo: The next update of *${incident.id}* is due ${when(due)}.`;
  return message(`${incident.id}: an update is due. Here is a draft.`, [
    section(`${lead} Here is a draft from the record: post it as it is, or edit it first.`),
    which(incident),
    ...body(incident, draftUpdate(incident)),
    draftButtons(incident, due),
  ]);
}

/** The reminder when the update is due and nobody posted. */
export function updateReminder(incident: Incident, due: number): Message {
  if (incident.updates.dueAt !== due) {
    return message(`${incident.id}: the update was posted`, [
      context(`:white_check_mark: The update of *${incident.id}* due ${when(due)} was posted.${seeRoom(incident)}`),
    ]);
  }
  const grace = incident.policy.updates[incident.severity].grace_ms;
  return message(`${incident.id}: the update is due now`, [
    section(`:alarm_clock: The update of *${incident.id}* is due now. In ${sayDuration(grace)} it goes to the next in line.`),
    which(incident),
    draftButtons(incident, due),
  ]);
}

/** The way on from a direct message that has nothing left to do. */
function seeRoom(incident: Incident): string {
  const room = sayRoom(incident);
  return room === null ? '' : ` See ${room}.`;
}

/** Which incident this is, for those who follow more than one. */
function which(incident: Incident): KnownBlock {
  const parts = [incident.severity, safe(incident.serviceName), safe(incident.title), sayRoom(incident)];
  return context(parts.filter((part) => part !== null).join('  ·  '));
}

function draftButtons(incident: Incident, due: number): KnownBlock {
  const value = `${incident.id}:${due}`;
  return actions('update', [
    button('Post', 'incident.update.post', value, { style: 'primary' }),
    button('Edit', 'incident.update', value),
    button('Snooze', 'incident.snooze', incident.id),
  ]);
}
