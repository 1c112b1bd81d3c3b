import { DirectoryStore } from './adapters/evidence/directory.ts';
import type { Config } from './config.ts';
import type { Environment } from './config-schema.ts';
import type { EvidenceStore } from './engine/ports.ts';

/** The evidence store that the configuration names: a directory or a bucket. Creates a directory that is missing. */
export async function openEvidenceStore({ environment, file }: Config): Promise<EvidenceStore> {
  const { evidence } = file;
  if ('directory' in evidence) return DirectoryStore.open(evidence.directory, Date.now());
  return openBucket(evidence.s3.bucket, evidence.s3.prefix, evidence.s3.region, environment);
}

/** A store named on the command line, to read it: a directory or `s3://bucket/prefix`. */
export async function openEvidenceAt(place: string, environment: Environment): Promise<EvidenceStore> {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place);
  if (match?.[1] === undefined) return DirectoryStore.openReadOnly(place);
  return openBucket(match[1], match[2] ?? '', undefined, environment);
}

/** Loaded only where a bucket is used: the SDK is most of what there is to load. */
async function openBucket(bucket: string, prefix: string, region: string | undefined, { AWS_ENDPOINT_URL }: Environment): Promise<EvidenceStore> {
  const { S3Store } = await import('./adapters/evidence/s3.ts');
  return S3Store.open({ bucket, prefix, ...(region === undefined ? {} : { region }), ...(AWS_ENDPOINT_URL === undefined ? {} : { endpoint: AWS_ENDPOINT_URL }) });
}
