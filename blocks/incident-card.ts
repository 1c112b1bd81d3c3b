import type { Button, KnownBlock } from '@slack/types';
import { sayMark } from '../src/domain/conditions.ts';
import { type Incident, isOpen } from '../src/domain/incident/incident.ts';
import { hasOwnLine, lineOf } from '../src/domain/incident/line.ts';
import { latenessOf } from '../src/domain/incident/update.ts';
import { sayIncidentType } from '../src/domain/incident-type.ts';
import { sayWho } from '../src/domain/mentions.ts';
import type { Who } from '../src/domain/policy.ts';
import { sayChanges } from './approvals.ts';
import {
  boldMergedInto,
  callLine,
  sayAcknowledgement,
  sayBeside,
  sayCommander,
  sayOpenItems,
  sayPagerDuty,
  sayPrivate,
  sayRoom,
  saySeverity,
  saySnooze,
  sayStatus,
  sayStatusPage,
  sayUpdate,
} from './incident-words.ts';
import { sayItems } from './item-words.ts';
import { actions, button, confirm, context, fields, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, LIMITS, user, when } from './text.ts';

/** What people and groups are called, by their Slack ids. */
export type Names = Readonly<Record<string, string>>;

/**
 * The card of AU-03: severity, component, impact, started, incident commander, status page, in the runbook's order. One
 * a channel, edited in place, so it names the reporter without a mention where it can: who is called is called in the room. `now` is ms of the one clock.
 */
export function incidentCard(
  incident: Incident,
  now: number,
  reporter: string | null = null,
  names: Names = {},
  call: string | null = null,
): Message {
  return message(`${headline(incident)}: ${safe(incident.title)} (${incident.severity}, ${safe(incident.serviceName)})`, [
    header(titleOf(incident)),
    ...promise(incident, now),
    ...changes(incident),
    fields([
      ['Severity', saySeverity(incident.severity)],
      ['Component', safe(incident.component ?? incident.serviceName)],
      ['Impact', incident.impact === null ? '_not yet known_' : safe(incident.impact)],
      ['Started', when(incident.milestones.declared, 'date-time')],
      ['Incident Commander', sayCommander(incident)],
      ['Status Page', sayStatusPage(incident)],
      ['Status', sayStatus(incident.status)],
      ['Acknowledged', sayAcknowledgement(incident, now)],
    ]),
    ...callLine(incident, call),
    ...contacts(incident, names),
    ...pagerDuty(incident),
    ...(incident.resolution === null ? [] : [section(`*Resolution*\n${safe(incident.resolution)}`)]),
    ...(isOpen(incident) && incident.beside !== undefined
      ? [
          context(
            sayBeside(
              incident.beside.map((id) => ({ id })),
              incident.private,
            ),
          ),
        ]
      : []),
    ...(incident.followUps.length === 0 ? [] : [context(`*Action items*: ${sayItems(incident, now)}. \`/incident items\` shows them.`)]),
    footer(incident, reporter),
    ...buttons(incident),
  ]);
}

/** Who is called for the incident's type, in turn; by name, since a mention would call them. */
function contacts(incident: Incident, names: Names): KnownBlock[] {
  if (incident.type === null) return [];
  const type = `*Type*: ${safe(sayIncidentType(incident.type))}`;
  if (!hasOwnLine(incident) || !isOpen(incident)) return [context(type)];
  const line = lineOf(incident).map(({ name = '', who }) => `*${name}*: ${who.map((one) => sayName(one, names)).join(', ')}`);
  return [context([type, ...line].join('  ·  '))];
}

/** How its page stands; nothing once the incident is over. */
function pagerDuty(incident: Incident): KnownBlock[] {
  const says = sayPagerDuty(incident);
  return says === null ? [] : [context(says)];
}

function sayName(who: Who, names: Names): string {
  if ('rota' in who) return safe(sayWho(who));
  const id = 'user' in who ? who.user : who.usergroup;
  return safe(names[id] ?? id);
}

/** State, title, severity and service: whatever is cut, the last two stay. */
function titleOf(incident: Incident): string {
  const [before, after] = [`${headline(incident)}: `, ` (${incident.severity}, ${clamp(incident.serviceName, 40)})`];
  return `${before}${clamp(incident.title, LIMITS.header - before.length - after.length)}${after}`;
}

/** The runbook's words while it is fresh (AU-03), then those of its state. */
function headline({ mergedInto, reopened, status, cancelled }: Incident): string {
  if (mergedInto !== null) return 'INCIDENT MERGED';
  if (cancelled === true) return 'INCIDENT CANCELLED';
  return reopened > 0 && status === 'investigating' ? 'INCIDENT REOPENED' : HEADLINES[status];
}

const HEADLINES: Readonly<Record<Incident['status'], string>> = {
  investigating: 'INCIDENT DETECTED',
  identified: 'INCIDENT IDENTIFIED',
  monitoring: 'INCIDENT MONITORING',
  resolved: 'INCIDENT RESOLVED',
  closed: 'INCIDENT CLOSED',
};

/** What is owed, right under the title: large once it is late. */
function promise(incident: Incident, now: number): KnownBlock[] {
  const lines = [sayUpdate(incident, now), saySnooze(incident, now)].filter((line) => line !== null);
  if (lines.length === 0) return [];
  const text = lines.join('\n');
  return [latenessOf(incident, now) > 0 ? section(text) : context(text)];
}

/** A safeguard that is off, or a decision that is waited for: nobody who looks at the incident may miss it. */
function changes(incident: Incident): KnownBlock[] {
  const lines = sayChanges(incident);
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function footer(incident: Incident, reporter: string | null): KnownBlock {
  const parts = [
    `*${incident.id}*`,
    sayRoom(incident),
    safe(incident.serviceName),
    sayPrivate(incident),
    `declared by ${reporter === null ? user(incident.reporter) : safe(reporter)}`,
  ];
  if (incident.customerImpact) parts.push(':rotating_light: customers affected');
  if (incident.dataExposure) parts.push(':rotating_light: data exposure');
  parts.push(...(incident.marks ?? []).map((mark) => `:rotating_light: ${sayMark(mark)}`));
  if (incident.calledLevel !== undefined && isOpen(incident)) parts.push(`:arrow_up: level ${incident.calledLevel.slice(1)}`);
  if (incident.reopened > 0 && isOpen(incident)) parts.push(incident.reopened === 1 ? 'reopened' : `reopened ${incident.reopened} times`);
  if (incident.mergedInto !== null)
    parts.push(`merged into ${boldMergedInto(incident)}${incident.mergedRoom ? ` in <#${incident.mergedRoom}>` : ''}`);
  return context(parts.filter((part) => part !== null).join('  ·  '));
}

function buttons(incident: Incident): KnownBlock[] {
  if (incident.mergedInto !== null) return [];
  return [actions('incident', isOpen(incident) ? whileOpen(incident) : whenOver(incident))];
}

/** What must be done next comes first; what is asked for less often is under the card, in the incident's room. */
function whileOpen(incident: Incident): Button[] {
  const { id } = incident;
  return [
    incident.milestones.acknowledged === null
      ? button('Acknowledge', 'incident.ack', id, { style: 'primary' })
      : button('Post update', 'incident.update', id, { style: 'primary' }),
    button('Diagnose', 'runbook.pick', id),
    button('Escalate', 'incident.escalate', id),
    button('Roles', 'incident.assign', id),
    button('Timeline', 'incident.timeline', id),
    button('Resolve', 'incident.resolve', id),
  ];
}

function whenOver(incident: Incident): Button[] {
  const { id } = incident;
  const rest = [button('Timeline', 'incident.timeline', id), button('Evidence', 'incident.evidence', id), button('Reopen', 'incident.reopen', id)];
  return incident.status === 'closed' ? [button('Checklist', 'incident.checklist', id), ...rest] : [...wrapUp(incident), ...rest];
}

/** The way from resolved to closed. Whoever closes is told first what of the checklist is open. */
export function wrapUp(incident: Incident): Button[] {
  const { id } = incident;
  const open = sayOpenItems(incident);
  const text = `${open === null ? '' : `${open}. `}This seals its evidence. It can still be reopened.`;
  return [
    button('Checklist', 'incident.checklist', id, { style: 'primary' }),
    button('Close', 'incident.close', id, {
      confirm: confirm('Close this incident?', text, 'Close'),
    }),
  ];
}
