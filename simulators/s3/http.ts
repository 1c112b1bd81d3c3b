import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './error.ts';

/** A request, parsed: path-style address, headers in lower case. `key` is empty for the bucket itself. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** Bucket and key of a path-style address. */
export function parseAddress(url: string): Pick<S3Request, 'bucket' | 'key' | 'query'> {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [, bucket = '', ...rest] = pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join('/')), query: searchParams };
}

/** Reads a request to its end. */
export async function readRequest(message: IncomingMessage): Promise<S3Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  return { method: message.method ?? 'GET', ...parseAddress(message.url ?? '/'), headers, body: Buffer.concat(chunks) };
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[^/,\s]+\/\d{8}\/[a-z0-9-]+\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/;

/**
 * Every request must be signed (Signature Version 4), with the headers that the real service insists on being signed; the signature
 * itself is not computed, since there is no secret to know here.
 */
export function checkSigned({ headers, body }: S3Request): void {
  const signed = AUTHORIZATION.exec(headers['authorization'] ?? '')?.[1]?.split(';');
  if (signed === undefined) throw new S3Error(403, 'AccessDenied', 'Access Denied');
  const unsigned = Object.keys(headers).filter((name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name));
  if (unsigned.length > 0)
    throw new S3Error(403, 'AccessDenied', `There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
  if (!/^\d{8}T\d{6}Z$/.test(headers['x-amz-date'] ?? ''))
    throw new S3Error(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  const hash = headers['x-amz-content-sha256'];
  if (hash === undefined) throw new S3Error(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  if (hash === 'UNSIGNED-PAYLOAD' || hash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return;
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented');
  if (createHash('sha256').update(body).digest('hex') !== hash)
    throw new S3Error(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
}
