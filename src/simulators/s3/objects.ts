import { createHash } from 'node:crypto';
import type { Bucket, StoredVersion } from './bucket.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document } from './xml.ts';

/** Headers of an object that come back as they were sent. */
const KEPT = ['content-type', 'x-amz-checksum-sha256'];

/** `ignoreConditions`: like a store that takes If-None-Match and does not honour it. */
export function putObject(bucket: Bucket, request: S3Request, options: { ignoreConditions: boolean }): S3Answer {
  checkContent(request.headers, request.body);
  if (bucket.lock !== null && request.headers['x-amz-checksum-sha256'] === undefined && request.headers['content-md5'] === undefined) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  const condition = request.headers['if-none-match'];
  if (condition !== undefined && condition !== '*')
    throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
  // A delete marker does not count as an object: the condition holds over it.
  const exists = (bucket.newest(request.key)?.bytes ?? null) !== null;
  if (condition === '*' && exists && !options.ignoreConditions)
    throw new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  const kept = Object.fromEntries(KEPT.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, request.headers[name]]])));
  const version = bucket.put(request.key, request.body, kept, parseTags(request.headers['x-amz-tagging']));
  return { status: 200, headers: { etag: version.etag, ...versionHeader(bucket, version) }, body: '' };
}

export function getObject(bucket: Bucket, request: S3Request): S3Answer {
  const version = bucket.find(request.key, request.query.get('versionId'));
  const { 'x-amz-checksum-sha256': checksum, ...headers } = version.headers;
  const withChecksum = checksum !== undefined && request.headers['x-amz-checksum-mode'] === 'ENABLED';
  return {
    status: 200,
    headers: {
      ...headers,
      etag: version.etag,
      'last-modified': version.modified.toUTCString(),
      ...versionHeader(bucket, version),
      ...(withChecksum ? { 'x-amz-checksum-sha256': checksum } : {}),
    },
    body: version.bytes ?? '',
  };
}

export function getTags(bucket: Bucket, request: S3Request): S3Answer {
  const { tags } = bucket.find(request.key, request.query.get('versionId'));
  const set = tags.map(
    ([key, value]) =>
      [
        'Tag',
        [
          ['Key', key],
          ['Value', value],
        ],
      ] as const,
  );
  return { status: 200, headers: {}, body: document('Tagging', [['TagSet', set]]) };
}

export function deleteObject(bucket: Bucket, request: S3Request): S3Answer {
  const versionId = request.query.get('versionId');
  if (versionId !== null) {
    bucket.removeVersion(request.key, versionId);
    return { status: 204, headers: { 'x-amz-version-id': versionId }, body: '' };
  }
  const marker = bucket.remove(request.key);
  return { status: 204, headers: marker === null ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId }, body: '' };
}

/** What was sent must be what was announced; what does not fit is not stored. */
function checkContent(headers: S3Request['headers'], body: Buffer): void {
  if (headers['content-length'] === undefined) throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  const checksum = headers['x-amz-checksum-sha256'];
  if (checksum === undefined) return;
  if (Buffer.from(checksum, 'base64').length !== 32) throw new S3Error(400, 'InvalidRequest', 'Value for x-amz-checksum-sha256 header is invalid.');
  if (createHash('sha256').update(body).digest('base64') !== checksum)
    throw new S3Error(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
}

function parseTags(header: string | undefined): StoredVersion['tags'] {
  const tags = [...new URLSearchParams(header ?? '')];
  const valid =
    tags.length <= 10 &&
    new Set(tags.map(([key]) => key)).size === tags.length &&
    tags.every(([key, value]) => key.length > 0 && key.length <= 128 && value.length <= 256);
  if (!valid) throw new S3Error(400, 'InvalidTag', 'The tag provided was not a valid tag.');
  return tags;
}

function versionHeader(bucket: Bucket, version: StoredVersion): Record<string, string> {
  return bucket.versioned ? { 'x-amz-version-id': version.versionId } : {};
}
