import { UserError } from '../../domain/errors.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { ObjectStorage } from '../../ports/aws.ts';

/** A bucket that keeps versions: without them nothing can be restored. @throws UserError `no-versions` */
export async function versionedBucket(
  context: ActionContext,
  target: string,
): Promise<{ readonly bucket: string; readonly prefix: string; readonly s3: ObjectStorage }> {
  const { bucket, prefix, region } = context.target(target, 'bucket');
  const { s3 } = context.aws(region);
  const versioning = await s3.versioning(bucket);
  if (versioning === 'on') return { bucket, prefix, s3 };
  throw new UserError(
    'no-versions',
    `s3://${bucket} keeps no versions (versioning is ${versioning}): deleted or overwritten objects are lost. Turn versioning on.`,
  );
}
