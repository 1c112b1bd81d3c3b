import { sayDuration } from '../../../lib/time.ts';
import { nameOf, type People } from '../people.ts';
import { type Describe, escapeMarkdown } from '../timeline.ts';
import { moment } from '../told.ts';
import type { Facts } from './facts.ts';

/** What the papers after an incident are written with. */
export interface ReviewOptions {
  readonly people: People;
  readonly describe: Describe;
}

/** These papers look for causes in systems, never in people. */
export const BLAMELESS = 'This paper is blameless: it asks what in the systems and the process made this possible, and never who is at fault.';
export const FROM_RECORD = 'Tocsin filled it from the record. All times are UTC. Lines with “To fill in” are for people to write.';

/** A question that the record does not answer. */
export function question(text: string): string {
  return `- [ ] **To fill in:** ${text}`;
}

/** A person by id and name, as text of Markdown. */
export function person(people: People, id: string): string {
  return escapeMarkdown(nameOf(people, id));
}

/** A table, or what is said where it has no row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): readonly string[] {
  if (rows.length === 0) return [none];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** `2 h 5 min (2026-11-30 10:00 UTC to 2026-11-30 12:05 UTC)`, or since when it goes on. */
export function sayLasting({ detectedAt, resolvedAt }: Facts): string {
  if (resolvedAt === null) return `not over: since ${moment(detectedAt)}`;
  return `${sayDuration(Date.parse(resolvedAt) - Date.parse(detectedAt))} (${moment(detectedAt)} to ${moment(resolvedAt)})`;
}

/** `P1`, or `P2, then P1, then P2`. */
export function saySeverities({ declared, severities }: Facts): string {
  if (declared === null) return 'unknown';
  return [declared.severity, ...severities.map(({ data }) => data.to)].join(', then ');
}

/** `Frontend (component cache)` */
export function sayService({ declared }: Facts): string {
  if (declared === null) return 'unknown';
  return escapeMarkdown(declared.service_name + (declared.component == null ? '' : ` (component ${declared.component})`));
}
