import type { ListObjectsV2CommandOutput, ListObjectVersionsCommandOutput, LifecycleRule as SdkRule } from '@aws-sdk/client-s3';
import type { LifecycleRule, ObjectStorage, StoredObject, StoredVersion } from '../../ports/aws.ts';
import { AwsError } from '../../ports/aws.ts';
import { parseJson } from './json.ts';
import type { Link } from './link.ts';
import { restoreVersion } from './s3-restore.ts';

/** Amazon S3. */
export function storageOf(link: Link): ObjectStorage {
  const bucketArn = (bucket: string) => `arn:aws:s3:::${bucket}`;
  const objectArn = (bucket: string, key: string) => `arn:aws:s3:::${bucket}/${key}`;

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

    async read(bucket, key, limit) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetObject', resource: objectArn(bucket, key) };
      return link.askOr(asked, 'not-found', null, async (options) => {
        const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }), options);
        if ((answer.ContentLength ?? 0) > limit) {
          // Whoever does not read a body must say so, or the connection stays taken.
          await answer.Body?.transformToWebStream().cancel();
          throw new AwsError('invalid', `s3://${bucket}/${key} has ${answer.ContentLength} bytes, more than the ${limit} that are read.`);
        }
        return { bytes: (await answer.Body?.transformToByteArray()) ?? new Uint8Array(), metadata: answer.Metadata ?? {} };
      });
    },

    async head(bucket, key, version) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', resource: objectArn(bucket, key) };
      const input = { Bucket: bucket, Key: key, ...(version === undefined ? {} : { VersionId: version }) };
      const found = await link.askOr(asked, 'not-found', null, (options) => client.send(new sdk.HeadObjectCommand(input), options));
      if (found === null) return null;
      return {
        key,
        size: found.ContentLength ?? 0,
        time: found.LastModified?.getTime() ?? 0,
        etag: found.ETag ?? '',
        version: found.VersionId ?? 'null',
        opaque: found.ETag?.includes('-') === true || found.ServerSideEncryption?.startsWith('aws:kms') === true,
      };
    },

    async tags(bucket, key) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetObjectTagging', resource: objectArn(bucket, key) };
      const { TagSet } = await link.ask(asked, (options) => client.send(new sdk.GetObjectTaggingCommand({ Bucket: bucket, Key: key }), options));
      return Object.fromEntries((TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
    },

    async replaceTags(bucket, key, tags) {
      const { client, sdk } = await link.clients.s3();
      const place = { Bucket: bucket, Key: key };
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const asked = (permission: string) => ({ permission, resource: objectArn(bucket, key), writing: true });
      // An empty set is not what every S3 takes.
      if (TagSet.length === 0)
        await link.ask(asked('s3:DeleteObjectTagging'), (options) => client.send(new sdk.DeleteObjectTaggingCommand(place), options));
      else
        await link.ask(asked('s3:PutObjectTagging'), (options) =>
          client.send(new sdk.PutObjectTaggingCommand({ ...place, Tagging: { TagSet } }), options),
        );
    },

    restoreVersion: (bucket, version, say) => restoreVersion(link, bucket, version, say ?? (() => undefined)),

    async remove(bucket, key, version) {
      const { client, sdk } = await link.clients.s3();
      const permission = version === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
      const input = { Bucket: bucket, Key: key, ...(version === undefined ? {} : { VersionId: version }) };
      const answer = await link.ask({ permission, resource: objectArn(bucket, key), writing: true }, (options) =>
        client.send(new sdk.DeleteObjectCommand(input), options),
      );
      return answer.VersionId ?? '';
    },

    async versioning(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketVersioning', resource: bucketArn(bucket) };
      const { Status } = await link.ask(asked, (options) => client.send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }), options));
      if (Status === 'Enabled') return 'on';
      return Status === 'Suspended' ? 'suspended' : 'off';
    },

    async objectLock(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketObjectLockConfiguration', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket: bucket }), options)),
      );
      if (answer?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return null;
      const kept = answer.ObjectLockConfiguration.Rule?.DefaultRetention;
      return { mode: kept?.Mode ?? null, days: kept?.Days ?? (kept?.Years === undefined ? null : kept.Years * 365) };
    },

    async lifecycle(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetLifecycleConfiguration', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), options)),
      );
      return (answer?.Rules ?? []).map(ruleOf);
    },

    async policy(bucket) {
      const { client, sdk } = await link.clients.s3();
      const asked = { permission: 's3:GetBucketPolicy', resource: bucketArn(bucket) };
      const answer = await missingOr(null, () =>
        link.ask(asked, (options) => client.send(new sdk.GetBucketPolicyCommand({ Bucket: bucket }), options)),
      );
      return parseJson(answer?.Policy);
    },
  };
}

/** What a bucket does not have is an error with a name of its own; a bucket that is not there is none of them. */
const NOT_SET = new Set(['ObjectLockConfigurationNotFoundError', 'NoSuchLifecycleConfiguration', 'NoSuchBucketPolicy']);

async function missingOr<T, F>(answer: F, work: () => Promise<T>): Promise<T | F> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsError && NOT_SET.has(error.serviceCode)) return answer;
    throw error;
  }
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

function ruleOf(rule: SdkRule): LifecycleRule {
  const { Filter: filter } = rule;
  const filtered =
    filter?.Tag !== undefined || filter?.And !== undefined || filter?.ObjectSizeGreaterThan !== undefined || filter?.ObjectSizeLessThan !== undefined;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    prefix: filter?.Prefix ?? filter?.And?.Prefix ?? rule.Prefix ?? '',
    filtered,
    expiresAfterDays: rule.Expiration?.Days ?? null,
    expiresOn: rule.Expiration?.Date?.getTime() ?? null,
    oldVersionsExpireAfterDays: rule.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
  };
}
