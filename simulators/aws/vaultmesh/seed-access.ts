import type { Account } from '../account.ts';
import type { PolicyDocument } from '../services/iam/policy.ts';
import { dataJson, NAMES } from './names.ts';

/** The buckets, with their policies. */
export function seedBuckets(account: Account, created: Date): void {
  const tls = (name: string): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'DenyInsecureTransport',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
  const { knowledgeBucket, reportsBucket, auditBucket } = NAMES;
  const lifecycle = [{ id: 'noncurrent-90d', prefix: '', enabled: true, noncurrentDays: 90 }];
  account.createBucket(knowledgeBucket, { created, versioned: true, policy: tls(knowledgeBucket), lifecycle });
  account.createBucket(reportsBucket, { created, versioned: false });
  account.createBucket(auditBucket, { created, versioned: true, policy: tls(auditBucket) });
}

/** The roles of the data sources, as the repository's templates make them. */
export function seedRoles(account: Account, created: Date): void {
  const values = {
    REGION: account.region,
    ACCOUNT_ID: account.id,
    APP_ID: NAMES.applicationId,
    INDEX_ID: NAMES.indexId,
    BUCKET_NAME: NAMES.knowledgeBucket,
    KMS_KEY_ARN: `arn:aws:kms:${account.region}:${account.id}:key/00000000-0000-4000-8000-00000000000a`,
  };
  const trust = dataJson<PolicyDocument>('role-trust-policy.json', values);
  const managed = `arn:aws:iam::${account.id}:policy/${NAMES.rolePolicy}`;
  account.iam.policies.set(managed, { name: NAMES.rolePolicy, created, document: dataJson('role-managed-policy.json') });
  account.iam.roles.set(NAMES.role, {
    name: NAMES.role,
    created,
    description: 'Data source role of the VaultMesh knowledge base',
    trust,
    inline: new Map([[NAMES.inlinePolicy, dataJson<PolicyDocument>('role-inline-policy.json', values)]]),
    attached: new Set([managed]),
  });
  const reports = dataJson<PolicyDocument>('role-inline-policy.json', { ...values, BUCKET_NAME: NAMES.reportsBucket });
  account.iam.roles.set(`${NAMES.role}-reports`, {
    name: `${NAMES.role}-reports`,
    created,
    description: 'Data source role of the VaultMesh reports',
    trust,
    inline: new Map([[NAMES.inlinePolicy, reports]]),
    attached: new Set(),
  });
}
