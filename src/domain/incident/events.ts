import type { ChangeEventData } from '../change/events.ts';
import type { NewRecord, StoredRecord } from '../record.ts';
import type { COURSE_DATA } from '../records/data/course.ts';
import type { DataOf } from '../records/data/data-of.ts';
import type { DECLARATION_DATA } from '../records/data/declaration.ts';
import type { DRILL_COURSE_DATA } from '../records/data/drill-course.ts';
import type { ENDING_DATA } from '../records/data/ending.ts';
import type { MAIL_DATA } from '../records/data/mail.ts';
import type { PAGERDUTY_DATA } from '../records/data/pagerduty.ts';
import type { PEOPLE_DATA } from '../records/data/people.ts';
import type { REACH_DATA } from '../records/data/reach.ts';
import type { REVIEW_DATA } from '../records/data/review.ts';
import type { TRACKING_DATA } from '../records/data/tracking.ts';
import type { UPDATE_DATA } from '../records/data/updates.ts';

/** What each record type of an incident's stream carries, as its schema says (src/domain/records/data). Keys are the stored names. */
export interface EventData
  extends ChangeEventData,
    DataOf<typeof DECLARATION_DATA>,
    DataOf<typeof COURSE_DATA>,
    DataOf<typeof PEOPLE_DATA>,
    DataOf<typeof UPDATE_DATA>,
    DataOf<typeof ENDING_DATA>,
    DataOf<typeof REACH_DATA>,
    DataOf<typeof MAIL_DATA>,
    DataOf<typeof PAGERDUTY_DATA>,
    DataOf<typeof REVIEW_DATA>,
    DataOf<typeof TRACKING_DATA>,
    DataOf<typeof DRILL_COURSE_DATA> {}

export type EventType = keyof EventData;
export type IncidentEvent = { [T in EventType]: NewRecord<T, EventData[T]> }[EventType];
/** A record of one of these types; unless told, of any. */
export type RecordOf<T extends EventType = EventType> = { [K in T]: StoredRecord<K, EventData[K]> }[T];
export type IncidentRecord = RecordOf;
