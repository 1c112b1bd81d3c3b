import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { ObjectStorage } from '../../ports/aws.ts';
import type { BucketTarget } from '../../ports/targets.ts';

/** A key of S3 (user guide, "Naming objects": up to 1,024 bytes). */
export const objectKey = z
  .string()
  .min(1)
  .refine((key) => Buffer.byteLength(key) <= 1_024, { error: 'a key has at most 1,024 bytes' });

/** A step touches only what the target names. @throws UserError `key-outside` */
export function assertInside(keys: readonly string[], { bucket, prefix }: Pick<BucketTarget, 'bucket' | 'prefix'>, target: string): void {
  const outside = keys.find((key) => !key.startsWith(prefix));
  if (outside !== undefined)
    throw new UserError('key-outside', `${outside} is not under s3://${bucket}/${prefix}, the place of the target ${target}.`);
}

/** The objects that a list of keys is about, for a summary. */
export function sayKeys(keys: readonly string[]): string {
  const [first = ''] = keys;
  return keys.length === 1 ? first : `${keys.length} objects`;
}

/** A harmless look into a bucket, for pre-flights. @throws AwsError */
export async function lookInto(s3: ObjectStorage, { bucket, prefix }: BucketTarget): Promise<string> {
  for await (const _one of s3.list(bucket, prefix)) return `s3://${bucket}/${prefix} can be listed`;
  return `s3://${bucket}/${prefix} is empty`;
}
