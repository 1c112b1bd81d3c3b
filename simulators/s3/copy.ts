import { type Bucket, md5, type StoredVersion, type Tags } from './bucket.ts';
import { encryptionHeaders, keptHeaders, versionHeader } from './content.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { checkDemands, checkWriteConditions, failedCondition, parseRange, quoted, slice } from './objects.ts';
import { parseTagging } from './tags.ts';
import { document } from './xml.ts';

/** One CopyObject or UploadPartCopy moves this much; S3 API reference, CopyObject: 5 GB. */
const MAX_COPY = 5 * 1024 ** 3;

/** What `x-amz-copy-source` names: `bucket/key?versionId=...`, URL-encoded. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
}

export function parseSource(header: string): CopySource {
  const [path = '', query = ''] = header.split('?');
  const [bucket = '', ...key] = path.replace(/^\//, '').split('/');
  const versionId = new URLSearchParams(query).get('versionId');
  if (bucket === '' || key.join('/') === '') throw new S3Error(400, 'InvalidArgument', 'Copy Source must mention the source bucket and key');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key.join('/')), versionId };
}

/** CopyObject, within one store. */
export function copyObject(buckets: ReadonlyMap<string, Bucket>, bucket: Bucket, request: S3Request): S3Answer {
  checkDemands(bucket, request);
  const source = parseSource(request.headers['x-amz-copy-source'] ?? '');
  const { bucket: from, version } = findSource(buckets, source, request);
  if (version.size > MAX_COPY) {
    throw new S3Error(400, 'InvalidRequest', `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY}`);
  }
  checkWriteConditions(bucket, request, { ignoreConditions: false });
  const replaces = directive(request, 'x-amz-metadata-directive') === 'REPLACE';
  if (source.bucket === request.bucket && source.key === request.key && source.versionId === null && !replaces) {
    const message =
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
    throw new S3Error(400, 'InvalidRequest', message);
  }
  const bytes = version.bytes ?? Buffer.alloc(0);
  const sparse = bytes.length !== version.size;
  // The copy of an object that was uploaded in parts has an ETag of its own.
  const etag = version.etag.includes('-') ? `"${md5(sparse ? version.etag : bytes)}"` : version.etag;
  const sent = encryptionHeaders(request.headers);
  // A copy takes the metadata of its source along, but not its encryption.
  const headers = replaces ? keptHeaders(request.headers) : { ...withoutEncryption(version.headers), ...sent };
  const copied = bucket.put(request.key, { bytes, size: version.size, etag }, headers, tagsOf(request, version));
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...versionHeader(bucket, copied), ...sourceHeader(from, version) },
    body: result('CopyObjectResult', copied),
  };
}

/** UploadPartCopy: a range of an object as a part. */
export function copyPart(buckets: ReadonlyMap<string, Bucket>, bucket: Bucket, request: S3Request, number: number): S3Answer {
  const upload = bucket.uploads.find(request.key, request.query.get('uploadId'));
  const { bucket: from, version } = findSource(buckets, parseSource(request.headers['x-amz-copy-source'] ?? ''), request);
  const range = request.headers['x-amz-copy-source-range'];
  if (range !== undefined && Number(/-(\d+)$/.exec(range)?.[1] ?? Number.NaN) >= version.size) {
    throw new S3Error(400, 'InvalidArgument', `Range specified is not valid for source object of size: ${version.size}`);
  }
  const [start, end] = range === undefined ? [0, version.size - 1] : parseRange(range, version.size);
  const size = end - start + 1;
  if (size > MAX_COPY) {
    throw new S3Error(400, 'InvalidRequest', `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY}`);
  }
  const sparse = version.bytes?.length !== version.size;
  const bytes = sparse ? Buffer.alloc(0) : slice(version, start, end + 1);
  const etag = `"${md5(sparse ? `${version.etag}:${start}:${size}` : bytes)}"`;
  const part = { bytes, size, etag, modified: new Date(bucket.now()) };
  upload.parts.set(number, part);
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...sourceHeader(from, version) },
    body: result('CopyPartResult', part),
  };
}

function withoutEncryption(headers: Readonly<Record<string, string>>): Record<string, string> {
  const encryption = encryptionHeaders(headers);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !Object.hasOwn(encryption, name)));
}

function findSource(
  buckets: ReadonlyMap<string, Bucket>,
  { bucket: name, key, versionId }: CopySource,
  { headers }: S3Request,
): { readonly bucket: Bucket; readonly version: StoredVersion } {
  const bucket = buckets.get(name);
  if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const version = bucket.find(key, versionId);
  const match = headers['x-amz-copy-source-if-match'];
  const noneMatch = headers['x-amz-copy-source-if-none-match'];
  if (match !== undefined && quoted(match) !== version.etag) throw failedCondition();
  if (noneMatch !== undefined && quoted(noneMatch) === version.etag) throw failedCondition();
  return { bucket, version };
}

function tagsOf(request: S3Request, version: StoredVersion): Tags {
  return directive(request, 'x-amz-tagging-directive') === 'REPLACE' ? parseTagging(request.headers['x-amz-tagging']) : version.tags;
}

function directive({ headers }: S3Request, name: string): 'COPY' | 'REPLACE' {
  const value = headers[name] ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw new S3Error(400, 'InvalidArgument', `Unknown ${name.replace('x-amz-', '').replace('-', ' ')}.`);
}

function sourceHeader(bucket: Bucket, version: StoredVersion): Record<string, string> {
  return bucket.versioned ? { 'x-amz-copy-source-version-id': version.versionId } : {};
}

function result(root: string, { etag, modified }: { readonly etag: string; readonly modified: Date }): string {
  return document(root, [
    ['LastModified', modified.toISOString()],
    ['ETag', etag],
  ]);
}
