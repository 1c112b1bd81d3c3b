import { createHash } from 'node:crypto';
import { S3Error } from './error.ts';

/** One version of an object; `bytes` is `null` in a delete marker. */
export interface StoredVersion {
  readonly versionId: string;
  readonly modified: Date;
  readonly bytes: Buffer | null;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly (readonly [string, string])[];
}

/** The default retention of a bucket with Object Lock. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

/** A bucket's objects with all their versions. */
export class Bucket {
  versioned: boolean;
  /** `null`: Object Lock is off. */
  lock: { retention: Retention | null } | null;
  readonly #objects = new Map<string, StoredVersion[]>();
  #count = 0;

  constructor(options: { versioned?: boolean; lock?: { retention: Retention | null } | null } = {}) {
    this.lock = options.lock ?? null;
    this.versioned = (options.versioned ?? false) || this.lock !== null;
  }

  /** The newest version, delete markers included. */
  newest(key: string): StoredVersion | null {
    return this.#objects.get(key)?.[0] ?? null;
  }

  find(key: string, versionId: string | null): StoredVersion {
    const version = versionId === null ? this.newest(key) : this.#objects.get(key)?.find((candidate) => candidate.versionId === versionId);
    if (version === undefined) throw new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
    if (version === null) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    if (version.bytes === null)
      throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', {
        'x-amz-delete-marker': 'true',
        'x-amz-version-id': version.versionId,
      });
    return version;
  }

  put(key: string, bytes: Buffer, headers: Readonly<Record<string, string>>, tags: StoredVersion['tags']): StoredVersion {
    return this.#add(key, { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}"`, headers, tags });
  }

  /** Deletes as S3 does: a marker in a versioned bucket, the object itself elsewhere. */
  remove(key: string): StoredVersion | null {
    if (this.versioned) return this.#add(key, { bytes: null, etag: '', headers: {}, tags: [] });
    this.#objects.delete(key);
    return null;
  }

  /** Deletes one version for good; Object Lock refuses that. */
  removeVersion(key: string, versionId: string): void {
    if (this.lock?.retention != null) throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    const left = (this.#objects.get(key) ?? []).filter((version) => version.versionId !== versionId);
    if (left.length === 0) this.#objects.delete(key);
    else this.#objects.set(key, left);
  }

  /** Keys with their versions, newest first, in the order of S3: by the bytes of the key. */
  entries(prefix: string): (readonly [key: string, versions: readonly StoredVersion[]])[] {
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  #add(key: string, version: Omit<StoredVersion, 'versionId' | 'modified'>): StoredVersion {
    this.#count += 1;
    const added = { ...version, versionId: this.versioned ? `v${String(this.#count).padStart(6, '0')}` : 'null', modified: new Date() };
    const before = this.versioned ? (this.#objects.get(key) ?? []) : [];
    this.#objects.set(key, [added, ...before]);
    return added;
  }
}
