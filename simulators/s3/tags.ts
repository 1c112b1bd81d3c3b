import type { Bucket, Tags } from './bucket.ts';
import { checkContent, versionHeader } from './content.ts';
import { malformed, S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { document, elementsOf, textOf } from './xml.ts';

/** Characters of a tag; S3 user guide, "Categorizing your storage using tags". */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of an `x-amz-tagging` header. */
export function parseTagging(header: string | undefined): Tags {
  return checkTags([...new URLSearchParams(header ?? '')]);
}

export function getTags(bucket: Bucket, request: S3Request): S3Answer {
  const version = bucket.find(request.key, request.query.get('versionId'));
  const set = version.tags.map(([key, value]) => ['Tag', [['Key', key] as const, ['Value', value] as const]] as const);
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...versionHeader(bucket, version) },
    body: document('Tagging', [['TagSet', set]]),
  };
}

/** PutObjectTagging: what was there is gone. */
export function putTags(bucket: Bucket, request: S3Request): S3Answer {
  checkContent(request.headers, request.body);
  const xml = request.body.toString('utf8');
  if (!xml.includes('<TagSet')) throw malformed();
  const tags = elementsOf(xml, 'Tag').map((tag) => {
    const [key, value] = [textOf(tag, 'Key'), textOf(tag, 'Value') ?? (/<Value\s*\/>/.test(tag) ? '' : null)];
    if (key === null || value === null) throw malformed();
    return [key, value] as const;
  });
  const version = bucket.tag(request.key, request.query.get('versionId'), checkTags(tags));
  return { status: 200, headers: versionHeader(bucket, version), body: '' };
}

export function deleteTags(bucket: Bucket, request: S3Request): S3Answer {
  const version = bucket.tag(request.key, request.query.get('versionId'), []);
  return { status: 204, headers: versionHeader(bucket, version), body: '' };
}

function checkTags(tags: Tags): Tags {
  if (tags.length > 10) throw new S3Error(400, 'BadRequest', 'Object tags cannot be greater than 10');
  if (new Set(tags.map(([key]) => key)).size < tags.length) throw new S3Error(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key');
  const valid = tags.every(
    ([key, value]) => key.length > 0 && key.length <= 128 && value.length <= 256 && ALLOWED.test(key + value) && !key.startsWith('aws:'),
  );
  if (!valid) throw new S3Error(400, 'InvalidTag', 'The tag provided was not a valid tag.');
  return tags;
}
