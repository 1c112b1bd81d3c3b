import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import {
  type EvidenceStore,
  EvidenceStoreError,
  type ListOptions,
  type ObjectTags,
  type ObjectVersion,
  type PutOutcome,
} from '../../ports/evidence.ts';
import { awsAgents } from '../aws/agents.ts';
import { assertKey, assertPrefix, assertReplaceable } from './keys.ts';
import { classify, type S3Failure, storeError } from './s3-errors.ts';
import { listedKeys, listedVersions } from './s3-listing.ts';

/** Waits before each further try, in milliseconds. */
const PAUSES_MS = [100, 300, 1_000, 3_000];

/** What a write takes. A policy's demand for encryption is answered by S3 as a right that is missing. */
const TO_WRITE = 's3:PutObject and s3:PutObjectTagging; if they have it, the bucket may demand encryption (evidence.s3.encryption)';

/** Time for one try, in milliseconds, besides a millisecond for each kilobyte of what is sent. */
const TIMEOUT_MS = 10_000;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  pem: 'application/x-pem-file',
  xml: 'application/atom+xml; charset=utf-8',
};

export interface S3StoreOptions {
  readonly bucket: string;
  /** Where in the bucket the layout begins: empty, or a folder. */
  readonly prefix?: string;
  readonly region?: string;
  /** Another S3 than Amazon's (AWS_ENDPOINT_URL): the bucket then goes into the path, since its host has no name of its own. */
  readonly endpoint?: string;
  /** Default: the SDK's own chain of environment, files and instance roles. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
  /** What the bucket's policy demands of every object that is written; unset leaves it to the bucket's own setting. */
  readonly encryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** With `aws:kms`: the key's ARN or id; the account's own key for S3 when unset. */
  readonly kmsKeyId?: string;
  /** What is in it is shown to people and written again and again, and is no evidence. */
  readonly shows?: boolean;
  readonly timeoutMs?: number;
  /** Tests pass one that does not wait. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** What `tocsin doctor` wants to know of a bucket. `denied`: the credentials may not look. */
export interface BucketInspection {
  readonly location: string;
  readonly versioning: 'on' | 'off' | 'denied';
  /** `days` is the default retention, `null` without one; a year counts 365. */
  readonly objectLock: 'off' | 'denied' | { readonly mode: string | null; readonly days: number | null };
  readonly conditionalWrites: 'honoured' | 'ignored';
}

/** How a request is named in errors, and the permission it takes. */
interface Request {
  readonly what: string;
  readonly permission: string;
  readonly writing: boolean;
  readonly bytes?: number;
}

/**
 * Evidence in an S3 bucket (ADR 3). Objects are created by conditional writes with a SHA-256 checksum, which is
 * what makes it safe to try again after an answer that was lost.
 */
export class S3Store implements EvidenceStore {
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #encryption: Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>;
  readonly #shows: boolean;
  readonly #timeoutMs: number;
  readonly #sleep: (ms: number) => Promise<unknown>;

  /** Opens a bucket without asking it anything yet. Throws EvidenceStoreError `invalid` for a prefix that is none. */
  static open(options: S3StoreOptions): S3Store {
    return new S3Store(options);
  }

  private constructor(options: S3StoreOptions) {
    const folder = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
    assertPrefix(folder);
    this.#bucket = options.bucket;
    this.#prefix = folder === '' ? '' : `${folder}/`;
    this.location = `s3://${options.bucket}/${this.#prefix}`;
    this.#encryption = {
      ...(options.encryption === undefined ? {} : { ServerSideEncryption: options.encryption }),
      ...(options.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.kmsKeyId }),
    };
    this.#shows = options.shows === true;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#sleep = options.sleep ?? setTimeout;
    this.#client = new S3Client({
      // One try each: the tries are counted here, where it is known which of them are safe.
      maxAttempts: 1,
      requestHandler: awsAgents(),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    });
  }

  async put(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<PutOutcome> {
    assertKey(key);
    const request = {
      what: `PUT ${this.location}${key}`,
      permission: TO_WRITE,
      writing: true,
      bytes: bytes.byteLength,
    };
    return this.#try(request, async (abortSignal) => {
      try {
        await this.#client.send(new PutObjectCommand({ ...this.#object(key, bytes), IfNoneMatch: '*', Tagging: tagging(tags) }), { abortSignal });
        return { kind: 'created' };
      } catch (error) {
        if (classify(error) !== 'exists') throw error;
      }
      const there = await this.get(key);
      if (there === null) throw new EvidenceStoreError('uncertain', `${request.what}: it exists and cannot be read; somebody is deleting.`);
      return { kind: 'exists', bytes: there };
    });
  }

  async replace(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<void> {
    assertKey(key);
    if (!this.#shows) assertReplaceable(key);
    const request = {
      what: `PUT ${this.location}${key}`,
      permission: TO_WRITE,
      writing: true,
      bytes: bytes.byteLength,
    };
    await this.#try(request, (abortSignal) =>
      this.#client.send(new PutObjectCommand({ ...this.#object(key, bytes), Tagging: tagging(tags) }), { abortSignal }),
    );
  }

  async get(key: string): Promise<Uint8Array | null> {
    assertKey(key);
    const request = {
      what: `GET ${this.location}${key}`,
      permission: 's3:GetObject (and s3:ListBucket, if the object is not there)',
      writing: false,
    };
    return this.#tryOr('missing', null, request, async (abortSignal) => {
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, ChecksumMode: 'ENABLED' }), {
        abortSignal,
      });
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      if (answer.ContentLength !== undefined && answer.ContentLength !== bytes.byteLength) throw new RangeError('the answer was cut off');
      return bytes;
    });
  }

  list(prefix: string, { skip = [] }: ListOptions = {}): AsyncIterable<string> {
    assertPrefix(prefix);
    const request = { what: `LIST ${this.location}${prefix}`, permission: 's3:ListBucket', writing: false };
    const place = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    return listedKeys(
      (next) => this.#try(request, (abortSignal) => this.#client.send(new ListObjectsV2Command({ ...place, ...next }), { abortSignal })),
      this.#prefix,
      skip,
    );
  }

  versions(prefix: string, { skip = [] }: Pick<ListOptions, 'skip'> = {}): AsyncIterable<ObjectVersion> {
    assertPrefix(prefix);
    const request = { what: `LIST VERSIONS ${this.location}${prefix}`, permission: 's3:ListBucketVersions', writing: false };
    const place = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    return listedVersions(
      (next) => this.#try(request, (abortSignal) => this.#client.send(new ListObjectVersionsCommand({ ...place, ...next }), { abortSignal })),
      this.#prefix,
      skip,
    );
  }

  /** Looks at what the bucket promises, and tries whether it keeps the promise that everything rests on: conditional writes. */
  async inspectBucket(): Promise<BucketInspection> {
    return {
      location: this.location,
      versioning: await this.#versioning(),
      objectLock: await this.#objectLock(),
      conditionalWrites: await this.conditionalWrites(),
    };
  }

  /** Writes one key twice; the second must be refused. The key is always the same: the bot may not delete it afterwards. */
  async conditionalWrites(): Promise<BucketInspection['conditionalWrites']> {
    const probe = { ...this.#object('doctor/conditional-write', Buffer.from('{}\n')), IfNoneMatch: '*' };
    const request = { what: `PUT ${this.location}doctor/conditional-write`, permission: TO_WRITE, writing: true };
    const refused = () =>
      this.#tryOr('exists', true, request, async (abortSignal) => {
        await this.#client.send(new PutObjectCommand(probe), { abortSignal });
        return false;
      });
    return (await refused()) || (await refused()) ? 'honoured' : 'ignored';
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy();
  }

  async #versioning(): Promise<BucketInspection['versioning']> {
    const request = { what: `GET versioning of ${this.#bucket}`, permission: 's3:GetBucketVersioning', writing: false };
    return this.#tryOr('denied', 'denied', request, async (abortSignal) => {
      const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket: this.#bucket }), { abortSignal });
      return Status === 'Enabled' ? 'on' : 'off';
    });
  }

  async #objectLock(): Promise<BucketInspection['objectLock']> {
    const request = { what: `GET object lock of ${this.#bucket}`, permission: 's3:GetBucketObjectLockConfiguration', writing: false };
    const look = async (abortSignal: AbortSignal): Promise<BucketInspection['objectLock']> => {
      const answer = await this.#client.send(new GetObjectLockConfigurationCommand({ Bucket: this.#bucket }), { abortSignal });
      const rule = answer.ObjectLockConfiguration?.Rule?.DefaultRetention;
      if (answer.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return 'off';
      return { mode: rule?.Mode ?? null, days: rule?.Days || (rule?.Years ?? 0) * 365 || null };
    };
    return this.#tryOr('denied', 'denied', request, (abortSignal) =>
      look(abortSignal).catch((error: unknown) => {
        if (classify(error) === 'missing') return 'off';
        throw error;
      }),
    );
  }

  #object(key: string, bytes: Uint8Array) {
    return {
      Bucket: this.#bucket,
      Key: this.#prefix + key,
      Body: bytes,
      ...this.#encryption,
      ContentLength: bytes.byteLength,
      ...(this.#shows ? { CacheControl: 'no-cache' } : {}),
      ContentType: CONTENT_TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      ChecksumAlgorithm: 'SHA256' as const,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
    };
  }

  async #try<T>(request: Request, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let tried = 0; ; tried += 1) {
      try {
        return await work(AbortSignal.timeout(this.#timeoutMs + Math.ceil((request.bytes ?? 0) / 1_000)));
      } catch (error) {
        const failure = classify(error);
        const pause = PAUSES_MS[tried];
        // What get() inside a put() threw was tried enough, and says what it is.
        if (error instanceof EvidenceStoreError && error.reason !== 'uncertain') throw error;
        if (failure !== 'again' || pause === undefined) throw error instanceof EvidenceStoreError ? error : storeError(error, failure, request);
        await this.#sleep(pause);
      }
    }
  }

  /** Like #try, but one failure is an answer. */
  async #tryOr<T, F>(expected: S3Failure, answer: F, request: Request, work: (signal: AbortSignal) => Promise<T>): Promise<T | F> {
    return this.#try<T | F>(request, async (signal) => {
      try {
        return await work(signal);
      } catch (error) {
        if (classify(error) === expected) return answer;
        throw error;
      }
    });
  }
}

function tagging(tags: ObjectTags): string {
  return new URLSearchParams({ 'incident-id': tags['incident-id'], kind: tags.kind }).toString();
}
