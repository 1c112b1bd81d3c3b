import type { KnownBlock } from '@slack/types';
import type { Incident } from '../src/domain/incident/incident.ts';
import { draftUpdate, latenessOf } from '../src/domain/incident/update.ts';
import type { UpdateFields } from '../src/domain/records/data/updates.ts';
import { sayDuration, sayLocal } from '../src/lib/time.ts';
import { sayOver, sayRoom, saySeverity, sayStatus, sinceThen } from './incident-words.ts';
import { actions, button, context, fields, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { since, user, when } from './text.ts';

/** Longer values than this (characters) get the width of the message instead of a column. */
const COLUMN = 160;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The fields of SK-70's template, in its order and with its words. */
function body(incident: Incident, data: UpdateFields, at: number): KnownBlock[] {
  return [
    ...columns([
      ['Status', sayStatus(data.status)],
      ['Severity', saySeverity(data.severity)],
      ['Start Time', startTime(incident, data)],
      ['Impact', safe(data.impact)],
    ]),
    section(`*Current Situation*\n${safe(data.current_situation)}`),
    section(`*Actions Taken*${done(data.actions_taken, at)}`),
    ...inForce(data.in_force ?? []),
    ...columns([
      ['Next Steps', safe(data.next_steps)],
      ['ETA to Resolution', safe(data.eta)],
    ]),
  ];
}

/** What is switched off, or reverts by itself: whoever reads the update has to know. Times in the record are UTC. */
function inForce(lines: readonly string[]): KnownBlock[] {
  return lines.length === 0 ? [] : [section(`:rotating_light: *Changes in force*\n${lines.map((line) => `• ${safe(line)}`).join('\n')}`)];
}

/** UTC as the template wants it, and the service's own time for those who live by it. */
function startTime({ milestones, policy }: Incident, data: UpdateFields): string {
  if (policy.time_zone === 'UTC') return data.start_time;
  return `${data.start_time} (${sayLocal(milestones.declared, policy.time_zone)})`;
}

/** The lines of what was done, each with the reader's own time. `at`: when they are told (ms); nothing of it happened later. */
function done(lines: readonly string[], at: number): string {
  if (lines.length === 0) return '\n_Nothing since the last update._';
  return `\n${lines.map((line) => `• ${timed(line, at)}`).join('\n')}`;
}

/** `08:15Z Acknowledged`: the last moment at which it was that time in UTC. What a person has written in its place stays as it is. */
function timed(line: string, at: number): string {
  const [, hours, minutes, text = ''] = /^(\d\d):(\d\d)Z (.*)$/s.exec(line) ?? [];
  if (hours === undefined) return safe(line);
  const ofDay = (Number(hours) * 60 + Number(minutes)) * MINUTE;
  const today = Math.floor(at / DAY) * DAY + ofDay;
  return `${when(today <= at ? today : today - DAY)} ${safe(text)}`;
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
    ...body(incident, data, at),
  ]);
}

/**
 * The draft offered before an update is due, with Post and Edit. Once an update was posted, or none is owed for that time any more, the draft and its
 * buttons go, and what happened since stands beside what was said. `at`: when it was offered (ms).
 */
export function updateDraft(incident: Incident, due: number, now: number, at: number): Message {
  const lead = `:memo: The next update of *${incident.id}* is due ${when(due)}.`;
  if (incident.updates.dueAt !== due) {
    return message(`${incident.id}: this draft is out of date`, [
      section(`${lead} The draft from the record that was here is out of date.`),
      sinceThen(`${sayFate(incident, at)}${seeRoom(incident)}`),
    ]);
  }
  const late = latenessOf(incident, now);
  return message(`${incident.id}: an update is due. Here is a draft.`, [
    section(`${lead} Here is a draft from the record: post it as it is, or edit it first.`),
    ...(late > 0 ? [section(`:warning: *Late*: it was due ${since(due, `${sayDuration(late)} late`)}.`)] : []),
    which(incident),
    ...body(incident, draftUpdate(incident), now),
    draftButtons(incident, due),
  ]);
}

/**
 * The reminder when the update is due and nobody posted, with the draft that Post would send. It stays what it was; what happened since stands below it, in place of the buttons. `at`: when
 * it was reminded (ms).
 */
export function updateReminder(incident: Incident, due: number, now: number, at: number): Message {
  const grace = incident.policy.updates[incident.severity].grace_ms;
  const otherwise = incident.drill === undefined ? 'it is escalated to the next in line' : 'it is late';
  const lead = section(`:alarm_clock: The update of *${incident.id}* is due now (${when(due)}). Without one by ${when(at + grace)} ${otherwise}.`);
  if (incident.updates.dueAt === due) {
    return message(`${incident.id}: the update is due now`, [
      lead,
      section('*Post* sends this draft from the record as it is; *Edit* opens it first.'),
      which(incident),
      ...body(incident, draftUpdate(incident), now),
      draftButtons(incident, due),
    ]);
  }
  return message(`${incident.id}: the update was due`, [lead, sinceThen(`${sayFate(incident, at)}${seeRoom(incident)}`)]);
}

/** Why an update is not owed for that time any more: each way has a time of its own. */
function sayFate(incident: Incident, after: number): string {
  const { dueAt, lastPostedAt } = incident.updates;
  if (lastPostedAt !== null && lastPostedAt >= after) return `an update was posted at ${when(lastPostedAt)}.`;
  return sayOver(incident) ?? (dueAt === null ? 'no update is due.' : `the next update is due ${when(dueAt)}.`);
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
