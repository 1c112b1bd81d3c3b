import type { Issue } from '../src/domain/change/plans.ts';
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

/** An item in one line: its number and text, how soon, whose it is, until when, and its issue. */
export function sayItem(item: Numbered, incident: Incident, now: number): string {
  const due = item.due === undefined ? [] : [`by ${when(momentIn(incident.policy.time_zone, item.due, '12:00'), 'day')}`];
  const isLate = isOverdue(item, incident, now);
  const unowned = isLate ? ['nobody owns it'] : [];
  const priority = item.priority === undefined ? [] : [`${item.priority} priority`];
  const issue = item.issue === undefined ? [] : [sayIssue(item.issue)];
  const owner = item.owner === undefined ? unowned : [user(item.owner)];
  const about = [...priority, ...owner, ...due, ...(isLate ? ['*overdue*'] : []), ...issue];
  return `${item.number}. ${safe(clamp(item.text, 300))}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

function sayIssue({ key, url, lost }: Issue): string {
  return lost === true ? `${safe(key)} is gone` : `<${url}|${safe(key)}>`;
}
