import { Bucket } from './bucket.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document, textOf } from './xml.ts';

export function createBucket(buckets: Map<string, Bucket>, request: S3Request, now: () => number): S3Answer {
  if (buckets.has(request.bucket)) {
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.');
  }
  const locked = request.headers['x-amz-bucket-object-lock-enabled'] === 'true';
  buckets.set(request.bucket, new Bucket({ lock: locked ? { retention: null } : null, now }));
  return { status: 200, headers: { location: `/${request.bucket}` }, body: '' };
}

export function getVersioning(bucket: Bucket): S3Answer {
  return { status: 200, headers: {}, body: document('VersioningConfiguration', bucket.versioned ? [['Status', 'Enabled']] : []) };
}

export function putVersioning(bucket: Bucket, request: S3Request): S3Answer {
  const status = textOf(request.body.toString('utf8'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  if (status === 'Suspended' && bucket.lock !== null)
    throw new S3Error(
      409,
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  bucket.versioned = status === 'Enabled';
  return { status: 200, headers: {}, body: '' };
}

export function getObjectLock(bucket: Bucket): S3Answer {
  if (bucket.lock === null)
    throw new S3Error(404, 'ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket');
  const { retention } = bucket.lock;
  const rule =
    retention === null
      ? []
      : ([
          [
            'Rule',
            [
              [
                'DefaultRetention',
                [
                  ['Mode', retention.mode],
                  ['Days', retention.days],
                ],
              ],
            ],
          ],
        ] as const);
  return { status: 200, headers: {}, body: document('ObjectLockConfiguration', [['ObjectLockEnabled', 'Enabled'], ...rule]) };
}

export function putObjectLock(bucket: Bucket, request: S3Request): S3Answer {
  if (!bucket.versioned)
    throw new S3Error(409, 'InvalidBucketState', 'Versioning must be Enabled on the bucket to apply a Object Lock configuration');
  const xml = request.body.toString('utf8');
  const [mode, days] = [textOf(xml, 'Mode'), textOf(xml, 'Days')];
  bucket.lock = { retention: mode === 'GOVERNANCE' || mode === 'COMPLIANCE' ? { mode, days: Number(days) } : null };
  return { status: 200, headers: {}, body: '' };
}
