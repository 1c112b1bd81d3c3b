import { Bucket, type BucketOptions } from './bucket.ts';
import { refuseChoices } from './choices.ts';
import { dechunk } from './content.ts';
import { copyObject, copyPart } from './copy.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { listObjects, listVersions } from './listing.ts';
import { abortUpload, completeUpload, createUpload, listParts, listUploads, partNumber, uploadPart } from './multipart.ts';
import { deleteObject, deleteObjects, getObject, putObject } from './objects.ts';
import { createBucket, getObjectLock, getVersioning, putObjectLock, putVersioning } from './settings.ts';
import { deleteTags, getTags, putTags } from './tags.ts';
import { document } from './xml.ts';

export interface S3StoreOptions {
  readonly buckets?: Readonly<Record<string, BucketOptions>>;
  /** Keys in one page of a listing; S3 has 1,000. */
  readonly pageSize?: number;
  /** Takes If-None-Match and does not honour it, as some other stores do. */
  readonly ignoreConditions?: boolean;
  /** ms; the buckets' clock. */
  readonly now?: () => number;
  /** Operations of an account beyond the objects themselves, by name as `operationOf` says it. */
  readonly more?: Readonly<Record<string, Handler>>;
}

export type Handler = (bucket: Bucket, request: S3Request) => S3Answer;

/** Parameters that change nothing here. */
const HARMLESS = new Set(['x-id', 'encoding-type', 'fetch-owner', 'delimiter']);
/** Parameters that name an operation. */
const SUBRESOURCES = [
  'list-type',
  'versions',
  'versioning',
  'object-lock',
  'tagging',
  'uploads',
  'partNumber',
  'uploadId',
  'delete',
  'policy',
  'lifecycle',
  'location',
];
const PARAMETERS = new Set(['prefix', 'continuation-token', 'start-after', 'max-keys', 'key-marker', 'version-id-marker', 'versionId', ...HARMLESS]);

/** `PUT object`, `GET bucket ?versions`: what is asked for. A parameter that is not known here is part of it, so that no handler is found. */
export function operationOf(request: S3Request): string {
  const names = [...request.query.keys()];
  const special = names.find((name) => !PARAMETERS.has(name) && !SUBRESOURCES.includes(name)) ?? SUBRESOURCES.find((name) => names.includes(name));
  const on = request.bucket === '' ? 'service' : request.key === '' ? 'bucket' : 'object';
  return `${request.method} ${on}${special === undefined ? '' : ` ?${special}`}${request.headers['x-amz-copy-source'] === undefined ? '' : ' copy'}`;
}

/** Buckets and what may be asked of them: S3 without its HTTP server and its signatures. */
export class S3Store {
  readonly buckets: Map<string, Bucket>;
  readonly #options: S3StoreOptions;
  readonly #now: () => number;

  constructor(options: S3StoreOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.buckets = new Map(Object.entries(options.buckets ?? {}).map(([name, settings]) => [name, new Bucket({ now: this.#now, ...settings })]));
  }

  /** Answers a request; what S3 refuses is an answer too. */
  answer(request: S3Request): S3Answer {
    try {
      return this.#route(dechunk(request));
    } catch (error) {
      if (error instanceof S3Error) return errorAnswer(error);
      throw error;
    }
  }

  #route(request: S3Request): S3Answer {
    const operation = operationOf(request);
    refuseChoices(request);
    if (operation === 'PUT bucket') return createBucket(this.buckets, request, this.#now);
    const handler = this.#handlers[operation] ?? this.#options.more?.[operation];
    // The list of buckets is of none of them.
    const bucket = this.buckets.get(request.bucket) ?? (request.bucket === '' ? new Bucket() : undefined);
    if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (handler === undefined) throw new S3Error(501, 'NotImplemented', `${operation} is not implemented.`);
    return handler(bucket, request);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    'HEAD bucket': () => ({ status: 200, headers: {}, body: '' }),
    'GET bucket ?list-type': (bucket, request) => listObjects(bucket, request.bucket, request, this.#pageSize()),
    'GET bucket ?versions': (bucket, request) => listVersions(bucket, request.bucket, request, this.#pageSize()),
    'GET bucket ?versioning': getVersioning,
    'PUT bucket ?versioning': putVersioning,
    'GET bucket ?object-lock': getObjectLock,
    'PUT bucket ?object-lock': putObjectLock,
    'GET bucket ?uploads': listUploads,
    'POST bucket ?delete': deleteObjects,
    'PUT object': (bucket, request) => putObject(bucket, request, this.#conditions()),
    'PUT object copy': (bucket, request) => copyObject(this.buckets, bucket, request),
    'GET object': getObject,
    'HEAD object': getObject,
    'GET object ?tagging': getTags,
    'PUT object ?tagging': putTags,
    'DELETE object ?tagging': deleteTags,
    'DELETE object': deleteObject,
    'POST object ?uploads': createUpload,
    'PUT object ?partNumber': uploadPart,
    'PUT object ?partNumber copy': (bucket, request) => copyPart(this.buckets, bucket, request, partNumber(request)),
    'GET object ?uploadId': listParts,
    'POST object ?uploadId': (bucket, request) => completeUpload(bucket, request, this.#conditions()),
    'DELETE object ?uploadId': abortUpload,
  };

  #pageSize(): number {
    return this.#options.pageSize ?? 1_000;
  }

  #conditions(): { ignoreConditions: boolean } {
    return { ignoreConditions: this.#options.ignoreConditions ?? false };
  }
}

export function errorAnswer(error: S3Error): S3Answer {
  const content = [
    ['Code', error.code],
    ['Message', error.message],
    ['RequestId', 'SIMULATED'],
    ['HostId', 'simulator'],
  ] as const;
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...error.headers },
    body: document('Error', content, { namespace: false }),
  };
}
