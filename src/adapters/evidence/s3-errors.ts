import { sayProxy } from '../../lib/outbound/proxy-error.ts';
import { EvidenceStoreError } from '../../ports/evidence.ts';

/** What an answer of S3 means to us. `again`: nothing is known or it is busy, and a conditional write may be repeated safely. */
export type S3Failure = 'exists' | 'missing' | 'denied' | 'misconfigured' | 'again';

/** Error codes that mean the same whatever their status; S3 API reference, "Error responses". */
const BY_CODE: Readonly<Record<string, S3Failure>> = {
  PreconditionFailed: 'exists',
  NoSuchKey: 'missing',
  NotFound: 'missing',
  NoSuchBucket: 'misconfigured',
  ObjectLockConfigurationNotFoundError: 'missing',
  AccessDenied: 'denied',
  ExpiredToken: 'denied',
  CredentialsProviderError: 'denied',
  // Another conditional write of the same key is under way.
  ConditionalRequestConflict: 'again',
  OperationAborted: 'again',
  // Damaged or cut off on the way; what S3 got did not fit the checksum and was not stored.
  BadDigest: 'again',
  IncompleteBody: 'again',
  RequestTimeout: 'again',
  XAmzContentSHA256Mismatch: 'again',
  SlowDown: 'again',
};

/** Classifies what the SDK threw; anything without an answer of S3 (network, time-outs, torn answers) is `again`. */
export function classify(error: unknown): S3Failure {
  const byCode = BY_CODE[nameOf(error)];
  if (byCode !== undefined) return byCode;
  const status = statusOf(error);
  if (status === undefined || status < 300 || status >= 500 || status === 429 || status === 409) return 'again';
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  return status === 412 ? 'exists' : 'misconfigured';
}

/** The error for people: what was tried, what S3 said, and which permission is missing. `writing`: whether it happened is unknown. */
export function storeError(error: unknown, failure: S3Failure, about: { what: string; permission: string; writing: boolean }): EvidenceStoreError {
  const said = `${about.what}: ${sayProxy(error) ?? (nameOf(error) || 'no answer')}`;
  if (failure === 'denied') return new EvidenceStoreError('denied', `${said}. The credentials need ${about.permission}.`, { cause: error });
  if (failure === 'again') {
    if (!about.writing) return new EvidenceStoreError('unreachable', `${said}. Tried several times.`, { cause: error });
    return new EvidenceStoreError('uncertain', `${said}. Tried several times; it may have been written, and may be tried again.`, { cause: error });
  }
  return new EvidenceStoreError('misconfigured', `${said}. Check bucket, region and endpoint.`, { cause: error });
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string' ? error.name : '';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
