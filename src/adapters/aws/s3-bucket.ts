import type { LifecycleRule as SdkRule } from '@aws-sdk/client-s3';
import { AwsError, type LifecycleRule, type ObjectStorage } from '../../ports/aws.ts';
import { parseJson } from './json.ts';
import type { Link } from './link.ts';
import { bucketArn } from './s3-names.ts';

/** How a bucket of Amazon S3 is set. */
export function bucketOf(link: Link): Pick<ObjectStorage, 'versioning' | 'objectLock' | 'lifecycle' | 'policy'> {
  return {
    async versioning(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketVersioning', resource: bucketArn(bucket) };
      const { Status } = await link.ask(asked, (options) => client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }), options));
      if (Status === 'Enabled') return 'on';
      return Status === 'Suspended' ? 'suspended' : 'off';
    },

    async objectLock(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketObjectLockConfiguration', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket: bucket }), options)),
      );
      if (answer?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return null;
      const kept = answer.ObjectLockConfiguration.Rule?.DefaultRetention;
      return { mode: kept?.Mode ?? null, days: kept?.Days ?? (kept?.Years === undefined ? null : kept.Years * 365) };
    },

    async lifecycle(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetLifecycleConfiguration', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), options)),
      );
      return (answer?.Rules ?? []).map(ruleOf);
    },

    async policy(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketPolicy', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetBucketPolicyCommand({ Bucket: bucket }), options)),
      );
      return parseJson(answer?.Policy);
    },
  };
}

/** What a bucket does not have is an error with a name of its own; a bucket that is not there is none of them. */
const NOT_SET = new Set(['ObjectLockConfigurationNotFoundError', 'NoSuchLifecycleConfiguration', 'NoSuchBucketPolicy']);

async function missingOr<T, F>(answer: F, work: () => Promise<T>): Promise<T | F> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsError && NOT_SET.has(error.serviceCode)) return answer;
    throw error;
  }
}

function ruleOf(rule: SdkRule): LifecycleRule {
  const { Filter: filter } = rule;
  const filtered =
    filter?.Tag !== undefined || filter?.And !== undefined || filter?.ObjectSizeGreaterThan !== undefined || filter?.ObjectSizeLessThan !== undefined;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    prefix: filter?.Prefix ?? filter?.And?.Prefix ?? rule.Prefix ?? '',
    filtered,
    expiresAfterDays: rule.Expiration?.Days ?? null,
    expiresOn: rule.Expiration?.Date?.getTime() ?? null,
    oldVersionsExpireAfterDays: rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
  };
}
