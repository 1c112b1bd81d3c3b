import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { changeAction, type Planned } from '../../ports/action.ts';
import { awsAll, bucketArn, objectsArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { sayBytes, targetField } from '../shared/fields.ts';
import { eachOf } from './each.ts';
import { assertInside, objectKey, sayKeys } from './keys.ts';
import { versionedBucket } from './versioned.ts';

const WIDTH = 16;
/** Evidence is never removed. */
const PROTECTED = 'audit/';

const input = z.strictObject({
  target: targetField.describe('The bucket.'),
  keys: z.array(objectKey).min(1).max(1_000),
});
const output = z.strictObject({ removed: z.array(z.string()), already: z.number().int(), skipped: z.array(z.string()) });
const scopeSchema = z.object({ objects: z.array(z.object({ key: z.string(), version: z.string(), size: z.number().int(), etag: z.string() })) });

/**
 * Deletes objects from a bucket that keeps versions (VQ-24): a crawled document goes from the index when its object is gone and a sync has run. A
 * delete marker is all that is put; undoing copies the version back.
 */
export const s3RemoveObjects = changeAction({
  name: 's3.remove-objects',
  about: 'Deletes objects from a bucket that keeps versions; a revert brings them back.',
  effect: 'destructive',
  input,
  output,
  permissions: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    return [
      ...awsAll(['s3:GetBucketVersioning', 's3:ListBucket'], bucketArn(bucket)),
      ...awsAll(
        ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectVersionTagging', 's3:DeleteObject', 's3:PutObject', 's3:PutObjectTagging'],
        objectsArn(bucket),
      ),
    ];
  },
  preflight: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    const look = async () => `s3://${(await versionedBucket(context, target)).bucket} keeps versions`;
    return awsPreflight(context.aws(bucket.region), look, awsAll(['s3:DeleteObject', 's3:PutObject'], objectsArn(bucket)));
  },

  async plan({ target, keys }, context): Promise<Planned> {
    const { bucket, prefix, s3 } = await versionedBucket(context, target);
    assertInside(keys, { bucket, prefix }, target);
    const evidence = keys.find((key) => key.startsWith(PROTECTED));
    if (evidence !== undefined) throw new UserError('key-protected', `${evidence} is evidence and is not removed.`);
    const found = await Promise.all([...new Set(keys)].map(async (key) => ({ key, now: await s3.head(bucket, key) })));
    const there = found.flatMap(({ now }) => (now === null ? [] : [now]));
    const gone = found.length - there.length;
    return {
      summary: there.length === 0 ? 'None of the objects exists.' : `Deletes ${sayKeys(there.map(({ key }) => key))} from s3://${bucket}`,
      diff: there.length === 0 ? null : there.map(({ key, size, time }) => `- ${key}  ${sayBytes(size)} of ${toIso(time)}`).join('\n'),
      noPlan: there.length === 0 ? 'Nothing would change.' : null,
      notes: [
        'Their versions stay; a revert brings them back.',
        'The next sync removes them from the index.',
        ...(gone === 0 ? [] : [`${plural(gone, 'object is', 'objects are')} already gone.`]),
      ],
      touches: [],
      changes: there.length > 0,
      asListed: true,
      scope: { objects: there.map(({ key, version, size, etag }) => ({ key, version, size, etag })) },
      snapshot: { objects: there.map(({ key, version, size, etag }) => ({ key, version, size, etag })) },
    };
  },

  async apply({ target }, planned, context) {
    const { bucket, s3 } = await versionedBucket(context, target);
    const { objects } = scopeSchema.parse(planned.scope);
    const tally = { removed: [] as string[], already: 0, skipped: [] as string[] };
    await eachOf(objects, WIDTH, async ({ key, version }) => {
      const now = await s3.head(bucket, key);
      if (now === null) tally.already += 1;
      else if (now.version !== version) tally.skipped.push(key);
      else {
        await s3.remove(bucket, key);
        tally.removed.push(key);
      }
    });
    const left =
      tally.skipped.length === 0
        ? ''
        : ` ${plural(tally.skipped.length, 'object')} changed since the plan and were not touched: ${tally.skipped.slice(0, 5).join(', ')}.`;
    return {
      output: tally,
      summary: `Deleted ${plural(tally.removed.length, 'object')} from s3://${bucket}${tally.already === 0 ? '' : `; ${tally.already} ${tally.already === 1 ? 'was' : 'were'} gone already`}.${left}`,
    };
  },

  async revert({ target }, planned, context, force) {
    const { bucket, s3 } = await versionedBucket(context, target);
    const { objects } = scopeSchema.parse(planned.snapshot);
    const found = await Promise.all(objects.map(async (object) => ({ object, now: await s3.head(bucket, object.key) })));
    const missing = found.filter(
      ({ now, object }) => now === null || (now.version !== object.version && (now.etag !== object.etag || now.size !== object.size)),
    );
    if (missing.length === 0) return { kind: 'already', summary: 'The objects are restored.' };
    const foreign = missing.filter(({ now }) => now !== null);
    if (foreign.length > 0 && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody wrote ${sayKeys(foreign.map(({ object }) => object.key))} again meanwhile.`,
        diff: foreign
          .map(
            ({ object, now }) =>
              `- ${object.key}  ${sayBytes(now?.size ?? 0)} of ${toIso(now?.time ?? 0)}\n+ ${object.key}  ${sayBytes(object.size)}`,
          )
          .join('\n'),
      };
    }
    await eachOf(missing, WIDTH, async ({ object }) => {
      await s3.restoreVersion(bucket, { ...object, time: 0, latest: false, deleteMarker: false });
    });
    return { kind: 'reverted', summary: `${plural(missing.length, 'object is', 'objects are')} restored.` };
  },
});
