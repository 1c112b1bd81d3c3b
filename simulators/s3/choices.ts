import { S3Error } from './error.ts';
import type { S3Request } from './http.ts';

/** What a header may say. `played` does here what it says; `known` is S3's, and would be silently ignored. */
interface Choice {
  readonly played: readonly string[];
  readonly known: readonly string[];
  readonly code: string;
  readonly message: string;
}

const INVALID = { code: 'InvalidArgument', message: 'The argument is not one of those that this header takes.' };
const ALGORITHMS = ['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME', 'SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'];
/** Canned ACLs that change nothing for the owner of everything. */
const OWN = ['private', 'bucket-owner-full-control'];

/** S3 API reference, request headers of PutObject and of its kin. */
const HEADERS: Readonly<Record<string, Choice>> = {
  'x-amz-acl': { played: OWN, known: ['public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read', 'bucket-owner-read'], ...INVALID },
  'x-amz-bucket-namespace': { played: ['global'], known: ['account-regional'], ...INVALID },
  'x-amz-checksum-algorithm': { played: ALGORITHMS, known: [], code: 'InvalidRequest', message: 'Checksum algorithm provided is unsupported.' },
  'x-amz-checksum-mode': { played: ['ENABLED'], known: [], ...INVALID },
  'x-amz-checksum-type': { played: ['COMPOSITE', 'FULL_OBJECT'], known: [], ...INVALID },
  'x-amz-object-lock-legal-hold': { played: [], known: ['ON', 'OFF'], ...INVALID },
  'x-amz-object-lock-mode': { played: [], known: ['GOVERNANCE', 'COMPLIANCE'], code: 'InvalidArgument', message: 'Unknown wormMode directive.' },
  'x-amz-object-ownership': { played: ['BucketOwnerEnforced'], known: ['BucketOwnerPreferred', 'ObjectWriter'], ...INVALID },
  'x-amz-request-payer': { played: ['requester'], known: [], ...INVALID },
  'x-amz-sdk-checksum-algorithm': { played: ALGORITHMS, known: [], code: 'InvalidRequest', message: 'Checksum algorithm provided is unsupported.' },
  'x-amz-server-side-encryption': {
    played: ['AES256', 'aws:kms', 'aws:kms:dsse'],
    known: ['aws:fsx'],
    code: 'InvalidEncryptionAlgorithmError',
    message: 'The Encryption request you specified is not valid. Supported value: AES256.',
  },
  'x-amz-storage-class': {
    played: ['STANDARD'],
    known: ['REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR'],
    code: 'InvalidStorageClass',
    message: 'The storage class you specified is not valid',
  },
};

/** @throws S3Error for a header or parameter that S3 does not take, or that nothing here would heed */
export function refuseChoices({ headers, query }: S3Request): void {
  for (const [name, { played, known, code, message }] of Object.entries(HEADERS)) {
    const value = headers[name];
    if (value === undefined || played.includes(value)) continue;
    if (known.includes(value)) throw new S3Error(501, 'NotImplemented', `${name}: ${value} is not implemented.`);
    throw new S3Error(400, code, message);
  }
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') throw new S3Error(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
}
