import { UserError } from '../../domain/errors.ts';
import { addAll } from '../../lib/add-all.ts';
import { plural } from '../../lib/plural.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { ObjectStorage, StoredVersion } from '../../ports/aws.ts';

/** A version as it was, and what tells a copy of it. */
export interface Wanted {
  readonly version: string;
  readonly size: number;
  readonly etag: string;
}

/** The version itself, or a copy of it. Where an ETag says nothing of the content, the size must do. */
export function isContent(
  now: { readonly version: string; readonly size: number; readonly etag: string; readonly opaque: boolean },
  { version, size, etag }: Wanted,
): boolean {
  if (now.version === version) return true;
  return now.size === size && (now.etag === etag || now.opaque || etag.includes('-'));
}

/** Copies a version over what is there; of a large one it says how far it is. */
export async function restoreOne(
  s3: ObjectStorage,
  bucket: string,
  { key, version, size, etag }: Wanted & { readonly key: string },
  context: ActionContext,
): Promise<void> {
  const source: StoredVersion = { key, version, size, etag, time: 0, latest: false, deleteMarker: false };
  await s3.restoreVersion(bucket, source, (done, parts) => context.say(`${key}: part ${done} of ${parts}`));
}

/** One listing shows that everything is in place. @throws UserError `restore-differs` */
export async function verifyRestored(
  s3: ObjectStorage,
  bucket: string,
  prefix: string,
  {
    restore,
    remove,
  }: {
    readonly restore: readonly (readonly [string, string, number, ...unknown[]])[];
    readonly remove: readonly (readonly [string, ...unknown[]])[];
  },
  skipped: ReadonlySet<string>,
): Promise<void> {
  const wanted = new Map(restore.map(([key, , size]) => [key, size]));
  const gone = new Set(remove.map(([key]) => key));
  const wrong: string[] = [];
  for await (const { key, size } of s3.list(bucket, prefix)) {
    const expected = wanted.get(key);
    wanted.delete(key);
    if (!skipped.has(key) && (gone.has(key) || (expected !== undefined && expected !== size))) wrong.push(key);
  }
  addAll(
    wrong,
    [...wanted.keys()].filter((key) => !skipped.has(key)),
  );
  if (wrong.length > 0)
    throw new UserError(
      'restore-differs',
      `${plural(wrong.length, 'object differs', 'objects differ')} from what was restored: ${some(wrong)}. Make a new plan.`,
    );
}

/** A few of many, for a sentence. */
export function some(list: readonly string[]): string {
  return `${list.slice(0, 5).join(', ')}${list.length > 5 ? ' and more' : ''}`;
}
