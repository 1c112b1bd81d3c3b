import type { Bucket, StoredVersion } from './bucket.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document, type Xml } from './xml.ts';

/** Something in a listing: an object, or the prefix that stands for all keys up to the next delimiter. */
type Listed<T> = { readonly prefix: string } | { readonly key: string; readonly item: T };

/** ListObjectsV2. */
export function listObjects(bucket: Bucket, name: string, request: S3Request, pageSize: number): S3Answer {
  const { query } = request;
  const { encode, prefix, delimiter } = settingsOf(query);
  const after = decodeToken(query.get('continuation-token')) ?? query.get('start-after') ?? '';
  const live = bucket.entries(prefix).flatMap(([key, [newest]]) => (newest?.bytes == null ? [] : [{ key, item: newest }]));
  const all = group(live, prefix, delimiter).filter((one) => sortKey(one) > after);
  const page = all.slice(0, pageOf(query, pageSize));
  const truncated = page.length < all.length;
  const last = page.at(-1);
  const next: Xml = truncated && last !== undefined ? [['NextContinuationToken', Buffer.from(sortKey(last)).toString('base64url')]] : [];
  return xml('ListBucketResult', [
    ['Name', name],
    ['Prefix', encode(prefix)],
    ['KeyCount', page.length],
    ['MaxKeys', pageOf(query, pageSize)],
    ['IsTruncated', truncated],
    ...shared(query, delimiter, encode),
    ...next,
    ...page.map((one) => ('prefix' in one ? commonPrefix(encode(one.prefix)) : (['Contents', contents(encode(one.key), one.item)] as const))),
  ]);
}

/** ListObjectVersions: versions and delete markers in one order, by key and newest first. */
export function listVersions(bucket: Bucket, name: string, request: S3Request, pageSize: number): S3Answer {
  const { query } = request;
  const { encode, prefix, delimiter } = settingsOf(query);
  const versions = bucket
    .entries(prefix)
    .flatMap(([key, list]) => list.map((version, index) => ({ key, item: { ...version, latest: index === 0 } })));
  const all = group(versions, prefix, delimiter);
  const start = startOf(all, query.get('key-marker'), query.get('version-id-marker'));
  const page = all.slice(start, start + pageOf(query, pageSize));
  const truncated = start + page.length < all.length;
  const last = page.at(-1);
  const next: Xml =
    truncated && last !== undefined
      ? [['NextKeyMarker', encode(sortKey(last))], ...('prefix' in last ? [] : ([['NextVersionIdMarker', last.item.versionId]] as const))]
      : [];
  return xml('ListVersionsResult', [
    ['Name', name],
    ['Prefix', encode(prefix)],
    ['MaxKeys', pageOf(query, pageSize)],
    ['IsTruncated', truncated],
    ...shared(query, delimiter, encode),
    ...next,
    ...page.map((one) => ('prefix' in one ? commonPrefix(encode(one.prefix)) : versionEntry(encode(one.key), one.item))),
  ]);
}

function versionEntry(key: string, version: StoredVersion & { readonly latest: boolean }): readonly [string, Xml] {
  const identity = [
    ['Key', key],
    ['VersionId', version.versionId],
    ['IsLatest', version.latest],
  ] as const;
  if (version.bytes === null) return ['DeleteMarker', [...identity, ['LastModified', version.modified.toISOString()]]];
  return ['Version', [...identity, ...contents(key, version).slice(1)]];
}

function contents(key: string, { modified, etag, size }: StoredVersion): readonly (readonly [string, Xml])[] {
  return [
    ['Key', key],
    ['LastModified', modified.toISOString()],
    ['ETag', etag],
    ['Size', size],
    ['StorageClass', 'STANDARD'],
  ];
}

function commonPrefix(prefix: string): readonly [string, Xml] {
  return ['CommonPrefixes', [['Prefix', prefix]]];
}

function settingsOf(query: URLSearchParams): { readonly encode: (text: string) => string; readonly prefix: string; readonly delimiter: string } {
  const encoded = query.get('encoding-type') === 'url';
  return {
    encode: (text) => (encoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text),
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
  };
}

function shared(query: URLSearchParams, delimiter: string, encode: (text: string) => string): readonly (readonly [string, Xml])[] {
  const encoding = query.get('encoding-type');
  return [
    ...(delimiter === '' ? [] : ([['Delimiter', encode(delimiter)]] as const)),
    ...(encoding === null ? [] : ([['EncodingType', encoding]] as const)),
  ];
}

/** Puts keys that go on behind the delimiter under their common prefix, once each. */
function group<T>(all: readonly { readonly key: string; readonly item: T }[], prefix: string, delimiter: string): Listed<T>[] {
  if (delimiter === '') return [...all];
  const seen = new Set<string>();
  return all.flatMap((one): Listed<T>[] => {
    const at = one.key.indexOf(delimiter, prefix.length);
    if (at === -1) return [one];
    const common = one.key.slice(0, at + delimiter.length);
    if (seen.has(common)) return [];
    seen.add(common);
    return [{ prefix: common }];
  });
}

function sortKey<T>(one: Listed<T>): string {
  return 'prefix' in one ? one.prefix : one.key;
}

function startOf(all: readonly Listed<{ readonly versionId: string }>[], key: string | null, versionId: string | null): number {
  if (key === null) return 0;
  const index = all.findIndex((one) =>
    versionId === null || 'prefix' in one ? sortKey(one) > key : one.key === key && one.item.versionId === versionId,
  );
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
