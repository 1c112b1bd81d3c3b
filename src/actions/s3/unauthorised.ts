import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import type { StoredObject } from '../../ports/aws.ts';
import { aws, bucketArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { sayBytes, targetField } from '../shared/fields.ts';
import { lookInto } from './keys.ts';

/** Objects that are listed one by one; all are counted. */
const MAX_LISTED = 1_000;
const SHOWN = 50;

const input = z.strictObject({
  target: targetField.describe('The bucket that a data source reads.'),
  allowed: z
    .array(z.string().min(1))
    .min(1)
    .max(100)
    .optional()
    .describe('What keys may begin with, e.g. docs/ or README.md; the target’s `allowed` unless told.'),
});
const output = z.strictObject({
  outside: z.number().int(),
  keys: z.array(z.string()).describe('The first thousand.'),
  scanned: z.number().int(),
  clean: z.boolean(),
});

/** Content that nobody allowed (VQ-04): objects outside of the prefixes that belong into the knowledge base. */
export const s3Unauthorised = readAction({
  name: 's3.unauthorised',
  about: 'Finds objects of a bucket outside of the prefixes that are allowed in it.',
  input,
  output,
  permissions: ({ target }, context) => [aws('s3:ListBucket', bucketArn(context.target(target, 'bucket')))],
  preflight: ({ target }, context) => {
    const bucket = context.target(target, 'bucket');
    const there = context.aws(bucket.region);
    return awsPreflight(there, () => lookInto(there.s3, bucket));
  },

  async run({ target, allowed: given }, context) {
    const { bucket, prefix, region, allowed: usual } = context.target(target, 'bucket');
    const allowed = given ?? usual;
    if (allowed === undefined)
      throw new UserError('no-allowed-prefixes', `No rule says what may be in s3://${bucket}/${prefix}. Set \`allowed\` of ${target} in tocsin.yml.`);
    const found: StoredObject[] = [];
    let outside = 0;
    let scanned = 0;
    for await (const object of context.aws(region).s3.list(bucket, prefix)) {
      scanned += 1;
      if (scanned % 10_000 === 0) context.say(`Checked ${scanned} objects`);
      if (allowed.some((start) => object.key.startsWith(start))) continue;
      outside += 1;
      if (found.length < MAX_LISTED) found.push(object);
    }
    const rows = found.map(({ key, size, time }) => [key, sayBytes(size), toIso(time)]);
    return {
      state: outside === 0 ? 'good' : 'bad',
      output: { outside, keys: found.map(({ key }) => key), scanned, clean: outside === 0 },
      summary:
        outside === 0
          ? `All ${plural(scanned, 'object')} of s3://${bucket}/${prefix} are under allowed prefixes.`
          : `${outside} of ${plural(scanned, 'object')} of s3://${bucket}/${prefix} are outside ${allowed.join(', ')}.`,
      ...(rows.length === 0 ? {} : { table: { columns: ['object', 'size', 'since'], rows: rows.slice(0, SHOWN) } }),
      ...(rows.length === 0 ? {} : { text: { name: `outside-${target}.txt`, content: `${rows.map((row) => row.join('\t')).join('\n')}\n` } }),
    };
  },
});
