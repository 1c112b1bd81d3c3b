import type { MailKind } from '../records/data/mail.ts';
import { GRAVE, isGraver, type Severity } from '../severity.ts';
import { TOCSIN } from '../streams.ts';
import { event } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { type Incident, isOpen, pagedSince } from './incident.ts';

/** What Tocsin tells an incident about its mails. */
export type MailTold =
  | { readonly type: 'mail-sent'; readonly data: EventData['mail.sent'] }
  | { readonly type: 'mail-failed'; readonly data: EventData['mail.failed'] };

/** What a mail is written from. */
export interface MailFacts {
  readonly incident: Incident;
  readonly kind: MailKind;
  /** When it is written, ms. */
  readonly at: number;
  /** What the commander is called; `null` while nobody has the command. */
  readonly leader: string | null;
  /** Where people meet, for a browser; `null` while there is no room. */
  readonly room: string | null;
}

/** What an incident was when the stakeholders were to hear of it. */
export type MailMoment = Pick<Incident, 'severity' | 'type'>;

/** Stakeholders who hear the same. What is missing limits nothing. */
export interface Stakeholders {
  readonly to: readonly string[];
  readonly severities?: readonly Severity[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly kinds?: readonly MailKind[] | undefined;
}

/** What says how an incident ends: for those who were to hear of it as it was then, however grave it is by now. */
const ENDS: ReadonlySet<MailKind> = new Set(['resolved', 'merged', 'reopened']);

/** Who hears of an incident by its `nth` mail of this kind (AU-05), by what it was when that was due: each address once. */
export function whoIsMailed(
  all: readonly Stakeholders[],
  incident: Pick<Incident, 'severity' | 'type' | 'mails' | 'mailed'>,
  kind: MailKind,
  nth: number,
): readonly string[] {
  const { mails = [], mailed = [] } = incident;
  const at = mails.flatMap((one, i) => (one === kind ? [i] : []))[nth - 1] ?? mails.length;
  const before = mailed.slice(0, at);
  const now = mailed[at] ?? incident;
  const isTold = (one: Stakeholders): boolean => {
    if (one.kinds?.includes(kind) === false) return false;
    if (ENDS.has(kind)) return before.some((moment) => fits(one, moment));
    // Of a type they hear who hear of that type alone, unless they heard of it as what it was.
    if (kind === 'typed' && (one.types === undefined || before.some((moment) => fits(one, moment)))) return false;
    return fits(one, now);
  };
  return [...new Map(all.filter(isTold).flatMap(({ to }) => to.map((address) => [address.toLowerCase(), address] as const))).values()];
}

function fits({ severities, types }: Stakeholders, { severity, type }: MailMoment): boolean {
  return severities?.includes(severity) !== false && (types === undefined || (type !== null && types.includes(type)));
}

/** A mail as people read it: as text, and the same as HTML. */
export interface WrittenMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * The mails that follow from what was decided (VQ-17, AU-05). A private incident is never mailed, and of one that the stakeholders were told nothing of
 * they hear no end.
 */
export function mailsAfter(state: Incident | null, events: readonly IncidentEvent[]): readonly IncidentEvent[] {
  return events.flatMap((one) => {
    const kind = mailOf(state, one);
    return kind === null ? [] : [mailDue(state, one.subject, kind)];
  });
}

/** When the stakeholders hear that it lasts long, ms; `null` where they do not, or have. */
export function longMailAt(incident: Incident): number | null {
  const { mail } = incident.policy;
  if (mail === undefined || incident.private || !isOpen(incident) || incident.mails?.includes('long') === true) return null;
  return pagedSince(incident) + mail.after_ms;
}

/** That a mail is to go out. */
export function mailDue(state: Incident | null, subject: string, kind: MailKind, actor: IncidentEvent['actor'] = TOCSIN): IncidentEvent {
  const before = state?.mails?.filter((one) => one === kind).length ?? 0;
  return event(actor, subject, 'mail.due', { kind, nth: before + 1 });
}

/** Whether the stakeholders were to hear of it already. */
function isKnown({ severity, mails = [] }: Incident): boolean {
  return GRAVE.has(severity) || mails.length > 0;
}

function mailOf(state: Incident | null, { type, data }: IncidentEvent): MailKind | null {
  if (type === 'incident.declared') return data.policy.mail !== undefined && !data.private && GRAVE.has(data.severity) ? 'declared' : null;
  if (state === null || state.private || state.policy.mail === undefined) return null;
  if (type === 'severity.changed') return isOpen(state) && GRAVE.has(data.to) && isGraver(data.to, data.from) ? 'raised' : null;
  if (type === 'type.changed') return isOpen(state) && state.policy.mail.by_type === true && isKnown(state) ? 'typed' : null;
  if ((state.mails ?? []).length === 0) return null;
  if (type === 'incident.resolved') return 'resolved';
  if (type === 'incident.reopened') return 'reopened';
  return type === 'incident.merged' && isOpen(state) ? 'merged' : null;
}
