import type { ListObjectsV2CommandOutput, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectStorage, StoredObject, StoredVersion } from '../../ports/aws.ts';
import type { Link } from './link.ts';
import { bucketArn } from './s3-names.ts';

/** What lies in a bucket of Amazon S3. */
export function listingOf(link: Link): Pick<ObjectStorage, 'list' | 'versions'> {
  return {
    async *list(bucket, prefix, after) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:ListBucket', resource: bucketArn(bucket) };
      let next: string | undefined;
      do {
        const start = next === undefined ? (after === undefined ? {} : { StartAfter: after }) : { ContinuationToken: next };
        const input = { Bucket: bucket, Prefix: prefix, ...start };
        const page: ListObjectsV2CommandOutput = await link.ask(asked, (options) => client.send(new sdk.ListObjectsV2Command(input), options));
        for (const one of page.Contents ?? []) yield objectOf(one);
        next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (next !== undefined);
    },

    async *versions(bucket, prefix) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:ListBucketVersions', resource: bucketArn(bucket) };
      let next: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
      let held: StoredVersion[] = [];
      while (next !== null) {
        const input = { Bucket: bucket, Prefix: prefix, ...next };
        const page: ListObjectVersionsCommandOutput = await link.ask(asked, (options) =>
          client.send(new sdk.ListObjectVersionsCommand(input), options),
        );
        const found = [
          ...held,
          ...(page.Versions ?? []).map((one) => versionOf(one, false)),
          ...(page.DeleteMarkers ?? []).map((one) => versionOf(one, true)),
        ].sort(byKeyNewestFirst);
        const more: boolean = page.IsTruncated === true && page.NextKeyMarker !== undefined;
        // A page may end amid a key's versions, and lists versions and markers apart: the last key waits for the next page.
        const last = more ? found.at(-1)?.key : undefined;
        held = last === undefined ? [] : found.filter(({ key }) => key === last);
        for (const one of found) if (one.key !== last || last === undefined) yield one;
        next = more
          ? {
              ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
              ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
            }
          : null;
      }
    },
  };
}

interface Listed {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

function objectOf(one: Listed): StoredObject {
  return { key: one.Key ?? '', size: one.Size ?? 0, time: one.LastModified?.getTime() ?? 0, etag: one.ETag ?? '' };
}

function versionOf(
  one: Listed & { readonly VersionId?: string | undefined; readonly IsLatest?: boolean | undefined },
  marker: boolean,
): StoredVersion {
  return { ...objectOf(one), version: one.VersionId ?? 'null', latest: one.IsLatest === true, deleteMarker: marker };
}

/** S3's own order of keys is that of their UTF-8 bytes. */
function byKeyNewestFirst(left: StoredVersion, right: StoredVersion): number {
  return Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)) || Number(right.latest) - Number(left.latest) || right.time - left.time;
}
