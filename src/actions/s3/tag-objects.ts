import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import type { ObjectStorage } from '../../ports/aws.ts';
import { aws, awsAll, bucketArn, objectsArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { isLate, targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { assertInside, lookInto, objectKey, sayKeys } from './keys.ts';

/** Tags an object may have (S3, "Categorizing your storage using tags"). */
const MAX_TAGS = 10;
const tagText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@⟨⟩()"]*$/u, 'expected letters, digits, blanks and + - = . _ : / @');

const input = z.strictObject({
  target: targetField.describe('The bucket.'),
  keys: z.array(objectKey).min(1).max(100),
  tags: z.record(tagText(128).min(1), tagText(256)).refine((tags) => Object.keys(tags).length > 0, 'expected at least one tag'),
});
type Tags = Readonly<Record<string, string>>;

const output = z.strictObject({ tagged: z.array(z.string()), already: z.number().int() });
const snapshotSchema = z.object({ objects: z.array(z.object({ key: z.string(), tags: z.record(z.string(), z.string()) })) });

/** Tags objects, e.g. drift evidence with its incident (VO-16). PutObjectTagging replaces everything: what is there is read and kept. */
export const s3TagObjects = changeAction({
  name: 's3.tag-objects',
  about: 'Gives objects tags and keeps those that they have.',
  effect: 'change',
  input,
  output,
  permissions: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    return [
      aws('s3:ListBucket', bucketArn(bucket)),
      ...awsAll(['s3:GetObjectTagging', 's3:PutObjectTagging', 's3:DeleteObjectTagging'], objectsArn(bucket)),
    ];
  },
  preflight: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    const there = context.aws(bucket.region);
    return awsPreflight(there, () => lookInto(there.s3, bucket), awsAll(['s3:GetObjectTagging', 's3:PutObjectTagging'], objectsArn(bucket)));
  },

  async plan({ target, keys, tags }, context): Promise<Planned> {
    const unique = [...new Set(keys)];
    const { bucket, s3 } = place(context, target, unique);
    const found = await Promise.all(unique.map(async (key) => ({ key, before: await s3.tags(bucket, key) })));
    const changed = found.filter(({ before }) => !has(before, tags));
    for (const { key, before } of changed) {
      const total = Object.keys({ ...before, ...tags }).length;
      if (total > MAX_TAGS) throw new UserError('too-many-tags', `${key} would have ${total} tags; S3 allows ${MAX_TAGS}. Remove one first.`);
    }
    const names = Object.keys(tags).join(', ');
    return {
      summary:
        changed.length === 0 ? `${sayKeys(unique)} already has ${names}.` : `Tags ${sayKeys(changed.map(({ key }) => key))} with ${sayTags(tags)}`,
      diff: changed.length === 0 ? null : changed.flatMap(({ key, before }) => [`  ${key}`, ...diffTags(before, { ...before, ...tags })]).join('\n'),
      noPlan: changed.length === 0 ? 'Nothing would change.' : null,
      notes: ['Existing tags stay.'],
      touches: found.map(({ key, before }) => touchOf(key, before)),
      changes: changed.length > 0,
      scope: { keys: unique },
      snapshot: { objects: found.map(({ key, before }) => ({ key, tags: before })) },
    };
  },

  async apply({ target, tags }, planned, context) {
    const keys = z.object({ keys: z.array(z.string()) }).parse(planned.scope).keys;
    const { bucket, s3 } = place(context, target, keys);
    const late = Object.values(tags).find(isLate);
    if (late !== undefined) throw new UserError('value-missing', `The tag ${late} has no value yet.`);
    const tagged: string[] = [];
    for (const key of keys) {
      const there = await s3.tags(bucket, key);
      if (has(there, tags)) continue;
      assertFresh({ ...planned, touches: planned.touches.filter(({ object }) => object === key) }, [touchOf(key, there)]);
      await s3.replaceTags(bucket, key, { ...there, ...tags });
      tagged.push(key);
    }
    const already = keys.length - tagged.length;
    return {
      output: { tagged, already },
      summary: `${tagged.length === 0 ? 'Nothing to tag' : `Tagged ${plural(tagged.length, 'object')} with ${sayTags(tags)}`}${already === 0 ? '' : `; ${already} had it already`}.`,
    };
  },

  async revert({ target, tags }, planned, context, force) {
    const { objects } = snapshotSchema.parse(planned.snapshot);
    const { bucket, s3 } = place(
      context,
      target,
      objects.map(({ key }) => key),
    );
    const found = await Promise.all(objects.map(async ({ key, tags: before }) => ({ key, before, there: await s3.tags(bucket, key) })));
    const names = Object.keys(tags);
    const foreign = found.filter(({ before, there }) => names.some((name) => there[name] !== tags[name] && there[name] !== before[name]));
    if (foreign.length > 0 && !force) {
      return {
        kind: 'conflict',
        summary: `Somebody changed the tags of ${sayKeys(foreign.map(({ key }) => key))} meanwhile.`,
        diff: foreign.flatMap(({ key, before, there }) => [`  ${key}`, ...diffTags(there, back(there, before, names))]).join('\n'),
      };
    }
    let reverted = 0;
    for (const { key, before, there } of found) {
      const wanted = back(there, before, names);
      if (diffTags(there, wanted).length === 0) continue;
      await s3.replaceTags(bucket, key, wanted);
      reverted += 1;
    }
    return reverted === 0
      ? { kind: 'already', summary: 'The tags are as before.' }
      : { kind: 'reverted', summary: `The tags of ${plural(reverted, 'object')} are as before; tags added meanwhile stay.` };
  },
});

function place(context: ActionContext, target: string, keys: readonly string[]): { readonly bucket: string; readonly s3: ObjectStorage } {
  const bucket = context.target(target, 'bucket');
  assertInside(keys, bucket, target);
  return { bucket: bucket.bucket, s3: context.aws(bucket.region).s3 };
}

function has(there: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([name, value]) => there[name] === value);
}

/** Our tags as they were before, everybody else's as they are. */
function back(there: Tags, before: Tags, names: readonly string[]): Tags {
  const others = Object.entries(there).filter(([name]) => !names.includes(name));
  const ours = names.flatMap((name) => (before[name] === undefined ? [] : [[name, before[name]] as const]));
  return Object.fromEntries([...others, ...ours]);
}

function diffTags(before: Tags, after: Tags): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .flatMap((name) => [
      ...(before[name] === undefined ? [] : [`-   ${name}: ${before[name]}`]),
      ...(after[name] === undefined ? [] : [`+   ${name}: ${after[name]}`]),
    ]);
}

function sayTags(tags: Tags): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function touchOf(key: string, tags: Tags): Touch {
  return touch(key, key, 'its tags', tags);
}
