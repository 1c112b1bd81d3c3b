import type { Button } from '@slack/types';
import { type Incident, isOpen } from '../src/domain/incident.ts';
import { actions, button, confirm, context, fields, header, type Message, message } from './kit.ts';
import { sayAcknowledgement, sayCommander, saySeverity, sayStatus, sayUpdate } from './incident-words.ts';
import { safe, user, when } from './text.ts';

/**
 * The card of AU-03: severity, component, impact, started, incident commander, status page. One a channel, edited in
 * place. `now` is ms of the one clock.
 */
export function incidentCard(incident: Incident, now: number): Message {
  const started = when(incident.milestones.declared, 'date-time');
  return message(`${headline(incident)}: ${incident.severity} ${incident.title}`, [
    header(`${headline(incident)}: ${incident.title}`),
    fields([
      ['Severity', saySeverity(incident.severity)],
      ['Status', sayStatus(incident.status)],
      ['Component', safe(incident.component ?? incident.serviceName)],
      ['Impact', safe(incident.impact ?? '_not yet known_')],
      ['Started', started],
      ['Acknowledged', sayAcknowledgement(incident, now)],
      ['Incident commander', sayCommander(incident)],
      ['Status page', incident.statusPage === null ? '_none configured_' : `<${incident.statusPage}>`],
    ]),
    ...footer(incident, now),
    ...buttons(incident),
  ]);
}

/** The runbook's words while it is fresh (AU-03), plain ones when it is over. */
function headline(incident: Incident): string {
  if (incident.mergedInto !== null) return 'INCIDENT MERGED';
  if (incident.status === 'closed') return 'INCIDENT CLOSED';
  if (incident.status === 'resolved') return 'INCIDENT RESOLVED';
  return 'INCIDENT DETECTED';
}

function footer(incident: Incident, now: number) {
  const parts = [`*${incident.id}*`, safe(incident.serviceName), `declared by ${user(incident.reporter)}`];
  if (incident.room !== null && incident.room.threadTs === null) parts.push(`<#${incident.room.channel}>`);
  if (incident.mergedInto !== null) parts.push(`merged into *${incident.mergedInto}*`);
  if (incident.customerImpact) parts.push(':rotating_light: customers affected');
  if (incident.dataExposure) parts.push(':rotating_light: data exposure');
  if (incident.resolution !== null) parts.push(`resolved: ${safe(incident.resolution)}`);
  const due = sayUpdate(incident, now);
  const { snooze } = incident.updates;
  const lines = [context(parts.join('  ·  '))];
  if (due !== null) lines.push(context(due));
  if (snooze !== null && snooze.until > now) lines.push(context(`Snoozed by ${user(snooze.by)}: ${safe(snooze.reason)}`));
  return lines;
}

function buttons(incident: Incident) {
  if (incident.mergedInto !== null) return [];
  return [actions('incident', isOpen(incident) ? whileOpen(incident) : whenOver(incident))];
}

function whileOpen(incident: Incident): Button[] {
  const { id } = incident;
  const all: Button[] = [];
  if (incident.milestones.acknowledged === null) all.push(button('Acknowledge', 'incident.ack', id, { style: 'primary' }));
  all.push(button('Post update', 'incident.update', id));
  all.push(button('Roles', 'incident.assign', id));
  all.push(button('Severity', 'incident.severity', id));
  all.push(button('Escalate', 'incident.escalate', id));
  all.push(button('Timeline', 'incident.timeline', id));
  all.push(button('Resolve', 'incident.resolve', id));
  return all;
}

function whenOver(incident: Incident): Button[] {
  const { id } = incident;
  const reopen = button('Reopen', 'incident.reopen', id);
  const shared = [button('Timeline', 'incident.timeline', id), button('Checklist', 'incident.checklist', id), button('Evidence', 'incident.evidence', id)];
  if (incident.status === 'closed') return [...shared, reopen];
  const close = button('Close', 'incident.close', id, {
    style: 'primary',
    confirm: confirm('Close this incident?', 'The evidence gets its closing checkpoint. The incident can still be reopened.', 'Close'),
  });
  return [close, ...shared, reopen];
}
