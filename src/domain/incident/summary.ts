import { sayMark } from '../conditions.ts';
import { describeAction } from './describe.ts';
import type { IncidentRecord } from './events.ts';
import { type Incident, isOpen, ROLE_NAMES, ROLES } from './incident.ts';
import { notesTold, withNewestNotes } from './notes.ts';
import { draftUpdate, NOT_KNOWN } from './update.ts';

/** Lines of what was done: the newest. */
const DONE = 8;

/** What somebody needs who joins now, beside the incident itself: for the one who asks, and for the canvas of its channel. */
export interface Summary {
  /** `null`: nobody has said. */
  readonly impact: string | null;
  /** What else is marked: that customers are affected, and so on. */
  readonly also: readonly string[];
  /** Who has a role beside the commander. */
  readonly others: readonly { readonly role: string; readonly user: string }[];
  /** What people said last of how it stands. */
  readonly situation: string;
  /** The newest of what was done, with its time (ms). */
  readonly done: readonly { readonly at: number; readonly text: string }[];
  /** How many there were before those. */
  readonly earlier: number;
  /** What is next, in people's words; empty once it is over. */
  readonly next: readonly string[];
}

/** The facts of a summary, from the incident and its records. Pure. */
export function summaryOf(incident: Incident, records: readonly IncidentRecord[]): Summary {
  const { impact, customerImpact, dataExposure, marks = [], nextSteps, eta } = incident;
  const struck = new Set(notesTold(records).flatMap((note) => (note.struck === null ? [] : [note.seq])));
  const done = withNewestNotes(records).flatMap((record) => {
    const text = struck.has(record.seq) ? null : describeAction(record, incident);
    return text === null ? [] : [{ at: Date.parse(record.time), text }];
  });
  return {
    impact,
    also: [...(customerImpact ? ['customers are affected'] : []), ...(dataExposure ? ['data is exposed'] : []), ...marks.map(sayMark)],
    others: ROLES.filter((role) => role !== 'incident-commander').flatMap((role) => {
      const user = incident.roles[role];
      return user === undefined ? [] : [{ role: ROLE_NAMES[role].toLowerCase(), user }];
    }),
    situation: draftUpdate(incident).current_situation,
    done: done.slice(-DONE),
    earlier: Math.max(0, done.length - DONE),
    next: isOpen(incident) ? [nextSteps ?? NOT_KNOWN, ...(eta === null ? [] : [`ETA: ${eta}`])] : [],
  };
}
