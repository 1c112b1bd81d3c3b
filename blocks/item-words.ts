import { isOverdue, type Numbered } from '../src/domain/incident/follow-ups.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { momentIn } from '../src/lib/zoned.ts';
import { safe } from './outside.ts';
import { clamp, user, when } from './text.ts';

/** `2 of 3 done, 1 overdue` */
export function sayItems(incident: Incident, now: number): string {
  const { followUps } = incident;
  const overdue = followUps.filter((item) => isOverdue(item, incident, now)).length;
  const done = followUps.filter((item) => item.done !== undefined).length;
  return `${done} of ${followUps.length} done${overdue === 0 ? '' : `, ${overdue} overdue`}`;
}

/** An item in one line: its number and text, whose it is, and until when. */
export function sayItem(item: Numbered, incident: Incident, now: number): string {
  const owner = item.owner === undefined ? [] : [user(item.owner)];
  const due = item.due === undefined ? [] : [`by ${when(momentIn(incident.policy.time_zone, item.due, '12:00'), 'day')}`];
  const late = isOverdue(item, incident, now) ? ['*overdue*'] : [];
  const about = [...owner, ...due, ...late];
  return `${item.number}. ${safe(clamp(item.text, 300))}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}
