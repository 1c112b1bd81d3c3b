import type { IncidentRecord } from '../src/domain/incident/events.ts';
import { type Incident, isOpen } from '../src/domain/incident/incident.ts';
import type { WrittenMail } from '../src/domain/incident/mails.ts';
import { sayIncidentType } from '../src/domain/incident-type.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { clamp } from '../src/lib/clamp.ts';
import { own } from '../src/lib/own.ts';
import { sayDuration, sayLocal, sayUtc } from '../src/lib/time.ts';
import { mailTable } from './mail-html.ts';
import { groupsUnnamed, plain } from './text.ts';

interface PageMail {
  readonly incident: Incident;
  /** What they are called for. */
  readonly record: IncidentRecord | null;
  /** It goes out no more once somebody has acknowledged. Any other may go out long after that, and must be true then. */
  readonly untilAnswered: boolean;
  /** When it is written, ms. */
  readonly at: number;
  /** Where people meet, for a browser. */
  readonly room: string | null;
  /** What people are called, as far as it is known. */
  readonly names: Readonly<Record<string, string>>;
}

/** To somebody who is called and whom Slack did not reach. */
export function pageMail({ incident, record, untilAnswered, at, room, names }: PageMail): WrittenMail {
  const { id, severity, milestones, acknowledgement, policy } = incident;
  const name = plain(incident.serviceName);
  const title = plain(incident.title);
  const moment = (ms: number) => (policy.time_zone === 'UTC' ? sayUtc(ms) : `${sayUtc(ms)} (${sayLocal(ms, policy.time_zone)})`);
  const due = acknowledgement.dueAt;
  const waitsNow =
    due === null ? '' : ` It waits for somebody to acknowledge it${due > at ? ` by ${moment(due)}` : `, ${sayDuration(at - due)} late`}.`;
  const waited = due === null ? '' : ` Nobody had acknowledged it at ${sayUtc(at)}.`;
  const why = record === null ? null : sayWhy(record);
  const asked = untilAnswered ? ' and type /incident ack' : ', type /incident ack if it still waits for that';
  const first = isOpen(incident) && milestones.acknowledged === null ? asked : '';
  const rows: readonly (readonly [string, string | null])[] = [
    ['What', title],
    ['Why', why === null ? null : named(why, names)],
    ['Severity', `${severity} (${SEVERITY_NAMES[severity]})`],
    ['Since', moment(milestones.detected ?? milestones.declared)],
    ['Impact', incident.impact],
    ['Room', room],
  ];
  return mailTable({
    subject: clamp(`You are called: ${id} ${severity} ${name}: ${title}`, 200),
    opening: `You are called for ${id} of ${name}, and Slack does not let Tocsin tell you.${untilAnswered ? waitsNow : waited}`,
    rows,
    links: [room],
    closing: `Open the incident’s channel in Slack${first}, or call your team another way. Written by Tocsin at ${sayUtc(at)}.`,
  });
}

/** Why somebody is called; `null` of a declaration, where what happens is why. */
function sayWhy(record: IncidentRecord): string | null {
  if (record.type === 'incident.escalated') return record.data.reason;
  if (record.type === 'incident.reopened') return `Reopened: ${record.data.reason}`;
  if (record.type === 'severity.changed') return `Raised to ${record.data.to}: ${record.data.reason}`;
  if (record.type !== 'type.changed') return null;
  const { to, reason } = record.data;
  return `The type is ${sayIncidentType(to)} now${reason === null ? '' : `: ${reason}`}`;
}

/** People by their names: nobody looks up an id in a mail. */
function named(text: string, names: PageMail['names']): string {
  return groupsUnnamed(text).replaceAll(/<@([A-Z0-9]{2,20})>/g, (mention, id: string) => own(names, id) ?? mention);
}
