import type { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document, type Xml } from './xml.ts';

/** ListObjectsV2. */
export function listObjects(bucket: Bucket, name: string, request: S3Request, pageSize: number): S3Answer {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const after = decodeToken(query.get('continuation-token')) ?? query.get('start-after') ?? '';
  const keys = bucket.entries(prefix).filter(([key, versions]) => key > after && versions[0]?.bytes !== null);
  const page = keys.slice(0, pageOf(query, pageSize));
  const truncated = page.length < keys.length;
  const contents = page.map(
    ([key, [newest]]) =>
      [
        'Contents',
        [
          ['Key', key],
          ['LastModified', newest?.modified.toISOString() ?? ''],
          ['ETag', newest?.etag ?? ''],
          ['Size', newest?.bytes?.length ?? 0],
          ['StorageClass', 'STANDARD'],
        ],
      ] as const,
  );
  const next: Xml = truncated ? [['NextContinuationToken', Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url')]] : [];
  return xml('ListBucketResult', [
    ['Name', name],
    ['Prefix', prefix],
    ['KeyCount', page.length],
    ['MaxKeys', pageOf(query, pageSize)],
    ['IsTruncated', truncated],
    ...next,
    ...contents,
  ]);
}

/** ListObjectVersions: versions and delete markers in one order, by key and newest first. */
export function listVersions(bucket: Bucket, name: string, request: S3Request, pageSize: number): S3Answer {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const all = bucket.entries(prefix).flatMap(([key, versions]) => versions.map((version, index) => ({ key, version, latest: index === 0 })));
  const start = startOf(all, query.get('key-marker'), query.get('version-id-marker'));
  const page = all.slice(start, start + pageOf(query, pageSize));
  const truncated = start + page.length < all.length;
  const last = page.at(-1);
  const entries = page.map(({ key, version, latest }) => {
    const shared = [
      ['Key', key],
      ['VersionId', version.versionId],
      ['IsLatest', latest],
      ['LastModified', version.modified.toISOString()],
    ] as const;
    return version.bytes === null
      ? (['DeleteMarker', shared] as const)
      : (['Version', [...shared, ['ETag', version.etag], ['Size', version.bytes.length], ['StorageClass', 'STANDARD']]] as const);
  });
  const next: Xml =
    truncated && last !== undefined
      ? [
          ['NextKeyMarker', last.key],
          ['NextVersionIdMarker', last.version.versionId],
        ]
      : [];
  return xml('ListVersionsResult', [
    ['Name', name],
    ['Prefix', prefix],
    ['MaxKeys', pageOf(query, pageSize)],
    ['IsTruncated', truncated],
    ...next,
    ...entries,
  ]);
}

function startOf(all: readonly { key: string; version: { versionId: string } }[], key: string | null, versionId: string | null): number {
  if (key === null) return 0;
  const index = all.findIndex((entry) => (versionId === null ? entry.key > key : entry.key === key && entry.version.versionId === versionId));
  if (index === -1) return all.length;
  return versionId === null ? index : index + 1;
}

function pageOf(query: URLSearchParams, pageSize: number): number {
  const wanted = Number(query.get('max-keys') ?? pageSize);
  if (!Number.isInteger(wanted) || wanted < 0) throw new S3Error(400, 'InvalidArgument', 'Provided max-keys not an integer or within integer range');
  return Math.min(wanted, pageSize);
}

function decodeToken(token: string | null): string | null {
  return token === null ? null : Buffer.from(token, 'base64url').toString('utf8');
}

function xml(root: string, content: Xml): S3Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: document(root, content) };
}
