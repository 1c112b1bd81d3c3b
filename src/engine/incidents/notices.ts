import type { EventType, RecordOf } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { Notice, ServiceChannels } from './notice.ts';
import { APPROVAL_NOTICES } from './notices/approvals.ts';
import { canvasNotices } from './notices/canvas.ts';
import { CHANGE_NOTICES } from './notices/changes.ts';
import { COURSE_NOTICES } from './notices/course.ts';
import { DECLARATION_NOTICES } from './notices/declaration.ts';
import { DIAGNOSIS_NOTICES } from './notices/diagnosis.ts';
import { DRILL_NOTICES, staysInDrill } from './notices/drill.ts';
import { ENDING_NOTICES } from './notices/ending.ts';
import { MAIL_NOTICES } from './notices/mail.ts';
import { CUSTOMER_NOTICES } from './notices/notices.ts';
import { PAGERDUTY_NOTICES } from './notices/pagerduty.ts';
import { PEOPLE_NOTICES } from './notices/people.ts';
import { PLAN_NOTICES } from './notices/plans.ts';
import { REACH_NOTICES } from './notices/reach.ts';
import { RECURRENCE_NOTICES } from './notices/recurrence.ts';
import { REVERT_NOTICES } from './notices/reverts.ts';
import { REVIEW_NOTICES } from './notices/review.ts';
import { type NoticesOf, tellOf } from './notices/tell.ts';
import { TRACKING_NOTICES } from './notices/tracking.ts';
import { UPDATE_NOTICES } from './notices/updates.ts';

/** What follows from each type of record: messages and durable runs. From a type that is not here follows nothing but that cards are edited. */
const NOTICES: NoticesOf<EventType> = {
  ...DECLARATION_NOTICES,
  ...COURSE_NOTICES,
  ...PEOPLE_NOTICES,
  ...UPDATE_NOTICES,
  ...ENDING_NOTICES,
  ...REACH_NOTICES,
  ...MAIL_NOTICES,
  ...PAGERDUTY_NOTICES,
  ...CUSTOMER_NOTICES,
  ...DIAGNOSIS_NOTICES,
  ...PLAN_NOTICES,
  ...APPROVAL_NOTICES,
  ...CHANGE_NOTICES,
  ...REVERT_NOTICES,
  ...RECURRENCE_NOTICES,
  ...REVIEW_NOTICES,
  ...TRACKING_NOTICES,
  ...DRILL_NOTICES,
};

/**
 * Who is told what of a record, and what is set going. Pure: written in the transaction of the record itself.
 * A private incident is told of in its own channel only, and to the people it calls; a drill to those who are in it.
 */
export function noticesOf<T extends EventType>(record: RecordOf<T>, incident: Incident, channels: ServiceChannels): readonly Notice[] {
  const tell = tellOf(record.event_id, incident, channels);
  const notices = [...(NOTICES[record.type]?.(record, tell) ?? []), ...canvasNotices(record, tell)];
  return incident.drill === undefined ? notices : notices.filter((notice) => staysInDrill(notice, incident));
}
