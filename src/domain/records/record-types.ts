import type { EventType } from '../incident/events.ts';
import { APPROVALS } from './approvals.ts';
import { CHANGES } from './changes.ts';
import { COURSE } from './course.ts';
import { DECLARATION } from './declaration.ts';
import { DIAGNOSIS } from './diagnosis.ts';
import { DRILL_COURSE } from './drill-course.ts';
import { ENDING } from './ending.ts';
import { MAIL } from './mail.ts';
import { NOTICES } from './notices.ts';
import { PAGERDUTY } from './pagerduty.ts';
import { PEOPLE } from './people.ts';
import { PLANS } from './plans.ts';
import { REACH } from './reach.ts';
import type { RecordType, RecordTypes } from './record-type.ts';
import { RECURRENCE } from './recurrence.ts';
import { REVERTS } from './reverts.ts';
import { REVIEW } from './review.ts';
import { TRACKING } from './tracking.ts';
import { UPDATES } from './updates.ts';

/** Every type of record of an incident's stream, with everything that the domain knows of it. The compiler refuses one that is missing. */
export const RECORD_TYPES: RecordTypes<EventType> = {
  ...DECLARATION,
  ...COURSE,
  ...PEOPLE,
  ...UPDATES,
  ...ENDING,
  ...REACH,
  ...MAIL,
  ...PAGERDUTY,
  ...NOTICES,
  ...DIAGNOSIS,
  ...PLANS,
  ...APPROVALS,
  ...CHANGES,
  ...REVERTS,
  ...RECURRENCE,
  ...REVIEW,
  ...TRACKING,
  ...DRILL_COURSE,
};

/** What is known of a type; `null` for one of another stream, or of a newer release. */
export function recordType<T extends EventType>(type: T): RecordType<T> | null {
  return Object.hasOwn(RECORD_TYPES, type) ? RECORD_TYPES[type] : null;
}
