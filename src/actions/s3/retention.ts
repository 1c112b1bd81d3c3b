import { z } from 'zod';
import { smallest } from '../../lib/numbers.ts';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { AwsError, type LifecycleRule } from '../../ports/aws.ts';
import { awsAll, bucketArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';

const input = z.strictObject({
  target: targetField.describe('The bucket.'),
  folder: z.string().default('').describe('What of the target is meant, e.g. audit/.'),
});

const output = z.strictObject({
  versioning: z.enum(['on', 'suspended', 'off', 'denied']),
  lock: z.enum(['on', 'off', 'denied']),
  lock_mode: z.string(),
  lock_days: z.number().int().describe('0: no default retention.'),
  expires: z.boolean().describe('Whether a lifecycle rule deletes something there.'),
  expires_after_days: z.number().int().describe('0: never.'),
  kept: z.boolean().describe('Whether nobody and nothing can take evidence away for good in passing.'),
  problems: z.array(z.string()),
});

/** What a bucket promises of what lies in it (VO-17): versions, object lock, lifecycle. */
export const s3Retention = readAction({
  name: 's3.retention',
  about: 'Judges how long a bucket keeps what is in it: versioning, object lock, lifecycle.',
  input,
  output,
  permissions: ({ target }, context) =>
    awsAll(
      ['s3:GetBucketVersioning', 's3:GetBucketObjectLockConfiguration', 's3:GetLifecycleConfiguration'],
      bucketArn(context.target(target, 'bucket')),
    ),
  preflight: ({ target }, context) => {
    const { bucket, region } = context.target(target, 'bucket');
    const aws = context.aws(region);
    return awsPreflight(aws, async () => `s3://${bucket} has versioning ${await aws.s3.versioning(bucket)}`);
  },

  async run({ target, folder }, context) {
    const { bucket, prefix, region } = context.target(target, 'bucket');
    const { s3 } = context.aws(region);
    const place = `${prefix}${folder}`;
    const [versioning, lock, lifecycle] = await Promise.all([
      seen(() => s3.versioning(bucket)),
      seen(() => s3.objectLock(bucket)),
      seen(() => s3.lifecycle(bucket)),
    ]);
    const rules = lifecycle === 'denied' ? [] : lifecycle.filter((rule) => reaches(rule, place));
    const expiring = rules.filter(deletes);
    const days = expiring.flatMap(({ expiresAfterDays }) => expiresAfterDays ?? []);
    const state: 'denied' | 'off' | 'on' = lock === 'denied' ? 'denied' : lock === null ? 'off' : 'on';
    const [mode, lockDays] = lock === 'denied' || lock === null ? ['', 0] : [lock.mode ?? '', lock.days ?? 0];
    const problems = [
      ...(versioning === 'on'
        ? []
        : [versioning === 'denied' ? 'Whether versions are kept is not known.' : 'Versions are not kept: deleted or overwritten objects are lost.']),
      ...(state === 'off' ? ['No object lock: whoever may delete versions can delete evidence for good.'] : []),
      ...(state === 'on' && lockDays === 0 ? ['Object lock has no default retention: it protects only what is locked by hand.'] : []),
      ...(state === 'denied' ? ['Whether there is an object lock is not known.'] : []),
      ...(lifecycle === 'denied' ? ['Whether a lifecycle rule deletes something is not known.'] : []),
      ...expiring.map(sayRule),
    ];
    const kept = versioning === 'on' && state === 'on' && lockDays > 0 && lifecycle !== 'denied' && expiring.length === 0;
    return {
      state: kept ? 'good' : 'bad',
      output: {
        versioning,
        lock: state,
        lock_mode: mode,
        lock_days: lockDays,
        expires: expiring.length > 0,
        expires_after_days: days.length === 0 ? 0 : smallest(days),
        kept,
        problems,
      },
      summary: `s3://${bucket}/${place}: versioning ${versioning}, object lock ${state === 'on' ? `${mode || 'on'} for ${plural(lockDays, 'day')}` : state}, ${lifecycle === 'denied' ? 'lifecycle unknown' : expiring.length === 0 ? 'kept forever' : plural(expiring.length, 'rule deletes', 'rules delete')}.`,
      table: {
        columns: ['what', 'is'],
        rows: [
          ['versioning', versioning],
          ['object lock', state === 'on' ? `${mode || 'no default mode'}, ${plural(lockDays, 'day')}` : state],
          ...rules.map((rule) => [`lifecycle ${rule.id}`, deletes(rule) ? sayRule(rule) : 'deletes nothing that is current']),
          ...problems.map((problem) => ['problem', problem]),
        ],
      },
    };
  },
});

/** One part that may not be looked at hides no other. A bucket that is not there hides all. */
async function seen<T>(look: () => Promise<T>): Promise<T | 'denied'> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AwsError && error.reason === 'denied') return 'denied';
    throw error;
  }
}

/** Whether objects under `place` can fall under the rule. */
function reaches({ enabled, prefix }: LifecycleRule, place: string): boolean {
  return enabled && (prefix.startsWith(place) || place.startsWith(prefix));
}

function deletes({ expiresAfterDays, expiresOn, oldVersionsExpireAfterDays }: LifecycleRule): boolean {
  return expiresAfterDays !== null || expiresOn !== null || oldVersionsExpireAfterDays !== null;
}

function sayRule({ id, prefix, filtered, expiresAfterDays, expiresOn, oldVersionsExpireAfterDays }: LifecycleRule): string {
  const what = [
    ...(expiresAfterDays === null ? [] : [`objects after ${plural(expiresAfterDays, 'day')}`]),
    ...(expiresOn === null ? [] : [`objects on ${toIso(expiresOn).slice(0, 10)}`]),
    ...(oldVersionsExpireAfterDays === null ? [] : [`old versions after ${plural(oldVersionsExpireAfterDays, 'day')}`]),
  ];
  return `The lifecycle rule ${id === '' ? 'without a name' : id} deletes ${what.join(' and ')} under ${prefix === '' ? 'the whole bucket' : prefix}${filtered ? ', those with certain tags or sizes' : ''}.`;
}
