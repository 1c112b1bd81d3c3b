import { sayMergedInto } from '../src/domain/incident/incident.ts';
import type { MailFacts, WrittenMail } from '../src/domain/incident/mails.ts';
import { sayIncidentType } from '../src/domain/incident-type.ts';
import type { MailKind } from '../src/domain/records/data/mail.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { clamp } from '../src/lib/clamp.ts';
import { sayDuration, sayLocal, sayUtc } from '../src/lib/time.ts';
import { mailTable } from './mail-html.ts';
import { plain } from './text.ts';

/** What the subject begins with, so that a thread can be read in a list of mails. */
const SUBJECT: Readonly<Record<MailKind, string>> = {
  declared: 'Incident',
  raised: 'Severity raised',
  long: 'Not over yet',
  resolved: 'Resolved',
  merged: 'Merged into another incident',
  reopened: 'Open again',
  typed: 'Type changed',
};

/** A mail to the stakeholders (VQ-17): what, since when, the impact, the state, who leads, when they hear next, and where people meet. */
export function stakeholderMail(facts: MailFacts): WrittenMail {
  const { incident, kind, at } = facts;
  const title = plain(incident.title);
  const subject = `${isCancelled(facts) ? 'Cancelled' : SUBJECT[kind]}: ${incident.id} ${incident.severity} ${plain(incident.serviceName)}: ${title}`;
  return mailTable({
    subject: clamp(subject, 200),
    opening: sayOpening(facts),
    rows: rowsOf(facts),
    links: [facts.room, incident.statusPage],
    closing: `Written by Tocsin at ${sayUtc(at)}. To get no more of these mails, ask the people who run ${plain(incident.serviceName)}.`,
  });
}

/** It was none: nothing was repaired. */
function isCancelled({ incident, kind }: MailFacts): boolean {
  return kind === 'resolved' && incident.cancelled === true;
}

function sayOpening(facts: MailFacts): string {
  const { incident, kind, at } = facts;
  const { id, severity, milestones } = incident;
  const name = plain(incident.serviceName);
  const lasted = sayDuration((milestones.resolved ?? at) - milestones.declared);
  const says: Readonly<Record<MailKind, string>> = {
    declared: `${name} has an incident of severity ${severity}.`,
    raised: `The severity of ${id} is ${severity} now.`,
    long: `${id} has lasted ${lasted} and is not over yet.`,
    resolved: isCancelled(facts) ? `${id} was cancelled after ${lasted}: it was no incident.` : `${id} is resolved after ${lasted}.`,
    merged: `${id} is part of a larger incident: work continues in ${sayMergedInto(incident)}.`,
    reopened: `${id} was resolved and is open again.`,
    typed: `${id} of ${name} is an incident of the type “${sayIncidentType(incident.type ?? 'unknown')}” now.`,
  };
  return says[kind];
}

function rowsOf(facts: MailFacts): readonly (readonly [string, string | null])[] {
  const { incident, leader, room } = facts;
  const { milestones, updates, policy, resolution, situation, eta } = incident;
  const moment = (ms: number) => (policy.time_zone === 'UTC' ? sayUtc(ms) : `${sayUtc(ms)} (${sayLocal(ms, policy.time_zone)})`);
  return [
    ['What', plain(incident.title)],
    ['Type', incident.type === null ? null : sayIncidentType(incident.type)],
    ['Severity', `${incident.severity} (${SEVERITY_NAMES[incident.severity]})`],
    ['Since', moment(milestones.detected ?? milestones.declared)],
    ['Impact', incident.impact ?? (incident.customerImpact ? 'Customers are affected' : 'Not known yet')],
    ['Status', isCancelled(facts) ? 'cancelled' : incident.status],
    ['Situation', situation],
    ['Resolution', resolution],
    ['Expected', resolution === null ? eta : null],
    ['Led by', leader ?? 'nobody yet'],
    ['Next update', updates.dueAt === null ? null : moment(updates.dueAt)],
    ['Status page', incident.statusPage],
    ['Room', room],
  ];
}
