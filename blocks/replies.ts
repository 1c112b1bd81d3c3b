import type { Incident } from '../src/domain/incident.ts';
import { ROLE_NAMES, ROLES } from '../src/domain/incident.ts';
import { describe } from '../src/domain/describe.ts';
import type { IncidentRecord } from '../src/domain/events.ts';
import { type Message, actions, button, context, divider, fields, header, message, option, plainText, section } from './kit.ts';
import { sayAcknowledgement, sayCommander, saySeverity, sayStatus, sayUpdate } from './incident-words.ts';
import { sayDescribed } from './room.ts';
import { safe, user, when } from './text.ts';

/** A short answer. `text` is Tocsin's own words in mrkdwn; people's words in it must be made safe before. */
export function note(text: string): Message {
  return message(text, [section(text)]);
}

/** What went wrong and what to do next. */
export function problem(text: string): Message {
  return message(text, [section(`:warning: ${text}`)]);
}

export function status(incident: Incident, now: number): Message {
  const roles = ROLES.map((role) => [ROLE_NAMES[role], incident.roles[role] === undefined ? '_nobody_' : user(incident.roles[role])] as const);
  return message(`${incident.id}: ${incident.status}`, [
    header(`${incident.id}: ${incident.title}`),
    fields([
      ['Status', sayStatus(incident.status)],
      ['Severity', saySeverity(incident.severity)],
      ['Service', safe(incident.serviceName)],
      ['Impact', safe(incident.impact ?? '_not yet known_')],
      ['Declared', when(incident.milestones.declared, 'date-time')],
      ['Acknowledged', sayAcknowledgement(incident, now)],
      ...roles,
      ['Breaches', String(incident.breaches)],
    ]),
    context(sayUpdate(incident, now) ?? '_No update is owed._'),
  ]);
}

/** The newest records as lines; the rest is in the evidence. */
export function timeline(incident: Incident, records: readonly IncidentRecord[]): Message {
  const lines = records.flatMap((record) => {
    const text = describe(record, 'timeline');
    return text === null ? [] : [`${when(Date.parse(record.time))}  ${sayDescribed(text)}`];
  });
  const shown = lines.slice(-25);
  const left = lines.length - shown.length;
  return message(`${incident.id}: timeline`, [
    header(`${incident.id}: timeline`),
    ...(left > 0 ? [context(`_${left} earlier entries are in the evidence: \`/incident evidence\`._`)] : []),
    ...shown.map((line) => section(line)),
  ]);
}

export function list(incidents: readonly Incident[], now: number): Message {
  if (incidents.length === 0) return note(':white_check_mark: No open incidents.');
  return message(`${incidents.length} open`, [
    header(incidents.length === 1 ? '1 open incident' : `${incidents.length} open incidents`),
    ...incidents.flatMap((incident) => [
      section(`*${incident.id}*  ${saySeverity(incident.severity)}  ${sayStatus(incident.status)}\n${safe(incident.title)} (${safe(incident.serviceName)})`),
      context(
        [`Commander: ${sayCommander(incident)}`, sayUpdate(incident, now) ?? '', incident.room === null || incident.room.threadTs !== null ? '' : `<#${incident.room.channel}>`]
          .filter((part) => part !== '')
          .join('  ·  '),
      ),
    ]),
  ]);
}

export function checklist(incident: Incident): Message {
  const items = incident.policy.checklist;
  if (items.length === 0) return note('This service has no checklist.');
  const open = items.filter((item) => incident.ticked[item.id] === undefined);
  return message(`${incident.id}: ${open.length} items open`, [
    section(`*${incident.id}: checklist*, ${items.length - open.length} of ${items.length} done`),
    ...items.map((item) => {
      const done = incident.ticked[item.id];
      const mark = done === undefined ? ':white_large_square:' : ':white_check_mark:';
      const by = done === undefined ? '' : `  _${user(done.by)} ${when(done.at)}_`;
      const value = `${incident.id}:${item.id}`;
      return {
        ...section(`${mark} ${safe(item.text)}${by}`),
        accessory: button(done === undefined ? 'Done' : 'Undo', done === undefined ? 'incident.tick' : 'incident.untick', value),
      } as ReturnType<typeof section>;
    }),
  ]);
}

/** Which incident is meant? `ask` finds the payload that waits for the answer. */
export function picker(incidents: readonly Incident[], ask: string): Message {
  const options = incidents.slice(0, 100).map((incident) => option(`${incident.id} ${incident.severity} ${incident.title}`, incident.id));
  if (options.length === 0) return problem('There is no open incident. `/incident declare` opens one.');
  return message('Which incident?', [
    {
      type: 'section',
      block_id: `pick:${ask}`,
      text: { type: 'mrkdwn', text: 'This channel belongs to no incident. Which one do you mean?' },
      accessory: { type: 'static_select', action_id: 'incident.pick', placeholder: plainText('Choose an incident', 150), options },
    },
  ]);
}

export interface HelpLine {
  readonly usage: string;
  readonly summary: string;
}

export function help(command: string, lines: readonly HelpLine[]): Message {
  const texts = lines.map((line) => `\`${command} ${line.usage}\`\n${line.summary}`);
  const half = Math.ceil(texts.length / 2);
  return message(`Help for ${command}`, [
    header(command),
    section(texts.slice(0, half).join('\n')),
    section(texts.slice(half).join('\n')),
    divider(),
    context('Every command takes an incident id first, e.g. `/incident note INC-2026-0042 text`; without one it means this channel’s incident.'),
  ]);
}

/** What a person sees in the app's Home: open incidents, what they owe, and a way to declare. */
export function home(incidents: readonly Incident[], viewer: string, now: number): Message {
  const owed = incidents.filter((incident) => incident.updates.dueAt !== null && incident.roles['incident-commander'] === viewer);
  const overdue = incidents.filter((incident) => incident.updates.dueAt !== null && incident.updates.dueAt < now);
  const waiting = incidents.filter((incident) => incident.milestones.acknowledged === null);
  return message('Tocsin', [
    header('Tocsin'),
    actions('home', [button('Declare incident', 'incident.declare', 'home', { style: 'danger' }), button('Refresh', 'incident.home', 'home')]),
    ...homePart(':rotating_light: Overdue updates', overdue, now),
    ...homePart(':bell: Not acknowledged', waiting, now),
    ...homePart(':memo: Updates you owe', owed, now),
    ...homePart(':fire: Open incidents', incidents, now),
    ...(incidents.length === 0 ? [section(':white_check_mark: No open incidents.')] : []),
    context(`As of ${when(now, 'date-time')}`),
  ]);
}

function homePart(title: string, incidents: readonly Incident[], now: number) {
  if (incidents.length === 0) return [];
  return [
    header(title),
    ...incidents.slice(0, 8).map((incident) => ({
      ...section(
        `*${incident.id}*  ${saySeverity(incident.severity)}  ${sayStatus(incident.status)}\n${safe(incident.title)} (${safe(incident.serviceName)})\n${sayUpdate(incident, now) ?? ''}`,
      ),
      accessory:
        incident.milestones.acknowledged === null
          ? button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' })
          : button('Post update', 'incident.update', incident.id),
    })),
    divider(),
  ] as ReturnType<typeof section>[];
}
