import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Bucket, StoredVersion } from './bucket.ts';
import { S3Error } from './error.ts';
import type { S3Request } from './http.ts';

/** Checksums that are verified and kept, with what computes them. */
const CHECKSUMS: Readonly<Record<string, { readonly bytes: number; compute(body: Buffer): string }>> = {
  'x-amz-checksum-sha256': { bytes: 32, compute: (body) => createHash('sha256').update(body).digest('base64') },
  'x-amz-checksum-sha1': { bytes: 20, compute: (body) => createHash('sha1').update(body).digest('base64') },
  'x-amz-checksum-crc32': {
    bytes: 4,
    compute(body) {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(body));
      return sum.toString('base64');
    },
  },
  'content-md5': { bytes: 16, compute: (body) => createHash('md5').update(body).digest('base64') },
};

const ENCRYPTION = /^x-amz-server-side-encryption(-aws-kms-key-id|-bucket-key-enabled)?$/;
const KEPT =
  /^(content-type|content-encoding|content-disposition|content-language|cache-control|expires|x-amz-meta-.+|x-amz-checksum-(sha256|sha1|crc32))$/;

/** Headers of an object that come back as they were sent. */
export function keptHeaders(headers: S3Request['headers']): Record<string, string> {
  return chosen(headers, (name) => KEPT.test(name) || ENCRYPTION.test(name));
}

/** Those of them that say how it is encrypted. */
export function encryptionHeaders(headers: S3Request['headers']): Record<string, string> {
  return chosen(headers, (name) => ENCRYPTION.test(name));
}

function chosen(headers: S3Request['headers'], isChosen: (name: string) => boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && isChosen(name)) kept[name] = value;
  return kept;
}

/** What was sent must be what was announced; what does not fit is not stored. */
export function checkContent(headers: S3Request['headers'], body: Buffer): void {
  if (headers['content-length'] === undefined) throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  for (const [name, { bytes, compute }] of Object.entries(CHECKSUMS)) {
    const announced = headers[name];
    if (announced === undefined) continue;
    if (Buffer.from(announced, 'base64').length !== bytes) {
      if (name === 'content-md5') throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
      throw new S3Error(400, 'InvalidRequest', `Value for ${name} header is invalid.`);
    }
    if (compute(body) !== announced) {
      const what = name === 'content-md5' ? 'Content-MD5' : name.replace('x-amz-checksum-', '').toUpperCase();
      throw new S3Error(400, 'BadDigest', `The ${what} you specified did not match the calculated checksum.`);
    }
  }
}

/** Whether a digest of the content came with it, as Object Lock and some settings want. */
export function hasDigest(headers: S3Request['headers']): boolean {
  return Object.keys(CHECKSUMS).some((name) => headers[name] !== undefined) || headers['x-amz-checksum-crc64nvme'] !== undefined;
}

/**
 * The content of a body that is sent in chunks with trailing checksums; S3 API reference, "Signature calculations: trailing headers".
 * The trailers count as headers afterwards.
 */
export function dechunk(request: S3Request): S3Request {
  if (!(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-')) return request;
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = request.body.indexOf('\r\n', at);
    if (end === -1) throw new S3Error(400, 'IncompleteBody', 'The request body terminated unexpectedly');
    const size = Number.parseInt(request.body.toString('latin1', at, end), 16);
    if (!Number.isInteger(size) || end + 2 + size > request.body.length) throw new S3Error(400, 'IncompleteBody', 'A chunk is damaged');
    at = end + 2 + size;
    if (size === 0) break;
    chunks.push(request.body.subarray(end + 2, at));
    at += 2;
  }
  const body = Buffer.concat(chunks);
  if (body.length !== Number(request.headers['x-amz-decoded-content-length'])) {
    throw new S3Error(400, 'IncompleteBody', 'You did not provide the number of bytes specified by the x-amz-decoded-content-length header');
  }
  const trailers = request.body
    .toString('latin1', at)
    .split('\r\n')
    .flatMap((line) => (line.includes(':') ? [[line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]] : []));
  const encoding = (request.headers['content-encoding'] ?? '').replace(/,?\s*aws-chunked/, '');
  const headers = { ...request.headers, ...(Object.fromEntries(trailers) as Record<string, string>), 'content-encoding': encoding || undefined };
  return { ...request, headers, body };
}

/** The version of an object, in buckets that have versions. */
export function versionHeader(bucket: Bucket, version: StoredVersion): Record<string, string> {
  return bucket.versioned ? { 'x-amz-version-id': version.versionId } : {};
}

export function checksumsOf({ headers }: Pick<StoredVersion, 'headers'>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-checksum-')));
}
