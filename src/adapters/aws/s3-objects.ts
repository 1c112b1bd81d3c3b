import { AwsError, type ObjectStorage } from '../../ports/aws.ts';
import type { Link } from './link.ts';
import { objectArn } from './s3-names.ts';
import { restoreVersion } from './s3-restore.ts';

/** One object of Amazon S3 at a time. */
export function objectsOf(link: Link): Pick<ObjectStorage, 'read' | 'head' | 'tags' | 'replaceTags' | 'restoreVersion' | 'remove'> {
  return {
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
  };
}
