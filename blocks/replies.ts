import type { KnownBlock } from '@slack/types';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { ROLE_NAMES, ROLES } from '../src/domain/incident/incident.ts';
import { withNewestNotes } from '../src/domain/incident/notes.ts';
import { plural } from '../src/lib/plural.ts';
import { homeAlerts, type UntakenAlerts } from './alert.ts';
import { type HiddenBypass, homeChanges, sayChanges, staysInForce, type Waiting } from './approvals.ts';
import { chunks } from './chunks.ts';
import {
  sayAcknowledgement,
  sayBeside,
  sayCommander,
  sayOpenItems,
  sayPrivate,
  sayRoom,
  saySeverity,
  saySnooze,
  sayStatus,
  sayUpdate,
} from './incident-words.ts';
import { actions, button, context, divider, fields, header, type Message, message, option, plainText, section, withButton } from './kit.ts';
import { safe } from './outside.ts';
import { sayRecord } from './record-words.ts';
import { sayDescribed } from './room.ts';
import { clamp, user, when } from './text.ts';

/** A short answer. `text` is Tocsin's own words in mrkdwn; people's words in it must be made safe before. */
export function note(text: string): Message {
  return message(text, [section(text)]);
}

/** What went wrong and what to do next. `incident`: what of it is in force is in the way, and its buttons come with it. */
export function problem(text: string, incident: Incident | null = null): Message {
  // What other systems said may be part of it: nobody is called, and no link has words of its own.
  const said = text.replaceAll(/<(?!@[A-Z0-9]{2,20}>|#[A-Z0-9]{2,20}>|!date\^)/g, '&lt;');
  return message(said, [section(`:warning: ${said}`), ...(incident === null ? [] : staysInForce(incident))]);
}

/**
 * The answer to a declaration: where it is worked on, which does not exist yet. `thread`: the card's channel in thread mode; `beside`: incidents of its
 * service that were open already; `room`: what its channel is to be called.
 */
export function declared(
  incident: Incident,
  thread: string | null,
  beside: readonly Incident[] = [],
  room: string = incident.id.toLowerCase(),
): Message {
  const channel = `*#${room}*`;
  const where = incident.private
    ? `:closed_lock_with_key: It is private: only you and those who are called see it, in its channel ${channel}, which opens in a moment.`
    : thread === null
      ? `Its channel ${channel} opens in a moment, with you and the responders in it.`
      : `Its card is in <#${thread}>; the responders are called in its thread.`;
  const [other] = beside;
  const also = other === undefined ? '' : `\n${sayBeside(beside, incident.private, clamp(other.title, 80))}`;
  return note(`:white_check_mark: *${incident.id}* is declared as ${incident.severity}: ${safe(incident.title)}\n${where}${also}`);
}

/** Where the incident stands. */
export function status(incident: Incident, now: number): Message {
  const roles = ROLES.map((role) => [ROLE_NAMES[role], incident.roles[role] === undefined ? '_nobody_' : user(incident.roles[role])] as const);
  return message(`${incident.id}: ${incident.status}`, [
    header(`${incident.id}: ${incident.title}`),
    fields([
      ['Status', sayStatus(incident.status)],
      ['Severity', saySeverity(incident.severity)],
      ['Service', safe(incident.serviceName)],
      ['Impact', incident.impact === null ? '_not yet known_' : safe(incident.impact)],
      ['Started', when(incident.milestones.declared, 'date-time')],
      ['Acknowledged', sayAcknowledgement(incident, now)],
      ...roles,
      ['Breaches', String(incident.breaches)],
    ]),
    ...chunks(sayChanges(incident)).map((chunk) => section(chunk)),
    context(
      [sayPrivate(incident), sayUpdate(incident, now) ?? '_No update is due._', saySnooze(incident, now)].filter((part) => part !== null).join('\n'),
    ),
  ]);
}

/** What Tocsin notes for itself, and what became of a note, which stands where the note is; people have other things to read. */
const HIDDEN: ReadonlySet<IncidentRecord['type']> = new Set([
  'room.created',
  'room.archive-due',
  'card.posted',
  'diagnosis.step',
  'evidence.captured',
  'note.edited',
  'note.struck',
]);

/** The newest records as lines; the rest is in the evidence. */
export function timeline(incident: Incident, records: readonly IncidentRecord[]): Message {
  const lines = withNewestNotes(records).flatMap((record) => {
    const text = HIDDEN.has(record.type) ? null : sayRecord(record, incident.plans);
    return text === null ? [] : [`${when(Date.parse(record.time))}  ${clamp(sayDescribed(incident, text), 600)}`];
  });
  const shown = lines.slice(-25);
  const left = lines.length - shown.length;
  return message(`${incident.id}: timeline`, [
    header(`${incident.id}: timeline`),
    ...(left > 0 ? [context(`_${left} earlier entries are in the evidence: \`/incident evidence\`._`)] : []),
    ...chunks(shown).map((chunk) => section(chunk)),
  ]);
}

/** How many a list shows: a message has room for no more. */
export const LISTED = 40;

/** Open incidents, the gravest of `count`. */
export function list(incidents: readonly Incident[], count: number, now: number): Message {
  if (incidents.length === 0) return note(':white_check_mark: You can see no open incident.');
  const one = `\`/incident status ${incidents[0]?.id ?? ''}\` shows one by its id.`;
  return message(
    `${count} open`,
    [
      header(plural(count, 'open incident')),
      ...(count > incidents.length ? [context(`_The gravest ${incidents.length} are shown. ${one}_`)] : []),
      ...incidents.map((incident) => section(entry(incident, now))),
    ],
    one,
  );
}

/** An incident in a list: what it is, where it stands, what is owed. */
function entry(incident: Incident, now: number): string {
  const where = [`*${incident.id}*`, saySeverity(incident.severity), sayStatus(incident.status), sayRoom(incident), sayPrivate(incident)];
  const owed = [`Commander: ${sayCommander(incident)}`, sayUpdate(incident, now), saySnooze(incident, now)];
  const line = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join('  ·  ');
  return `${line(where)}\n${safe(incident.title)} (${safe(incident.serviceName)})\n${line(owed)}`;
}

/** The answer to a close that leaves items of the checklist open; `null` when nothing is left. It can be ticked off afterwards. */
export function closed(incident: Incident): Message | null {
  const open = sayOpenItems(incident);
  if (open === null) return null;
  const text = `*${incident.id}* is closed: ${open}.`;
  return message(text, [
    section(`:lock: ${text} What is done can still be ticked off.`),
    actions('closed', [button('Checklist', 'incident.checklist', incident.id, { style: 'primary' })]),
  ]);
}

/** Which incidents a command can be about: those that go on, that wait to be closed, that are over, or any. */
export type Among = 'open' | 'resolved' | 'over' | 'any';

const NONE: Readonly<Record<Among, string>> = {
  open: 'You can see no open incident. `/incident declare` opens one.',
  resolved: 'No incident that you can see waits to be closed. First resolve one: `/incident resolve what fixed it`.',
  over: 'No incident that you can see is resolved or closed, so there is none to reopen.',
  any: 'You can see no incident. `/incident declare` opens one.',
};

/** Which incident is meant? `ask` finds the payload that waits for the answer. */
export function picker(incidents: readonly Incident[], ask: string, among: Among = 'open'): Message {
  const options = incidents.slice(0, 100).map((incident) => option(`${incident.id} ${incident.severity} ${incident.title}`, incident.id));
  if (options.length === 0) return problem(NONE[among]);
  return message('Which incident?', [
    {
      type: 'section',
      block_id: `pick:${ask}`,
      text: { type: 'mrkdwn', text: 'This channel belongs to no incident. Which one do you mean?' },
      accessory: { type: 'static_select', action_id: 'incident.pick', placeholder: plainText('Choose an incident', 150), options },
    },
  ]);
}

/** What takes the picker's place once an incident was chosen. */
export function pickedOne(incident: Incident): Message {
  return note(`:white_check_mark: *${incident.id}*  ·  ${safe(incident.title)}`);
}

export interface HelpLine {
  readonly usage: string;
  readonly summary: string;
}

/** One line a command; two parts, since a section holds so much only. `example`: how an incident is named; `null` where none is. */
export function help(command: string, lines: readonly HelpLine[], example: string | null): Message {
  const naming = `In an incident’s channel they mean that incident; elsewhere name it first: \`${command} ${example}\`.`;
  return message(`Help for ${command}`, [
    header(command),
    ...chunks(lines.map((line) => `\`${line.usage}\`  ${line.summary}`)).map((chunk) => section(chunk)),
    context(`Put \`${command}\` before each.${example === null ? '' : ` ${naming}`}`),
  ]);
}

const NO_ALERTS: UntakenAlerts = { shown: [], more: 0 };

/** What the Home shows besides open incidents. */
export interface BesideHome {
  /** How many incidents are open, when they are more than those that were read. */
  readonly count?: number;
  /** Incidents of which something may be in force, those too that are resolved. */
  readonly pending?: readonly Incident[];
  /** Changes that wait for the reader. */
  readonly waiting?: readonly Waiting[];
  readonly untaken?: UntakenAlerts;
  readonly hidden?: readonly HiddenBypass[];
}

/**
 * What a person sees in the app's Home: what waits for them, the alerts that nobody has taken, each open incident once under what it needs most, and a
 * way to declare.
 */
export function home(incidents: readonly Incident[], viewer: string, now: number, beside: BesideHome = {}): Message {
  const { count = incidents.length, pending = [], waiting = [], untaken = NO_ALERTS, hidden = [] } = beside;
  const parts = new Map<string, Incident[]>(HOME_PARTS.map((title) => [title, []]));
  for (const incident of incidents) parts.get(needOf(incident, viewer, now))?.push(incident);
  const left = count - incidents.length;
  const changes = homeChanges(pending, hidden, waiting, now);
  const alerts = homeAlerts(untaken);
  return message('Tocsin', [
    header(count === 0 ? 'No open incident that you can see' : plural(count, 'open incident')),
    actions('home', [button('Declare incident', 'incident.declare', 'home', { style: 'primary' }), button('Refresh', 'incident.home', 'home')]),
    context(count + changes.length + alerts.length === 0 ? `:white_check_mark: All quiet. As of ${when(now)}` : `As of ${when(now)}`),
    ...(left > 0 ? [context(`_The gravest ${incidents.length} are sorted here; ${plural(left, 'other')} ${left === 1 ? 'is' : 'are'} not._`)] : []),
    ...changes,
    ...alerts,
    ...[...parts].flatMap(([title, those]) => homePart(title, those, now)),
  ]);
}

const HOME_PARTS = [':rotating_light: Overdue updates', ':bell: Not acknowledged', ':memo: Updates due from you', ':fire: In hand'] as const;

function needOf(incident: Incident, viewer: string, now: number): (typeof HOME_PARTS)[number] {
  const { dueAt } = incident.updates;
  if (dueAt !== null && dueAt < now) return HOME_PARTS[0];
  if (incident.milestones.acknowledged === null) return HOME_PARTS[1];
  return incident.roles['incident-commander'] === viewer && dueAt !== null ? HOME_PARTS[2] : HOME_PARTS[3];
}

function homePart(title: string, incidents: readonly Incident[], now: number): KnownBlock[] {
  if (incidents.length === 0) return [];
  const left = incidents.length - 10;
  return [
    divider(),
    header(title),
    ...incidents
      .slice(0, 10)
      .map((incident) =>
        withButton(
          entry(incident, now),
          incident.milestones.acknowledged === null
            ? button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' })
            : button('Post update', 'incident.update', incident.id),
        ),
      ),
    ...(left > 0 ? [context(`_And ${left} more: \`/incident list\`._`)] : []),
  ];
}
