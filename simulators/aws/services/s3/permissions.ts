import { operationOf, parseSource, type S3Request } from '../../../s3/index.ts';

/** One permission that a request needs. */
export interface Needed {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

/** Actions by operation; `~` stands for `Version` where a version is named. Service authorization reference, Amazon S3. */
const ACTIONS: Readonly<Record<string, string>> = {
  'GET service': 'ListAllMyBuckets',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'ListBucket',
  'GET bucket ?list-type': 'ListBucket',
  'GET bucket ?versions': 'ListBucketVersions',
  'GET bucket ?versioning': 'GetBucketVersioning',
  'PUT bucket ?versioning': 'PutBucketVersioning',
  'GET bucket ?object-lock': 'GetBucketObjectLockConfiguration',
  'PUT bucket ?object-lock': 'PutBucketObjectLockConfiguration',
  'GET bucket ?uploads': 'ListBucketMultipartUploads',
  'GET bucket ?location': 'GetBucketLocation',
  'GET bucket ?policy': 'GetBucketPolicy',
  'GET bucket ?lifecycle': 'GetLifecycleConfiguration',
  'POST bucket ?delete': 'DeleteObject',
  'GET object': 'GetObject~',
  'HEAD object': 'GetObject~',
  'GET object ?tagging': 'GetObject~Tagging',
  'PUT object ?tagging': 'PutObject~Tagging',
  'DELETE object ?tagging': 'DeleteObject~Tagging',
  'PUT object': 'PutObject',
  'PUT object copy': 'PutObject',
  'DELETE object': 'DeleteObject~',
  'POST object ?uploads': 'PutObject',
  'PUT object ?partNumber': 'PutObject',
  'PUT object ?partNumber copy': 'PutObject',
  'POST object ?uploadId': 'PutObject',
  'GET object ?uploadId': 'ListMultipartUploadParts',
  'DELETE object ?uploadId': 'AbortMultipartUpload',
};

/** What the API reference calls an operation. */
const NAMES: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'HEAD bucket': 'HeadBucket',
  'GET bucket ?list-type': 'ListObjectsV2',
  'GET bucket ?versions': 'ListObjectVersions',
  'POST bucket ?delete': 'DeleteObjects',
  'HEAD object': 'HeadObject',
  'GET object': 'GetObject',
  'PUT object copy': 'CopyObject',
  'DELETE object': 'DeleteObject',
  'GET object ?tagging': 'GetObjectTagging',
  'PUT object ?tagging': 'PutObjectTagging',
  'POST object ?uploads': 'CreateMultipartUpload',
  'PUT object ?partNumber': 'UploadPart',
  'PUT object ?partNumber copy': 'UploadPartCopy',
  'POST object ?uploadId': 'CompleteMultipartUpload',
  'GET bucket ?lifecycle': 'GetBucketLifecycleConfiguration',
  'GET bucket ?object-lock': 'GetObjectLockConfiguration',
  'PUT bucket ?object-lock': 'PutObjectLockConfiguration',
  'GET bucket ?uploads': 'ListMultipartUploads',
  'GET object ?uploadId': 'ListParts',
};

/** Every operation on S3 that is played, as the API reference calls it. */
export const S3_OPERATIONS: readonly string[] = Object.keys(ACTIONS).map(named);

export function nameOf(request: S3Request): string {
  return named(operationOf(request));
}

function named(operation: string): string {
  return NAMES[operation] ?? ACTIONS[operation]?.replace('~', '') ?? operation;
}

/** Everything that a request needs; nothing for one that S3 does not know, which is refused later. */
export function permissionsOf(request: S3Request, sourceTags: (bucket: string, key: string, versionId: string | null) => boolean): Needed[] {
  const operation = operationOf(request);
  const action = ACTIONS[operation];
  if (action === undefined) return [];
  const { bucket, key, query, headers } = request;
  const prefix = query.get('prefix');
  const context: Record<string, string> = prefix === null ? {} : { 's3:prefix': prefix };
  const resource = bucket === '' ? '*' : operation === 'POST bucket ?delete' ? `arn:aws:s3:::${bucket}/*` : arnOf(bucket, key);
  const needed = [{ action: `s3:${versioned(action, query.get('versionId'))}`, resource, context }];
  const copied = headers['x-amz-copy-source'];
  if (copied !== undefined) {
    const source = parseSource(copied);
    needed.push({ action: `s3:${versioned('GetObject~', source.versionId)}`, resource: arnOf(source.bucket, source.key), context: {} });
    // Tags go along with a copy, and need their own permissions then.
    if (
      operation === 'PUT object copy' &&
      headers['x-amz-tagging-directive'] !== 'REPLACE' &&
      sourceTags(source.bucket, source.key, source.versionId)
    ) {
      const tagging = versioned('GetObject~Tagging', source.versionId);
      needed.push({ action: `s3:${tagging}`, resource: arnOf(source.bucket, source.key), context: {} });
      needed.push({ action: 's3:PutObjectTagging', resource, context: {} });
    }
  }
  if (headers['x-amz-tagging'] !== undefined && headers['x-amz-tagging'] !== '')
    needed.push({ action: 's3:PutObjectTagging', resource, context: {} });
  return needed;
}

function versioned(action: string, versionId: string | null): string {
  return action.replace('~', versionId === null ? '' : 'Version');
}

function arnOf(bucket: string, key: string): string {
  return key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}
