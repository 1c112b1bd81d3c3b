import { createHash } from 'node:crypto';
import { S3Error } from './error.ts';
import { Uploads } from './uploads.ts';

/** One version of an object; `bytes` is `null` in a delete marker. */
export interface StoredVersion {
  readonly versionId: string;
  readonly modified: Date;
  /** Empty in a sparse object, which only says that it has `size` bytes. */
  readonly bytes: Buffer | null;
  readonly size: number;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: Tags;
}

export type Tags = readonly (readonly [key: string, value: string])[];

/** What an object holds. A sparse one pretends to be of a size without having the bytes. */
export interface Content {
  readonly bytes: Buffer;
  readonly size: number;
  /** Where it is not the MD5 of the bytes. */
  readonly etag?: string;
}

/** The default retention of a bucket with Object Lock. */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

export interface BucketOptions {
  readonly versioned?: boolean;
  readonly lock?: { retention: Retention | null } | null;
  /** The bucket's policy denies what is written without these headers: `x-amz-server-side-encryption: aws:kms`. */
  readonly demands?: Readonly<Record<string, string>>;
  /** The bucket's clock, ms. */
  readonly now?: () => number;
}

/** A bucket's objects with all their versions. */
export class Bucket {
  versioned: boolean;
  /** `null`: Object Lock is off. */
  lock: { retention: Retention | null } | null;
  demands: Readonly<Record<string, string>>;
  readonly uploads = new Uploads();
  readonly now: () => number;
  readonly #objects = new Map<string, StoredVersion[]>();
  #count = 0;

  constructor(options: BucketOptions = {}) {
    this.demands = options.demands ?? {};
    this.lock = options.lock ?? null;
    this.versioned = (options.versioned ?? false) || this.lock !== null;
    this.now = options.now ?? Date.now;
  }

  /** The newest version, delete markers included. */
  newest(key: string): StoredVersion | null {
    return this.#objects.get(key)?.[0] ?? null;
  }

  /** A version, or the newest one; `null` where there is none. */
  version(key: string, versionId: string | null): StoredVersion | null {
    if (versionId === null) return this.newest(key);
    return this.#objects.get(key)?.find((candidate) => candidate.versionId === versionId) ?? null;
  }

  /** A version that can be read, or the newest one. Throws what S3 answers where there is none, or a delete marker. */
  find(key: string, versionId: string | null): StoredVersion {
    const version = this.version(key, versionId);
    if (version === null && versionId !== null) throw new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
    if (version === null) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    if (version.bytes !== null) return version;
    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
    if (versionId !== null) throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', headers);
    throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', headers);
  }

  /** `at`: when it is said to have been written; now, when it is left out. */
  put(key: string, content: Buffer | Content, headers: Readonly<Record<string, string>> = {}, tags: Tags = [], at?: Date): StoredVersion {
    const { bytes, size, etag } = Buffer.isBuffer(content) ? { bytes: content, size: content.length, etag: undefined } : content;
    return this.#add(key, { bytes, size, etag: etag ?? `"${md5(bytes)}"`, headers, tags }, at);
  }

  /** Puts an object that pretends to be `size` bytes long. */
  putSparse(key: string, size: number, headers: Readonly<Record<string, string>> = {}): StoredVersion {
    return this.put(key, { bytes: Buffer.alloc(0), size, etag: `"${md5(`${key}:${size}`)}-1"` }, headers);
  }

  /** Puts other tags in the place of a version's tags. */
  tag(key: string, versionId: string | null, tags: Tags): StoredVersion {
    const version = { ...this.find(key, versionId), tags };
    const versions = this.#objects.get(key) ?? [];
    this.#objects.set(
      key,
      versions.map((one) => (one.versionId === version.versionId ? version : one)),
    );
    return version;
  }

  /** Deletes as S3 does: a marker in a versioned bucket, the object itself elsewhere. */
  remove(key: string, at?: Date): StoredVersion | null {
    if (this.versioned) return this.#add(key, { bytes: null, size: 0, etag: '', headers: {}, tags: [] }, at);
    this.#objects.delete(key);
    return null;
  }

  /** Deletes one version for good; Object Lock refuses that. Whether it was a delete marker. */
  removeVersion(key: string, versionId: string): boolean {
    if (this.lock?.retention != null) throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    const versions = this.#objects.get(key) ?? [];
    const left = versions.filter((version) => version.versionId !== versionId);
    if (left.length === 0) this.#objects.delete(key);
    else this.#objects.set(key, left);
    return versions.find((version) => version.versionId === versionId)?.bytes === null;
  }

  /** Keys with their versions, newest first, in the order of S3: by the bytes of the key. */
  entries(prefix: string): (readonly [key: string, versions: readonly StoredVersion[]])[] {
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, versions]) => [Buffer.from(key), [key, versions]] as const)
      .sort(([left], [right]) => Buffer.compare(left, right))
      .map(([, entry]) => entry);
  }

  #add(key: string, version: Omit<StoredVersion, 'versionId' | 'modified'>, at = new Date(this.now())): StoredVersion {
    this.#count += 1;
    const versionId = this.versioned ? `v${String(this.#count).padStart(6, '0')}` : 'null';
    const added = { ...version, versionId, modified: at };
    const before = this.versioned ? (this.#objects.get(key) ?? []) : [];
    this.#objects.set(key, [added, ...before]);
    return added;
  }
}

export function md5(content: Buffer | string): string {
  return createHash('md5').update(content).digest('hex');
}
