import { type Incident, type Status } from '../src/domain/incident.ts';
import { SEVERITY_NAMES } from '../src/domain/severity.ts';
import { sayDuration } from '../src/domain/time.ts';
import { latenessOf } from '../src/domain/update.ts';
import { user, when } from './text.ts';

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  investigating: ':mag: Investigating',
  identified: ':bulb: Identified',
  monitoring: ':eyes: Monitoring',
  resolved: ':white_check_mark: Resolved',
  closed: ':lock: Closed',
};

const SEVERITY_MARKS = { P0: ':red_circle:', P1: ':large_orange_circle:', P2: ':large_yellow_circle:', P3: ':large_blue_circle:' } as const;

export function sayStatus(status: Status): string {
  return STATUS_WORDS[status];
}

/** `:red_circle: P0 (Critical)`: words beside the emoji, since colours are not read by everybody. */
export function saySeverity(severity: Incident['severity']): string {
  return `${SEVERITY_MARKS[severity]} ${severity} (${SEVERITY_NAMES[severity]})`;
}

export function sayCommander(incident: Incident): string {
  const commander = incident.roles['incident-commander'];
  return commander === undefined ? '_nobody yet_' : user(commander);
}

/** When the update is due, how late it is, and whether reminders are snoozed: a snooze never hides the lateness. */
export function sayUpdate(incident: Incident, now: number): string | null {
  const { dueAt, snooze } = incident.updates;
  if (dueAt === null) return null;
  const late = latenessOf(incident, now);
  const due = late > 0 ? `:warning: update ${sayDuration(late)} late (was due ${when(dueAt)})` : `Next update due ${when(dueAt)}`;
  if (snooze === null || snooze.until <= now) return due;
  return `${due}, reminders snoozed until ${when(snooze.until)}`;
}

/** How the acknowledgement stands against its target. */
export function sayAcknowledgement(incident: Incident, now: number): string {
  const { acknowledgement, milestones } = incident;
  if (milestones.acknowledged !== null) {
    const took = sayDuration(milestones.acknowledged - milestones.declared);
    return acknowledgement.breachedAt === null ? `after ${took}` : `after ${took}, past the target`;
  }
  if (acknowledgement.dueAt === null) return '_not acknowledged_';
  const left = acknowledgement.dueAt - now;
  return left > 0 ? `_not yet, due ${when(acknowledgement.dueAt)}_` : `:warning: _not yet, ${sayDuration(left)} late_`;
}
