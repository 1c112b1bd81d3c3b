import { Bucket, type Retention } from './bucket.ts';
import { malformed, S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document, elementsOf, textOf } from './xml.ts';

/** `eu-west-1`, and what Ireland was called first. */
const REGION = /^(EU|(us|eu|ap|sa|ca|me|af|il|mx|cn)(-gov)?-[a-z]+-\d)$/;

export function createBucket(buckets: Map<string, Bucket>, request: S3Request, now: () => number): S3Answer {
  if (buckets.has(request.bucket)) {
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.');
  }
  const region = textOf(request.body.toString('utf8'), 'LocationConstraint');
  if (region !== null && !REGION.test(region)) throw new S3Error(400, 'InvalidLocationConstraint', 'The specified location-constraint is not valid');
  const locked = request.headers['x-amz-bucket-object-lock-enabled'] === 'true';
  buckets.set(request.bucket, new Bucket({ lock: locked ? { retention: null } : null, now }));
  return { status: 200, headers: { location: `/${request.bucket}` }, body: '' };
}

export function getVersioning(bucket: Bucket): S3Answer {
  return { status: 200, headers: {}, body: document('VersioningConfiguration', bucket.versioned ? [['Status', 'Enabled']] : []) };
}

export function putVersioning(bucket: Bucket, request: S3Request): S3Answer {
  const xml = request.body.toString('utf8');
  const [status, second] = [textOf(xml, 'Status'), textOf(xml, 'MfaDelete')];
  if (second !== null && second !== 'Disabled') throw second === 'Enabled' ? new S3Error(501, 'NotImplemented', 'MfaDelete') : malformed();
  if (status !== 'Enabled' && status !== 'Suspended') throw malformed();
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

/** A default retention is of one mode, and of days or of years. */
function retentionIn(xml: string): Retention {
  const [mode, days, years] = [textOf(xml, 'Mode'), textOf(xml, 'Days'), textOf(xml, 'Years')];
  if ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || (days === null) === (years === null)) throw malformed();
  const count = days === null ? Number(years) * 365 : Number(days);
  if (!Number.isInteger(count) || count <= 0) throw new S3Error(400, 'InvalidArgument', 'Default retention period must be a positive integer value');
  return { mode, days: count };
}

export function putObjectLock(bucket: Bucket, request: S3Request): S3Answer {
  if (!bucket.versioned)
    throw new S3Error(409, 'InvalidBucketState', 'Versioning must be Enabled on the bucket to apply a Object Lock configuration');
  const xml = request.body.toString('utf8');
  if (textOf(xml, 'ObjectLockEnabled') !== 'Enabled') throw malformed();
  bucket.lock = { retention: elementsOf(xml, 'Rule').length === 0 ? null : retentionIn(xml) };
  return { status: 200, headers: {}, body: '' };
}
