import type { z } from 'zod';
import type { Plan } from '../change/plans.ts';
import type { EventData, EventType, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';

/** Everything that the domain knows of one type of record. */
export interface RecordType<T extends EventType> {
  /** What a record of it carries. What a newer release adds beside that is no error. */
  readonly data: z.ZodObject & z.ZodType<EventData[T]>;
  /** For the type that begins an incident: the state from then on. */
  readonly begins?: (record: RecordOf<T>, at: number) => Incident;
  /** It tells nothing new of the incident: its channel is archived no later for it. */
  readonly quiet?: true;
  /** The state after the record; missing for what changes none. `at`: its time, ms. */
  readonly evolve?: (state: Incident, record: RecordOf<T>, at: number) => Incident;
  /** The record as one plain sentence. */
  readonly says: (record: RecordOf<T>, words: Words) => string;
  /** What was done about the incident, for the update's Actions Taken; missing for what is bookkeeping, or is said elsewhere in the update. */
  readonly action?: (record: RecordOf<T>, names: ActionNames) => string | null;
  /** Its action takes the place of those before of its type. */
  readonly newest?: true;
  /** Its action is told also where its outcome is a failure: that is what it says. */
  readonly failedToo?: true;
  /** Said in the incident's channel, for those who are in it: its action is published by nobody but a person. */
  readonly internal?: true;
}

/** Some of the record types, each under its stored name. */
export type RecordTypes<T extends EventType> = { readonly [K in T]: RecordType<K> };

/** What a sentence is made with. */
export interface Words {
  /** Who did it. */
  readonly by: string;
  /** What a plan is called. */
  readonly titled: (plan: string) => string;
  /** Whether one person's yes is all that a plan needs. */
  readonly confirmed: (plan: string) => boolean;
}

/** What the state calls plans and diagnoses. */
export type ActionNames = Pick<Incident, 'plans' | 'diagnoses'>;

/** What an incident's plans are called, and what they need, by their ids: records of a plan carry nothing but its id. */
export type PlanTitles = Readonly<Record<string, Pick<Plan, 'title'> & Partial<Pick<Plan, 'needs'>>>>;
