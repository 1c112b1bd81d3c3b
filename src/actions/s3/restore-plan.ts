import type { StoredVersion } from '../../ports/aws.ts';

/** An object that goes back to a version it had. `from` is the version that is newest now. */
export interface Restoring {
  readonly key: string;
  readonly version: string;
  readonly size: number;
  readonly etag: string;
  readonly time: number;
  readonly from: string;
  /** `null`: now it is deleted. */
  readonly now: { readonly size: number; readonly time: number } | null;
}

/** An object that is there and was not there at the moment: it came later, or had been deleted then. */
export interface Later {
  readonly key: string;
  readonly from: string;
  readonly size: number;
  readonly time: number;
}

export interface RestorePlan {
  readonly restore: readonly Restoring[];
  readonly later: readonly Later[];
  readonly unchanged: number;
  readonly excluded: number;
}

export interface RestoreOptions {
  /** ms */
  readonly at: number;
  readonly isExcluded: (key: string) => boolean;
  /** More changes than these are too many for one plan. */
  readonly limit: number;
}

/** Thrown by what is listed when there are too many changes. */
export class TooMany extends Error {}

/**
 * What it takes to bring a bucket's objects back to a moment (VQ-11). Versions come in the order of their keys, the newest of a key first, and are held
 * for one key at a time. An object whose content is the same as then is unchanged, whatever versions lie between.
 * @throws TooMany
 */
export async function planRestore(versions: AsyncIterable<StoredVersion>, { at, isExcluded, limit }: RestoreOptions): Promise<RestorePlan> {
  const restore: Restoring[] = [];
  const later: Later[] = [];
  let unchanged = 0;
  let excluded = 0;
  let held: StoredVersion[] = [];

  function settle(): void {
    const [newest] = held;
    if (newest === undefined) return;
    if (isExcluded(newest.key)) {
      excluded += 1;
      return;
    }
    const then = held.find(({ time }) => time <= at);
    const was = then === undefined || then.deleteMarker ? null : then;
    if (was === null) {
      if (!newest.deleteMarker) later.push({ key: newest.key, from: newest.version, size: newest.size, time: newest.time });
    } else if (isSame(was, newest)) unchanged += 1;
    else {
      const now = newest.deleteMarker ? null : { size: newest.size, time: newest.time };
      restore.push({ key: was.key, version: was.version, size: was.size, etag: was.etag, time: was.time, from: newest.version, now });
    }
    if (restore.length + later.length > limit) throw new TooMany();
  }

  for await (const version of versions) {
    if (held[0] !== undefined && held[0].key !== version.key) {
      settle();
      held = [];
    }
    held.push(version);
  }
  settle();
  return { restore, later, unchanged, excluded };
}

function isSame(then: StoredVersion, now: StoredVersion): boolean {
  return then.version === now.version || (!now.deleteMarker && then.etag === now.etag && then.size === now.size);
}
