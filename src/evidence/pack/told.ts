import { z } from 'zod';
import { notesTold } from '../../domain/incident/notes.ts';
import type { StoredRecord } from '../../domain/record.ts';

/** How a note begins that is a lesson of the review. */
export const LESSON_NOTE = /^lessons?\b\s*:?\s*/i;
/** How a note begins that is to be done afterwards. */
export const ACTION_NOTE = /^action(?: items?)?\s*:\s*/i;

/** Records that tell of the bookkeeping, and not of the incident. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'acknowledgement.reminded',
  'approval.possible',
  'approval.reminded',
  'card.posted',
  'checklist.ticked',
  'command.refused',
  'diagnosis.requested',
  'diagnosis.step',
  'evidence.captured',
  'follow-up.synced',
  'follow-up.unsynced',
  'mail.due',
  'message.failed',
  'note.edited',
  'note.struck',
  'pagerduty.dropped',
  'pagerduty.due',
  'notice.offered',
  'notice.reminded',
  'person.mailed',
  'person.reached',
  'revert.reminded',
  'revert.waiting',
  'review.drafted',
  'review.opened',
  'review.reminded',
  'review.undrafted',
  'canvas.created',
  'canvas.left',
  'room.archive-due',
  'room.archived',
  'room.created',
  'room.lost',
  'update.offered',
  'update.reminded',
  'update.snoozed',
]);

const resolved = z.object({ summary: z.string() });
const itemSchema = z.object({ text: z.string(), owner: z.string().nullish(), due: z.string().nullish(), priority: z.string().nullish() });
const issueSchema = z.object({ number: z.number(), key: z.string(), url: z.string() });
const numberedSchema = z.object({ number: z.number() });

/** Whether records of this type tell of the incident, and not of the bookkeeping. */
export function isTold(type: string): boolean {
  return !BOOKKEEPING.has(type);
}

/** What people said fixed it when it was resolved last, unless it was reopened since. */
export function resolutionOf(records: readonly StoredRecord[]): string | null {
  const ending = records.findLast(({ type }) => type === 'incident.resolved' || type === 'incident.reopened');
  return ending?.type === 'incident.resolved' ? (dataOf(resolved, ending)?.summary ?? null) : null;
}

/** An action item as the records tell of it. */
export interface ItemTold {
  readonly text: string;
  readonly owner: string | null;
  readonly due: string | null;
  readonly priority: string | null;
  readonly done: boolean;
  /** Its issue where work is tracked. */
  readonly issue: { readonly key: string; readonly url: string } | null;
}

/** What was put down for the review, and whether it is done; items are numbered in the order of their records. */
export function followUpsOf(records: readonly StoredRecord[]): readonly ItemTold[] {
  const turned = records.filter(({ type }) => type === 'follow-up.done' || type === 'follow-up.undone');
  const last = new Map(turned.map((record) => [dataOf(numberedSchema, record)?.number, record.type]));
  const exported = records.flatMap((record) => (record.type === 'follow-up.exported' ? (dataOf(issueSchema, record) ?? []) : []));
  const added = records.filter(({ type }) => type === 'follow-up.added');
  return added.flatMap((record, i) => {
    const item = dataOf(itemSchema, record);
    if (item === null) return [];
    const { text, owner = null, due = null, priority = null } = item;
    const issue = exported.findLast(({ number }) => number === i + 1) ?? null;
    return [{ text, owner, due, priority, done: last.get(i + 1) === 'follow-up.done', issue }];
  });
}

/** Notes that begin so, without the beginning: `Lesson: ...`. Each reads as it does now, and one that was struck is none. */
export function notesOf(records: readonly StoredRecord[], begin: RegExp): readonly string[] {
  return notesTold(records).flatMap(({ struck, ...note }) => {
    const text = struck === null ? note.text.trim() : '';
    const rest = text.replace(begin, '');
    return rest === text || rest === '' ? [] : [rest];
  });
}

/** `2026-11-30 12:00 UTC` */
export function moment(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

/** What a record carries, as far as it is of this form; `null` otherwise. */
export function dataOf<S extends z.ZodType>(schema: S, record: StoredRecord | undefined): z.output<S> | null {
  const parsed = schema.safeParse(record?.data);
  return parsed.success ? parsed.data : null;
}
