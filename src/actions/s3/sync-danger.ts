import { z } from 'zod';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { aws, bucketArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';

const input = z.strictObject({
  target: targetField.describe('The bucket that keeps evidence.'),
  folder: z.string().default('audit/').describe('Where in it the evidence is.'),
  synced: z.array(targetField).min(1).max(20).describe('Buckets that a script synchronises with deletion (aws s3 sync --delete).'),
});
type Input = z.infer<typeof input>;
const output = z.strictObject({
  inside: z.boolean().describe('Whether the evidence is where a sync deletes objects.'),
  danger: z.boolean().describe('Inside, and no versions are kept: it would be gone for good.'),
  versioning: z.enum(['on', 'suspended', 'off']),
});

/** Evidence that a synchronisation would delete (platform-facts: `s3 sync --delete` on the bucket's root). For the pre-flight above all. */
export const s3SyncDanger = readAction({
  name: 's3.sync-danger',
  about: 'Warns of evidence in a bucket that a script syncs with deletion.',
  input,
  output,
  targets: ({ target, synced }) => [target, ...synced],
  permissions: ({ target }, context) => [aws('s3:GetBucketVersioning', bucketArn(context.target(target, 'bucket')))],
  async preflight(given, context) {
    const there = context.aws(context.target(given.target, 'bucket').region);
    let found: z.infer<typeof output> | undefined;
    const checks = await awsPreflight(there, async () => {
      found = await look(given, context);
      return say(given, context, found);
    });
    if (found === undefined || !found.inside) return checks;
    const what = say(given, context, found);
    const advice = found.danger
      ? 'Turn versioning on, and move the evidence to a bucket of its own before the script runs again.'
      : 'Move the evidence to a bucket of its own, or exclude it from the script (--exclude).';
    return [{ state: found.danger ? 'failure' : 'warning', what, advice }];
  },

  async run(given, context) {
    const found = await look(given, context);
    return { state: found.danger ? 'bad' : 'good', output: found, summary: `${say(given, context, found)}.` };
  },
});

async function look({ target, folder, synced }: Input, context: ActionContext): Promise<z.infer<typeof output>> {
  const { bucket, prefix, region } = context.target(target, 'bucket');
  const place = `${prefix}${folder}`;
  const inside = synced.some((name) => {
    const other = context.target(name, 'bucket');
    return other.bucket === bucket && (place.startsWith(other.prefix) || other.prefix.startsWith(place));
  });
  const versioning = await context.aws(region).s3.versioning(bucket);
  return { inside, danger: inside && versioning !== 'on', versioning };
}

function say({ target, folder }: Input, context: ActionContext, { inside, danger, versioning }: z.infer<typeof output>): string {
  const { bucket, prefix } = context.target(target, 'bucket');
  const place = `s3://${bucket}/${prefix}${folder}`;
  if (!inside) return `${place} is in no bucket that a script syncs with deletion`;
  return danger
    ? `${place} is in a bucket that a script syncs with deletion, and versioning is ${versioning}: the evidence would be lost for good`
    : `${place} is in a bucket that a script syncs with deletion; its versions would stay`;
}
