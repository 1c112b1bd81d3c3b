import { type EvidenceStore, EvidenceStoreError, type ObjectTags, type ObjectVersion, type PutOutcome } from '../../../src/ports/evidence.ts';

interface Version {
  readonly versionId: string;
  /** `null`: a delete marker. */
  readonly bytes: Uint8Array | null;
}

/** An evidence store in memory that keeps versions as a bucket does, with the ways an intruder has: change, remove, add a version. */
export class MemoryStore implements EvidenceStore {
  readonly location = 'memory';
  readonly tags = new Map<string, ObjectTags>();
  readonly #objects = new Map<string, Version[]>();
  readonly #versioned: boolean;
  #count = 0;

  constructor(options: { versioned?: boolean } = {}) {
    this.#versioned = options.versioned ?? true;
  }

  async put(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<PutOutcome> {
    const found = this.#latest(key);
    if (found !== null) return { kind: 'exists', bytes: found };
    this.tags.set(key, tags);
    this.addVersion(key, bytes);
    return { kind: 'created' };
  }

  async replace(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<void> {
    if (key !== 'people.json') throw new EvidenceStoreError('invalid', `${key} is written once.`);
    this.tags.set(key, tags);
    this.addVersion(key, bytes);
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.#latest(key);
  }

  async *list(prefix: string): AsyncIterable<string> {
    for (const key of this.keys(prefix)) yield key;
  }

  versions(prefix: string): AsyncIterable<ObjectVersion> | null {
    return this.#versioned ? this.#versions(prefix) : null;
  }

  /** Keys whose newest version is there, in order. */
  keys(prefix = ''): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && this.#latest(key) !== null).sort();
  }

  read(key: string): Uint8Array {
    const bytes = this.#latest(key);
    if (bytes === null) throw new Error(`no ${key}`);
    return bytes;
  }

  /** Changes an object without a trace. */
  overwrite(key: string, bytes: Uint8Array): void {
    this.#objects.set(key, [{ versionId: this.#nextId(), bytes }]);
  }

  /** Removes an object without a trace. */
  erase(key: string): void {
    this.#objects.delete(key);
  }

  addVersion(key: string, bytes: Uint8Array): void {
    this.#objects.set(key, [{ versionId: this.#nextId(), bytes }, ...(this.#objects.get(key) ?? [])]);
  }

  addDeleteMarker(key: string): void {
    this.#objects.set(key, [{ versionId: this.#nextId(), bytes: null }, ...(this.#objects.get(key) ?? [])]);
  }

  clone(): MemoryStore {
    const copy = new MemoryStore({ versioned: this.#versioned });
    for (const [key, versions] of this.#objects) copy.#objects.set(key, [...versions]);
    copy.#count = this.#count;
    return copy;
  }

  async *#versions(prefix: string): AsyncIterable<ObjectVersion> {
    for (const key of [...this.#objects.keys()].filter((name) => name.startsWith(prefix)).sort()) {
      for (const [index, version] of (this.#objects.get(key) ?? []).entries()) {
        yield { key, versionId: version.versionId, deleteMarker: version.bytes === null, latest: index === 0 };
      }
    }
  }

  #latest(key: string): Uint8Array | null {
    return this.#objects.get(key)?.[0]?.bytes ?? null;
  }

  #nextId(): string {
    this.#count += 1;
    return `v${this.#count}`;
  }
}
