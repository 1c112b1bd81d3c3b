import { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import type { EvidenceStore } from '../engine/ports.ts';
import { canonicalBytes } from './json.ts';
import { PEOPLE_KEY, tagsFor } from './layout.ts';

/** Ids to names. Records hold ids only, so that a name can be deleted without touching the chain (DESIGN, Evidence: Redact). */
export type People = Readonly<Record<string, string>>;

const peopleSchema = z.record(z.string().regex(/^[\x21-\x7e]{1,200}$/), z.string().min(1).max(200));

/** Reads the map; empty when there is none. Throws TocsinError `people-invalid`. */
export async function readPeople(store: EvidenceStore): Promise<People> {
  const bytes = await store.get(PEOPLE_KEY);
  if (bytes === null) return {};
  try {
    return peopleSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new TocsinError('people-invalid', `${PEOPLE_KEY} in ${store.location} is no map of ids to names.`, { cause });
  }
}

/** Replaces the map: adds names, or forgets them. */
export async function writePeople(store: EvidenceStore, people: People): Promise<void> {
  await store.replace(PEOPLE_KEY, canonicalBytes(peopleSchema.parse(people)), tagsFor(PEOPLE_KEY));
}

/** The name of an id, or the id itself when nobody knows it any more. */
export function nameOf(people: People, id: string): string {
  return Object.hasOwn(people, id) ? (people[id] ?? id) : id;
}
