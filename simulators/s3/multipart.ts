import { type Bucket, md5 } from './bucket.ts';
import { checkContent, keptHeaders, versionHeader } from './content.ts';
import { S3Error } from './error.ts';
import type { S3Answer, S3Request } from './http.ts';
import { checkDemands, checkWriteConditions } from './objects.ts';
import { parseTagging } from './tags.ts';
import { assemble } from './uploads.ts';
import { document, elementsOf, textOf } from './xml.ts';

const XML = { 'content-type': 'application/xml' };

export function createUpload(bucket: Bucket, request: S3Request): S3Answer {
  checkDemands(bucket, request);
  const { id } = bucket.uploads.create({
    key: request.key,
    started: new Date(bucket.now()),
    headers: keptHeaders(request.headers),
    tags: parseTagging(request.headers['x-amz-tagging']),
  });
  const body = document('InitiateMultipartUploadResult', [
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['UploadId', id],
  ]);
  return { status: 200, headers: XML, body };
}

/** The number of a part, 1 to 10,000. */
export function partNumber({ query }: S3Request): number {
  const number = Number(query.get('partNumber'));
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw new S3Error(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
}

export function uploadPart(bucket: Bucket, request: S3Request): S3Answer {
  checkContent(request.headers, request.body);
  const upload = bucket.uploads.find(request.key, request.query.get('uploadId'));
  const etag = `"${md5(request.body)}"`;
  upload.parts.set(partNumber(request), { bytes: request.body, size: request.body.length, etag, modified: new Date(bucket.now()) });
  return { status: 200, headers: { etag }, body: '' };
}

export function completeUpload(bucket: Bucket, request: S3Request, options: { ignoreConditions: boolean }): S3Answer {
  const upload = bucket.uploads.find(request.key, request.query.get('uploadId'));
  const listed = elementsOf(request.body.toString('utf8'), 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: textOf(part, 'ETag') ?? '',
  }));
  if (listed.length === 0) {
    throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  }
  const content = assemble(upload, listed);
  checkWriteConditions(bucket, request, options);
  const version = bucket.put(request.key, content, upload.headers, upload.tags);
  bucket.uploads.remove(upload);
  const body = document('CompleteMultipartUploadResult', [
    ['Location', `/${request.bucket}/${request.key}`],
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['ETag', version.etag],
  ]);
  return { status: 200, headers: { ...XML, ...versionHeader(bucket, version) }, body };
}

export function abortUpload(bucket: Bucket, request: S3Request): S3Answer {
  bucket.uploads.remove(bucket.uploads.find(request.key, request.query.get('uploadId')));
  return { status: 204, headers: {}, body: '' };
}

export function listParts(bucket: Bucket, request: S3Request): S3Answer {
  const upload = bucket.uploads.find(request.key, request.query.get('uploadId'));
  const parts = [...upload.parts].sort(([left], [right]) => left - right);
  const body = document('ListPartsResult', [
    ['Bucket', request.bucket],
    ['Key', request.key],
    ['UploadId', upload.id],
    ['IsTruncated', false],
    ...parts.map(
      ([number, { etag, size, modified }]) =>
        [
          'Part',
          [
            ['PartNumber', number],
            ['LastModified', modified.toISOString()],
            ['ETag', etag],
            ['Size', size],
          ],
        ] as const,
    ),
  ]);
  return { status: 200, headers: XML, body };
}

export function listUploads(bucket: Bucket, request: S3Request): S3Answer {
  const body = document('ListMultipartUploadsResult', [
    ['Bucket', request.bucket],
    ['IsTruncated', false],
    ...bucket.uploads.list(request.query.get('prefix') ?? '').map(
      ({ key, id, started }) =>
        [
          'Upload',
          [
            ['Key', key],
            ['UploadId', id],
            ['Initiated', started.toISOString()],
          ],
        ] as const,
    ),
  ]);
  return { status: 200, headers: XML, body };
}
