import { document, type Handler, S3Error, type Xml } from '../../../s3/index.ts';
import type { Account } from '../../account.ts';
import type { PolicyDocument } from '../iam/policy.ts';

/** What an account says of a bucket, besides what the bucket itself knows. */
export interface BucketSettings {
  readonly created: Date;
  policy?: PolicyDocument;
  lifecycle?: readonly LifecycleRule[];
}

export interface LifecycleRule {
  readonly id: string;
  readonly prefix: string;
  readonly enabled: boolean;
  readonly expirationDays?: number;
  readonly noncurrentDays?: number;
}

const XML = { 'content-type': 'application/xml' };

/** Operations on buckets that need to know of the account. */
export function bucketOperations(account: Pick<Account, 'id' | 'region' | 'now' | 'bucketSettings' | 's3'>): Readonly<Record<string, Handler>> {
  return {
    'GET service': () => {
      const buckets = [...account.s3.buckets.keys()]
        .sort()
        .map((name) =>
          entry('Bucket', { Name: name, CreationDate: (account.bucketSettings.get(name)?.created ?? new Date(account.now())).toISOString() }),
        );
      const content: Xml = [entry('Owner', { ID: account.id }), ['Buckets', buckets]];
      return { status: 200, headers: XML, body: document('ListAllMyBucketsResult', content) };
    },
    'GET bucket ?location': () => ({ status: 200, headers: XML, body: document('LocationConstraint', account.region) }),
    'GET bucket ?policy': (_bucket, request) => {
      const policy = account.bucketSettings.get(request.bucket)?.policy;
      if (policy === undefined) throw new S3Error(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist');
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(policy) };
    },
    'GET bucket ?lifecycle': (_bucket, request) => {
      const rules = account.bucketSettings.get(request.bucket)?.lifecycle ?? [];
      if (rules.length === 0) throw new S3Error(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
      return { status: 200, headers: XML, body: document('LifecycleConfiguration', rules.map(lifecycleRule)) };
    },
  };
}

function lifecycleRule({ id, prefix, enabled, expirationDays, noncurrentDays }: LifecycleRule): readonly [string, Xml] {
  return [
    'Rule',
    [
      ['ID', id],
      entry('Filter', { Prefix: prefix }),
      ['Status', enabled ? 'Enabled' : 'Disabled'],
      ...(expirationDays === undefined ? [] : [entry('Expiration', { Days: expirationDays })]),
      ...(noncurrentDays === undefined ? [] : [entry('NoncurrentVersionExpiration', { NoncurrentDays: noncurrentDays })]),
    ],
  ];
}

function entry(name: string, members: Readonly<Record<string, string | number>>): readonly [string, Xml] {
  return [name, Object.entries(members)];
}
