import { z } from 'zod';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { canonicalBytes } from '../json.ts';
import { PEOPLE_KEY, tagsFor } from '../layout.ts';

/** Ids to names. Records hold ids only, so that a name can be deleted without touching the chain (ADR 3). */
export type People = Readonly<Record<string, string>>;

const peopleSchema = z.record(z.string().regex(/^[\x21-\x7e]{1,200}$/), z.string().min(1).max(200));

/** Longer than any workspace's map; what is longer is not read. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The names that are known, and whether the map could be read: it lies outside the chain, so anybody with the store may have written it. */
export interface KnownPeople {
  readonly people: People;
  readonly readable: boolean;
}

/** Reads the map; empty when there is none, and when it cannot be read: names are never worth stopping for. */
export async function readPeople(store: EvidenceStore): Promise<KnownPeople> {
  try {
    const bytes = await store.get(PEOPLE_KEY);
    if (bytes === null) return { people: {}, readable: true };
    if (bytes.byteLength > MAX_BYTES) return { people: {}, readable: false };
    return { people: peopleSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))), readable: true };
  } catch {
    // Ids are shown alone, and the caller says that the map could not be read.
    return { people: {}, readable: false };
  }
}

/** Replaces the map: adds names, or forgets them. Names that no map can hold are left out. */
export async function writePeople(store: EvidenceStore, people: People): Promise<void> {
  const kept = Object.entries(people).filter(([id, name]) => peopleSchema.safeParse({ [id]: name }).success);
  await store.replace(PEOPLE_KEY, canonicalBytes(Object.fromEntries(kept)), tagsFor(PEOPLE_KEY));
}

/** The id, and beside it the name, if one is known. The id is what the record holds; the name is whatever somebody wrote into the map. */
export function nameOf(people: People, id: string): string {
  const name = Object.hasOwn(people, id) ? plain(people[id] ?? '') : '';
  return name === '' || name === id ? id : `${id} (${name})`;
}

/** Letters, digits and what names have between them: no brackets, no markup, no control or direction characters, 80 characters at most. */
function plain(name: string): string {
  const kept = name.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N} .,'’_-]/gu, ' ');
  return /^.{0,80}/u.exec(kept.replaceAll(/\s+/g, ' ').trim())?.[0].trim() ?? '';
}
