import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../ports/evidence.ts';

/** Versions and delete markers come as two lists; together they are sorted by key, newest first. */
export function versionsOf(page: ListObjectVersionsCommandOutput): ObjectVersion[] {
  const versions = (page.Versions ?? []).map((version) => ({ ...version, deleteMarker: false }));
  const markers = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, deleteMarker: true }));
  return [...versions, ...markers]
    .map((entry) => ({
      key: entry.Key ?? '',
      versionId: entry.VersionId ?? 'null',
      deleteMarker: entry.deleteMarker,
      latest: entry.IsLatest === true,
      time: entry.LastModified?.getTime() ?? 0,
    }))
    .sort((left, right) => compare(left.key, right.key) || Number(right.latest) - Number(left.latest) || right.time - left.time)
    .map(({ time: _time, ...version }) => version);
}

/** Where the next page begins; `null` after the last one. */
export function markersOf(page: ListObjectVersionsCommandOutput): { KeyMarker?: string; VersionIdMarker?: string } | null {
  if (page.NextKeyMarker === undefined) return null;
  return { KeyMarker: page.NextKeyMarker, ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }) };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
