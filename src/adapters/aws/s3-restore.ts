import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { StoredVersion } from '../../ports/aws.ts';
import { AwsError } from '../../ports/aws.ts';
import type { Link } from './link.ts';

/** CopyObject takes up to 5 GB (S3, "Copying objects"); what is larger goes in parts, of which there may be 10,000. In bytes. */
const MAX_COPY = 5 * 1024 ** 3;
const PART = 512 * 1024 ** 2;
const MAX_PARTS = 10_000;

/** Copies a version over what is there now, with its metadata and tags; answers the new version's id. */
export async function restoreVersion(
  link: Link,
  bucket: string,
  version: StoredVersion,
  say: (done: number, parts: number) => void,
): Promise<string> {
  if (version.deleteMarker) throw new AwsError('invalid', `${version.key} is a delete marker in this version: there is nothing to copy.`);
  const { client, sdk } = await link.clients.s3();
  const place = { Bucket: bucket, Key: version.key };
  const source = await link.ask(reads(bucket, version), (options) =>
    client.send(new sdk.HeadObjectCommand({ ...place, VersionId: version.version }), options),
  );
  if (version.size > MAX_COPY) return copyInParts(link, bucket, version, source, say);
  const input = { ...place, ...encryptionOf(source), CopySource: sourceOf(bucket, version) };
  const answer = await link.ask(writes(bucket, version), (options) => client.send(new sdk.CopyObjectCommand(input), options));
  return answer.VersionId ?? 'null';
}

/** A copy is encrypted as its source was: by itself S3 takes the bucket's default, and a bucket that demands headers refuses it. */
function encryptionOf({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }: HeadObjectCommandOutput) {
  return {
    ...(ServerSideEncryption === undefined ? {} : { ServerSideEncryption }),
    ...(SSEKMSKeyId === undefined ? {} : { SSEKMSKeyId }),
    ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
  };
}

async function copyInParts(
  link: Link,
  bucket: string,
  version: StoredVersion,
  source: HeadObjectCommandOutput,
  say: (done: number, parts: number) => void,
): Promise<string> {
  const { client, sdk } = await link.clients.s3();
  const place = { Bucket: bucket, Key: version.key };
  // A copy in parts takes neither metadata nor tags along by itself.
  const tags = await link.ask({ ...reads(bucket, version), permission: 's3:GetObjectVersionTagging' }, (options) =>
    client.send(new sdk.GetObjectTaggingCommand({ ...place, VersionId: version.version }), options),
  );
  const Tagging = new URLSearchParams((tags.TagSet ?? []).map(({ Key, Value }): [string, string] => [Key ?? '', Value ?? ''])).toString();
  const kept = {
    ...(source.Metadata === undefined ? {} : { Metadata: source.Metadata }),
    ...(source.ContentType === undefined ? {} : { ContentType: source.ContentType }),
    ...(source.ContentEncoding === undefined ? {} : { ContentEncoding: source.ContentEncoding }),
    ...(source.ContentDisposition === undefined ? {} : { ContentDisposition: source.ContentDisposition }),
    ...(source.CacheControl === undefined ? {} : { CacheControl: source.CacheControl }),
    ...(Tagging === '' ? {} : { Tagging }),
  };
  const { UploadId } = await link.ask(writes(bucket, version), (options) =>
    client.send(new sdk.CreateMultipartUploadCommand({ ...place, ...kept, ...encryptionOf(source) }), options),
  );
  if (UploadId === undefined) throw new AwsError('failed', `S3 began no upload of ${version.key}.`);
  try {
    const Parts: { PartNumber: number; ETag: string }[] = [];
    const ranges = rangesOf(version.size);
    for (const [index, CopySourceRange] of ranges.entries()) {
      const input = { ...place, UploadId, PartNumber: index + 1, CopySource: sourceOf(bucket, version), CopySourceRange };
      const part = await link.ask(writes(bucket, version), (options) => client.send(new sdk.UploadPartCopyCommand(input), options));
      Parts.push({ PartNumber: index + 1, ETag: part.CopyPartResult?.ETag ?? '' });
      say(index + 1, ranges.length);
    }
    const done = await link.ask(writes(bucket, version), (options) =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }), options),
    );
    return done.VersionId ?? 'null';
  } catch (error) {
    // Parts that nobody completes are paid for: they go, also when the step is over. That they cannot is not what went wrong.
    await client.send(new sdk.AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => undefined);
    throw error;
  }
}

/** `bytes=0-536870911` and so on, in equal parts as far as S3 allows that many. */
export function rangesOf(size: number): string[] {
  const part = Math.max(PART, Math.ceil(size / MAX_PARTS));
  const count = Math.ceil(size / part);
  return Array.from({ length: count }, (_, index) => `bytes=${index * part}-${Math.min((index + 1) * part, size) - 1}`);
}

function sourceOf(bucket: string, { key, version }: StoredVersion): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}?versionId=${encodeURIComponent(version)}`;
}

function reads(bucket: string, { key }: StoredVersion) {
  return { permission: 's3:GetObjectVersion', resource: `arn:aws:s3:::${bucket}/${key}` };
}

function writes(bucket: string, { key }: StoredVersion) {
  return { permission: 's3:PutObject', resource: `arn:aws:s3:::${bucket}/${key}`, writing: true };
}
