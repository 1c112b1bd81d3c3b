import type { ListObjectsV2CommandOutput, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../ports/evidence.ts';
import { markersOf, versionsOf } from './s3-versions.ts';

/** Behind every name that begins with the text before it. */
const LAST = '\u{10ffff}';

/** Where a page of keys begins. */
type KeysNext = { readonly ContinuationToken?: string; readonly StartAfter?: string };
/** Where a page of versions begins. */
type VersionsNext = { readonly KeyMarker?: string; readonly VersionIdMarker?: string };

/** Keys page by page, without `root`, which stands before each; what is below the folders of `skip` is passed over. */
export async function* listedKeys(
  ask: (next: KeysNext) => Promise<ListObjectsV2CommandOutput>,
  root: string,
  skip: readonly string[],
): AsyncGenerator<string> {
  const over = overFolders(skip);
  for (let next: KeysNext | null = {}; next !== null; ) {
    const page: ListObjectsV2CommandOutput = await ask(next);
    const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(root.length)]));
    yield* keys;
    const token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (token === undefined) return;
    const behind = over(keys.at(-1));
    next = behind === null ? { ContinuationToken: token } : { StartAfter: root + behind };
  }
}

/** Versions and delete markers likewise. */
export async function* listedVersions(
  ask: (next: VersionsNext) => Promise<ListObjectVersionsCommandOutput>,
  root: string,
  skip: readonly string[],
): AsyncGenerator<ObjectVersion> {
  const over = overFolders(skip);
  for (let next: VersionsNext | null = {}; next !== null; ) {
    const page: ListObjectVersionsCommandOutput = await ask(next);
    const versions = versionsOf(page).map((version) => ({ ...version, key: version.key.slice(root.length) }));
    yield* versions;
    const markers: VersionsNext | null = page.IsTruncated === true ? markersOf(page) : null;
    if (markers === null) return;
    const behind = over(versions.at(-1)?.key);
    next = behind === null ? markers : { KeyMarker: root + behind };
  }
}

/**
 * How a listing gets over folders: of the last key of a page, the marker behind its folder, or `null` to go on as usual. Each folder is passed over
 * once, so that a name behind its marker keeps no listing from its end.
 */
function overFolders(skip: readonly string[]): (key: string | undefined) => string | null {
  const left = new Set(skip);
  return (key) => {
    const folder = key === undefined ? undefined : [...left].find((one) => key.startsWith(one));
    if (folder === undefined) return null;
    left.delete(folder);
    return folder + LAST;
  };
}
