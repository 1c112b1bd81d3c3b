import { SECURITY_BREACH } from '../incident-type.ts';
import { TOCSIN } from '../streams.ts';
import { clip, event } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { type Numbered, numbered } from './follow-ups.ts';
import type { Incident } from './incident.ts';

/** What Tocsin tells an incident about the issues of its action items. */
export type ItemTold =
  | { readonly type: 'item-exported'; readonly data: EventData['follow-up.exported'] }
  | { readonly type: 'item-synced'; readonly data: EventData['follow-up.synced'] }
  | { readonly type: 'item-unsynced'; readonly data: EventData['follow-up.unsynced'] }
  | { readonly type: 'item-lost'; readonly data: EventData['follow-up.lost'] }
  /** How an issue is there. */
  | { readonly type: 'issue-seen'; readonly data: IssueSeen };

/** How an issue is there as of a moment (ms) of its tracker; `by`: who closed or reopened it. */
export interface IssueSeen {
  readonly number: number;
  readonly id: string;
  readonly done: boolean;
  readonly by: string | null;
  readonly at: number;
}

/** What an issue is written from. */
export interface IssueFacts {
  readonly incident: Incident;
  readonly item: Numbered;
  /** Where people meet, for a browser. */
  readonly room: string;
}

/** An issue as people read it: one line, and paragraphs. */
export interface WrittenIssue {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** Whether action items of an incident become issues where work is tracked: never of a drill, and of what few may know only where the service says so. */
export function isTracked({ policy: { items }, private: isPrivate, type, drill }: Pick<Incident, 'policy' | 'private' | 'type' | 'drill'>): boolean {
  if (items === undefined || drill !== undefined) return false;
  return items.private === true || !(isPrivate || type === SECURITY_BREACH);
}

/** The durable run of an item's issue. */
export function itemRunId(incident: string, number: number): string {
  return `${incident}:item:${number}`;
}

export function isItemTold(ask: { readonly type: string }): ask is ItemTold {
  return TOLD.has(ask.type);
}

const TOLD: ReadonlySet<string> = new Set(['item-exported', 'item-synced', 'item-unsynced', 'item-lost', 'issue-seen'] satisfies ItemTold['type'][]);

/** What becomes of an incident by what happened to an item's issue. */
export function decideItem(state: Incident, { type, data }: ItemTold): readonly IncidentEvent[] {
  const item = numbered(state).find(({ number }) => number === data.number);
  if (item === undefined) return [];
  switch (type) {
    case 'item-exported':
      return item.issue === undefined ? [event(TOCSIN, state.id, 'follow-up.exported', data)] : [];
    case 'item-synced':
      return item.issue?.done === data.done ? [] : [event(TOCSIN, state.id, 'follow-up.synced', data)];
    case 'item-unsynced':
      return [{ ...event(TOCSIN, state.id, 'follow-up.unsynced', { ...data, error: clip(data.error, 500) }), outcome: 'failed' }];
    case 'item-lost':
      return item.issue === undefined || item.issue.lost === true ? [] : [event(TOCSIN, state.id, 'follow-up.lost', data)];
    case 'issue-seen':
      return seen(state, item, data);
  }
}

/** Somebody closed or reopened the issue there. What is known already, or older than what is known, changes nothing. */
function seen(state: Incident, { number, text, issue, done: isDone }: Numbered, { id, done, by, at }: IssueSeen): readonly IncidentEvent[] {
  if (issue === undefined || issue.id !== id || at < issue.at || done === issue.done) return [];
  const { tracker, key } = issue;
  // Both sides said the same, each by themselves.
  if (done === (isDone !== undefined)) return [event(TOCSIN, state.id, 'follow-up.synced', { number, tracker, key, done, at })];
  return [event(TOCSIN, state.id, done ? 'follow-up.done' : 'follow-up.undone', { number, text, via: { tracker, by, at } })];
}
