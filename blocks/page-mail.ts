import type { Incident } from '../src/domain/incident/incident.ts';
import type { WrittenMail } from '../src/domain/incident/mails.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { clamp } from '../src/lib/clamp.ts';
import { sayDuration, sayLocal, sayUtc } from '../src/lib/time.ts';
import { mailTable } from './mail-html.ts';
import { plain } from './text.ts';

/** To somebody who is called and whom Slack did not reach. `at`: when it is written, ms; `room`: where people meet, for a browser. */
export function pageMail({ incident, at, room }: { readonly incident: Incident; readonly at: number; readonly room: string | null }): WrittenMail {
  const { id, severity, milestones, acknowledgement, policy } = incident;
  const name = plain(incident.serviceName);
  const title = plain(incident.title);
  const moment = (ms: number) => (policy.time_zone === 'UTC' ? sayUtc(ms) : `${sayUtc(ms)} (${sayLocal(ms, policy.time_zone)})`);
  const due = acknowledgement.dueAt;
  const waits = due === null ? '' : ` It waits for somebody to acknowledge it${due > at ? ` by ${moment(due)}` : `, ${sayDuration(at - due)} late`}.`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['What', title],
    ['Severity', `${severity} (${SEVERITY_NAMES[severity]})`],
    ['Since', moment(milestones.detected ?? milestones.declared)],
    ['Impact', incident.impact],
    ['Room', room],
  ];
  return mailTable({
    subject: clamp(`You are called: ${id} ${severity} ${name}: ${title}`, 200),
    opening: `You are called for ${id} of ${name}, and Slack does not let Tocsin tell you.${waits}`,
    rows,
    links: [room],
    closing: `Open the incident’s channel in Slack and type /incident ack, or call your team another way. Written by Tocsin at ${sayUtc(at)}.`,
  });
}
