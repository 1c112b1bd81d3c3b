import type { Bucket, StoredVersion } from './bucket.ts';
import { checkContent, checksumsOf, hasDigest, keptHeaders, versionHeader } from './content.ts';
import { malformed, S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { parseTagging } from './tags.ts';
import { document, elementsOf, textOf } from './xml.ts';

/** A sparse object is read whole up to this size only. */
const MAX_SPARSE_READ = 64 * 1024 * 1024;

/** `ignoreConditions`: like a store that takes If-None-Match and does not honour it. */
export function putObject(bucket: Bucket, request: S3Request, options: { ignoreConditions: boolean }): S3Answer {
  checkDemands(bucket, request);
  checkContent(request.headers, request.body);
  if (bucket.lock !== null && !hasDigest(request.headers)) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  checkWriteConditions(bucket, request, options);
  const version = bucket.put(request.key, request.body, keptHeaders(request.headers), parseTagging(request.headers['x-amz-tagging']));
  return { status: 200, headers: { etag: version.etag, ...checksumsOf(version), ...versionHeader(bucket, version) }, body: '' };
}

/** What the bucket's policy demands of a write: PutObject, CopyObject and CreateMultipartUpload are one permission. */
export function checkDemands({ demands }: Bucket, { headers }: S3Request): void {
  if (Object.entries(demands).some(([name, value]) => headers[name] !== value))
    throw new S3Error(403, 'AccessDenied', 'Access Denied by an explicit deny in a resource-based policy');
}

/** If-None-Match: * and If-Match of a write; S3 user guide, "Conditional writes". */
export function checkWriteConditions(bucket: Bucket, request: S3Request, { ignoreConditions }: { ignoreConditions: boolean }): void {
  const { 'if-none-match': condition, 'if-match': match } = request.headers;
  if (condition !== undefined && condition !== '*')
    throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
  if (ignoreConditions) return;
  // A delete marker does not count as an object: the condition holds over it.
  const newest = bucket.newest(request.key);
  const present = newest?.bytes == null ? null : newest;
  if (match !== undefined && present === null) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  if ((condition === '*' && present !== null) || (match !== undefined && quoted(match) !== present?.etag)) throw failedCondition();
}

export function getObject(bucket: Bucket, request: S3Request): S3Answer {
  const version = bucket.find(request.key, request.query.get('versionId'));
  const { 'if-match': match, 'if-none-match': noneMatch, range } = request.headers;
  if (match !== undefined && quoted(match) !== version.etag) throw failedCondition();
  if (noneMatch !== undefined && quoted(noneMatch) === version.etag) return { status: 304, headers: { etag: version.etag }, body: '' };
  const wanted = range === undefined ? null : parseRange(range, version.size);
  const kept = Object.fromEntries(Object.entries(version.headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
  // The checksum is of the whole object.
  const checksums = request.headers['x-amz-checksum-mode'] === 'ENABLED' && wanted === null ? checksumsOf(version) : {};
  const headers = {
    ...kept,
    etag: version.etag,
    'accept-ranges': 'bytes',
    'last-modified': version.modified.toUTCString(),
    ...versionHeader(bucket, version),
    ...(version.tags.length > 0 ? { 'x-amz-tagging-count': String(version.tags.length) } : {}),
    ...checksums,
  };
  if (request.method === 'HEAD' && wanted === null) return { status: 200, headers: { ...headers, 'content-length': String(version.size) }, body: '' };
  const [start, end] = wanted ?? [0, version.size - 1];
  const body = slice(version, start, end + 1);
  if (wanted === null) return { status: 200, headers, body };
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${version.size}` }, body };
}

/** The bytes of a version from `start` to before `end`; zeros in a sparse one. */
export function slice(version: StoredVersion, start: number, end: number): Buffer {
  const bytes = version.bytes ?? Buffer.alloc(0);
  if (bytes.length === version.size) return bytes.subarray(start, end);
  if (end - start > MAX_SPARSE_READ) throw new S3Error(501, 'NotImplemented', 'A sparse object is read in ranges of at most 64 MiB.');
  return Buffer.alloc(end - start);
}

/** First and last byte of `bytes=0-9`, `bytes=5-` or `bytes=-5`. */
export function parseRange(header: string, size: number): readonly [start: number, end: number] {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if ((first === '' && last === '') || start > end) {
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', { 'content-range': `bytes */${size}` });
  }
  return [start, end];
}

export function deleteObject(bucket: Bucket, request: S3Request): S3Answer {
  const versionId = request.query.get('versionId');
  if (versionId !== null) {
    const marker = bucket.removeVersion(request.key, versionId);
    return { status: 204, headers: { 'x-amz-version-id': versionId, ...(marker ? { 'x-amz-delete-marker': 'true' } : {}) }, body: '' };
  }
  const marker = bucket.remove(request.key);
  return { status: 204, headers: marker === null ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId }, body: '' };
}

/** DeleteObjects: up to 1,000 at once. */
export function deleteObjects(bucket: Bucket, request: S3Request): S3Answer {
  checkContent(request.headers, request.body);
  if (!hasDigest(request.headers)) throw new S3Error(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5');
  const xml = request.body.toString('utf8');
  const objects = elementsOf(xml, 'Object').map((one) => ({ key: textOf(one, 'Key') ?? '', versionId: textOf(one, 'VersionId') }));
  const empty = /<Object\s*\/>/.test(xml) || objects.some(({ key }) => key === '');
  if (objects.length === 0 || objects.length > 1000 || empty) throw malformed();
  const deleted = objects.map(({ key, versionId }) => {
    const { headers } = deleteObject(bucket, { ...request, key, query: new URLSearchParams(versionId === null ? {} : { versionId }) });
    const marker = headers['x-amz-delete-marker'] === undefined ? [] : ([['DeleteMarker', true]] as const);
    const markerId =
      versionId === null && headers['x-amz-version-id'] !== undefined ? ([['DeleteMarkerVersionId', headers['x-amz-version-id']]] as const) : [];
    return ['Deleted', [['Key', key], ...(versionId === null ? [] : ([['VersionId', versionId]] as const)), ...marker, ...markerId]] as const;
  });
  const quiet = textOf(xml, 'Quiet') === 'true';
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: document('DeleteResult', quiet ? [] : deleted) };
}

export function failedCondition(): S3Error {
  return new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

export function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}
