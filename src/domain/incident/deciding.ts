import { clamp } from '../../lib/clamp.ts';
import type { ChangeEvent } from '../change/events.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../record.ts';
import { type Person } from './commands.ts';
import type { EventData, EventType, IncidentEvent } from './events.ts';

export const MAX_TEXT = 3_000;

export function event<T extends EventType>(actor: Actor, subject: string, type: T, data: EventData[T]): IncidentEvent {
  return { type, v: 1, actor, subject, outcome: 'done', data } as IncidentEvent;
}

/** What a change leads to, as a record. */
export function changeEvent(actor: Actor, subject: string, { type, data, outcome = 'done', artifacts }: ChangeEvent): IncidentEvent {
  return { type, v: 1, actor, subject, outcome, data, ...(artifacts === undefined ? {} : { artifacts }) } as IncidentEvent;
}

export function person(by: Person): Actor {
  return { kind: 'person', id: by.id };
}

export function optional(text: string | null | undefined): string | null {
  const trimmed = clip(text ?? '', MAX_TEXT);
  return trimmed === '' ? null : trimmed;
}

export function required(text: string, what: string): string {
  const trimmed = clip(text, MAX_TEXT);
  if (trimmed === '') throw new UserError('text-missing', `Please give ${what}.`);
  return trimmed;
}

export function clip(text: string, length: number): string {
  return clamp(text.trim(), length);
}
