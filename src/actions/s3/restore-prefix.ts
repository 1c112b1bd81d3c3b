import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { type ActionContext, changeAction, type Planned, type Reading, type Reverted } from '../../ports/action.ts';
import type { ObjectStorage } from '../../ports/aws.ts';
import { awsAll, bucketArn, objectsArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { onDataSource } from '../qbusiness/data-source.ts';
import { sayBytes, targetField } from '../shared/fields.ts';
import { eachOf } from './each.ts';
import { isContent, restoreOne, some, verifyRestored } from './restore-copy.ts';
import { momentOf } from './restore-moment.ts';
import { planRestore, type Restoring, TooMany } from './restore-plan.ts';
import { versionedBucket } from './versioned.ts';

/** Of one plan: beyond, nobody reads the listing. */
const MAX_CHANGES = 20_000;
/** Requests at a time. */
const WIDTH = 16;
/** Never rolled back: evidence is what it is. */
const ALWAYS_EXCLUDED = ['audit/'];

const input = z.strictObject({
  target: targetField.describe('The bucket.'),
  prefix: z.string().max(900).default('').describe('What of it; empty: all that the target names.'),
  at: z.string().nullable().optional().describe('The moment, ISO 8601; unset: the start of the last sync of `data_source` that succeeded.'),
  data_source: targetField.optional(),
  remove_later: z.boolean().default(false).describe('Also delete newer objects. Their versions stay.'),
  exclude: z.array(z.string().min(1)).max(50).default([]).describe('Prefixes that are not touched, besides audit/.'),
});
type Input = z.infer<typeof input>;

const whole = z.number().int();
const output = z.strictObject({
  restored: whole,
  removed: whole,
  already: whole,
  skipped: z.array(z.string()).describe('What somebody changed meanwhile: it is not touched.'),
  at: z.string(),
});
type Output = z.infer<typeof output>;

/** One row an object, short, as there may be thousands: key, version to restore, its size, ETag, the version that was newest. */
const scopeSchema = z.object({
  at: whole,
  restore: z.array(z.tuple([z.string(), z.string(), whole, z.string(), z.string()])),
  remove: z.array(z.tuple([z.string(), z.string()])),
});
/** What was newest before: version, size; `null` for what was deleted. */
const snapshotSchema = z.object({ objects: z.array(z.tuple([z.string(), z.string(), whole.nullable()])) });

/**
 * Takes a prefix of a versioned bucket back to a moment (VQ-11). Restoring copies the old version over the newest, so that nothing is lost; objects
 * that came later stay unless their removal was chosen; what is the same as then is left alone. A try that was cut off goes on where it stood.
 */
export const s3RestorePrefix = changeAction({
  name: 's3.restore-prefix',
  about: 'Restores the objects of a prefix to a point in time, by their versions.',
  effect: 'destructive',
  input,
  output,
  targets: ({ target, data_source: source }) => (source === undefined ? [target] : [target, source]),
  permissions: ({ target, data_source: source }, context) => {
    const bucket = context.target(target, 'bucket');
    return [
      ...awsAll(['s3:GetBucketVersioning', 's3:ListBucketVersions', 's3:ListBucket'], bucketArn(bucket)),
      ...awsAll([...OBJECT_READS, ...OBJECT_WRITES], objectsArn(bucket)),
      ...(source === undefined ? [] : onDataSource(context, source, 'ListDataSourceSyncJobs')),
    ];
  },
  preflight: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    const look = async () => `s3://${(await versionedBucket(context, target)).bucket} keeps versions`;
    return awsPreflight(context.aws(bucket.region), look, awsAll(OBJECT_WRITES, objectsArn(bucket)));
  },

  async plan(given, context): Promise<Planned> {
    const { bucket, s3, prefix } = await placeOf(given, context);
    const at = await momentOf(given, context);
    const excluded = [...ALWAYS_EXCLUDED, ...given.exclude];
    const {
      restore,
      later,
      unchanged,
      excluded: left,
    } = await planned(s3.versions(bucket, prefix), {
      at,
      isExcluded: (key) => excluded.some((start) => key.startsWith(start)),
      limit: MAX_CHANGES,
    });
    const removing = given.remove_later ? later : [];
    const place = `s3://${bucket}/${prefix}`;
    const nothing = restore.length === 0 && removing.length === 0;
    const bytes = restore.reduce((total, { size }) => total + size, 0);
    return {
      summary: nothing
        ? `${place} is already as it was at ${toIso(at)}.`
        : `Restores ${place} to its state as of ${toIso(at)}: restores ${plural(restore.length, 'object')} (${sayBytes(bytes)})${removing.length === 0 ? '' : `, deletes ${plural(removing.length, 'newer object')}`}`,
      diff: nothing
        ? null
        : [...restore.map(sayRestoring), ...removing.map(({ key, size, time }) => `- ${key}  ${sayBytes(size)} of ${toIso(time)}, newer`)].join('\n'),
      noPlan: nothing ? 'Nothing would change.' : null,
      notes: [
        `${plural(unchanged, 'object is unchanged and stays', 'objects are unchanged and stay')}.`,
        ...(later.length > removing.length
          ? [
              `${plural(later.length, 'newer object stays', 'newer objects stay')}: ${some(later.map(({ key, time }) => `${key} (${toIso(time)})`))}. Choose remove_later to delete newer objects.`,
            ]
          : []),
        ...(left === 0 ? [] : [`Not touched: ${plural(left, 'object')} under ${excluded.join(', ')}.`]),
        'Every version stays: restoring makes a copy, deleting adds a delete marker.',
      ],
      touches: [],
      changes: !nothing,
      asListed: true,
      scope: {
        at,
        restore: restore.map(({ key, version, size, etag, from }) => [key, version, size, etag, from]),
        remove: removing.map(({ key, from }) => [key, from]),
      },
      snapshot: {
        objects: [
          ...restore.map(({ key, from, now }) => [key, from, now === null ? null : now.size] as const),
          ...removing.map(({ key, from, size }) => [key, from, size] as const),
        ],
      },
    };
  },

  async apply(given, plan, context) {
    const { bucket, s3, prefix } = await placeOf(given, context);
    const scope = scopeSchema.parse(plan.scope);
    const tally = { restored: 0, removed: 0, already: 0, skipped: [] as string[] };
    const total = scope.restore.length + scope.remove.length;
    let done = 0;
    const step = (): void => {
      done += 1;
      if (done % 100 === 0 || done === total) context.say(`${done} of ${plural(total, 'object')}`);
      if (context.signal.aborted) throw new UserError('stopped', `${done} of ${plural(total, 'object')} are done. Run it again to continue.`);
    };
    await eachOf(scope.restore, WIDTH, async ([key, version, size, etag, from]) => {
      const now = await s3.head(bucket, key);
      // What is still the version that the plan saw is not restored yet, whatever its size says.
      if (now !== null && now.version !== from) {
        if (isContent(now, { size, etag, version })) tally.already += 1;
        else tally.skipped.push(key);
      } else {
        await restoreOne(s3, bucket, { key, version, size, etag }, context);
        tally.restored += 1;
      }
      step();
    });
    await eachOf(scope.remove, WIDTH, async ([key, from]) => {
      const now = await s3.head(bucket, key);
      if (now === null) tally.already += 1;
      else if (now.version !== from) tally.skipped.push(key);
      else {
        await s3.remove(bucket, key);
        tally.removed += 1;
      }
      step();
    });
    await verifyRestored(s3, bucket, prefix, scope, new Set(tally.skipped));
    return said(tally, `s3://${bucket}/${prefix}`, scope.at);
  },

  async revert(given, plan, context, force): Promise<Reverted> {
    const { bucket, s3, prefix } = await placeOf(given, context);
    const { objects } = snapshotSchema.parse(plan.snapshot);
    const scope = scopeSchema.parse(plan.scope);
    const ours = new Map(scope.restore.map(([key, version, size, etag]) => [key, { version, size, etag }]));
    const foreign: string[] = [];
    const back: (readonly [string, string, number | null])[] = [];
    await eachOf(objects, WIDTH, async ([key, from, size]) => {
      const [now, before] = await Promise.all([s3.head(bucket, key), size === null ? null : s3.head(bucket, key, from)]);
      if (now === null ? before === null : before !== null && isContent(now, { ...before, version: from })) return;
      const wanted = ours.get(key);
      const isOurs = wanted === undefined ? now === null : now !== null && isContent(now, wanted);
      if (!isOurs) foreign.push(key);
      back.push([key, from, size]);
    });
    if (back.length === 0) return { kind: 'already', summary: `s3://${bucket}/${prefix} is as before.` };
    if (foreign.length > 0 && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody changed ${plural(foreign.length, 'object')} of s3://${bucket}/${prefix} meanwhile.`,
        diff: foreign.map((key) => `- ${key}  as it is now\n+ ${key}  as it was before the rollback`).join('\n'),
      };
    }
    await eachOf(back, WIDTH, async ([key, from, size]) => {
      if (size === null) await s3.remove(bucket, key);
      else await restoreOne(s3, bucket, { key, version: from, size, etag: '' }, context);
    });
    return { kind: 'reverted', summary: `${plural(back.length, 'object')} of s3://${bucket}/${prefix} are as before.` };
  },
});

const OBJECT_READS = ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectVersionTagging'];
const OBJECT_WRITES = ['s3:PutObject', 's3:PutObjectTagging', 's3:DeleteObject', 's3:AbortMultipartUpload'];

async function placeOf(
  { target, prefix }: Input,
  context: ActionContext,
): Promise<{ readonly bucket: string; readonly s3: ObjectStorage; readonly prefix: string }> {
  const { bucket, s3, prefix: own } = await versionedBucket(context, target);
  return { bucket, s3, prefix: `${own}${prefix}` };
}

/** @throws UserError `too-many-changes` */
async function planned(...given: Parameters<typeof planRestore>) {
  try {
    return await planRestore(...given);
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    throw new UserError('too-many-changes', `More than ${MAX_CHANGES} objects differ. Use longer prefixes, one after the other.`);
  }
}

function said({ restored, removed, already, skipped }: Omit<Output, 'at'>, place: string, at: number): Reading<Output> {
  const parts = [
    `restored ${plural(restored, 'object')}`,
    ...(removed === 0 ? [] : [`deleted ${removed}`]),
    ...(already === 0 ? [] : [`${already} were so already`]),
    ...(skipped.length === 0 ? [] : [`${skipped.length} changed meanwhile and not touched: ${some(skipped)}`]),
  ];
  return {
    output: { restored, removed, already, skipped, at: toIso(at) },
    summary: `${place} is restored to ${toIso(at)}: ${parts.join(', ')}.`,
    ...(skipped.length === 0 ? {} : { table: { columns: ['left alone'], rows: skipped.slice(0, 50).map((key) => [key]) } }),
  };
}

function sayRestoring({ key, size, time, now }: Restoring): string {
  const there = now === null ? 'deleted now' : `now ${sayBytes(now.size)} of ${toIso(now.time)}`;
  return `+ ${key}  ${sayBytes(size)} of ${toIso(time)}; ${there}`;
}
