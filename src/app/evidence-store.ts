import { awsCredentials, awsEndpoint } from '../adapters/aws/credentials.ts';
import { DirectoryStore } from '../adapters/evidence/directory.ts';
import type { BucketInspection, S3Store } from '../adapters/evidence/s3.ts';
import type { Config } from '../config/load.ts';
import type { Environment } from '../config/schema.ts';
import { type EvidenceStore, EvidenceStoreError } from '../ports/evidence.ts';

/** The evidence store that the configuration names: a directory or a bucket. Creates a directory that is missing. */
export async function openEvidenceStore({ environment, file }: Config): Promise<EvidenceStore> {
  const { evidence } = file;
  if ('directory' in evidence) return DirectoryStore.open(evidence.directory, Date.now());
  return openBucket(evidence.s3, environment);
}

/** The same to read it alone: a directory that is missing is not made, or nobody would see that it is. */
export async function openEvidenceToRead(config: Config): Promise<EvidenceStore> {
  const { evidence } = config.file;
  return 'directory' in evidence ? openEvidenceAt(evidence.directory, config.environment) : openEvidenceStore(config);
}

/** A store named on the command line, to read it: a directory or `s3://bucket/prefix`. */
export async function openEvidenceAt(place: string, environment: Environment): Promise<EvidenceStore> {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place);
  if (match?.[1] === undefined) return DirectoryStore.openReadOnly(place);
  return openBucket({ bucket: match[1], prefix: match[2] ?? '' }, environment);
}

/** What the doctor looks at: a directory can be opened, a bucket has the settings that evidence needs. */
export async function inspectEvidence(config: Config): Promise<{ kind: 'directory'; location: string } | ({ kind: 'bucket' } & BucketInspection)> {
  const { evidence } = config.file;
  if ('directory' in evidence) return { kind: 'directory', location: (await openEvidenceStore(config)).location };
  const bucket = await openBucket(evidence.s3, config.environment);
  return { kind: 'bucket', ...(await bucket.inspectBucket()) };
}

/** A bucket to archive into. */
export function openBucketAt(bucket: Bucket, environment: Environment): Promise<EvidenceStore> {
  return openBucket(bucket, environment);
}

/** A bucket that shows a status page: what is in it is written again and again. */
export function openPageBucket(bucket: Bucket, environment: Environment): Promise<EvidenceStore> {
  return openBucket(bucket, environment, true);
}

/** @throws EvidenceStoreError `misconfigured`: a bucket that writes a second time what was to be written once keeps no evidence */
export async function assertWritesOnce(evidence: EvidenceStore): Promise<void> {
  if (!('conditionalWrites' in evidence)) return;
  if ((await (evidence as S3Store).conditionalWrites()) === 'honoured') return;
  throw new EvidenceStoreError(
    'misconfigured',
    `${evidence.location} ${OVERWRITES}. Use a store that honours If-None-Match: * (Amazon S3 does): docs/how-to/store-evidence-in-s3.md.`,
  );
}

/** What such a store does, in words. */
export const OVERWRITES = 'overwrote an object that was to be written once';

interface Bucket {
  readonly bucket: string;
  readonly prefix: string;
  readonly region?: string | undefined;
  readonly encryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kms_key_id?: string | undefined;
}

/** Loaded only where a bucket is used: the SDK is most of what there is to load. */
async function openBucket(
  { bucket, prefix, region, encryption, kms_key_id: kmsKeyId }: Bucket,
  environment: Environment,
  shows = false,
): Promise<S3Store> {
  const endpoint = awsEndpoint(environment, 'S3');
  const credentials = awsCredentials(environment);
  const { S3Store: Store } = await import('../adapters/evidence/s3.ts');
  return Store.open({
    bucket,
    prefix,
    ...(shows ? { shows } : {}),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  });
}
