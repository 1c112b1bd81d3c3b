import { createHash, randomBytes } from 'node:crypto';
import type { Content, Tags } from './bucket.ts';
import { S3Error } from './error.ts';

/** Every part but the last has at least this many bytes; S3 user guide, "Multipart upload limits". */
const MIN_PART = 5 * 1024 * 1024;

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly started: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: Tags;
  /** By part number. */
  readonly parts: Map<number, Part>;
}

export interface Part extends Content {
  readonly etag: string;
  readonly modified: Date;
}

/** Multipart uploads of a bucket that are under way. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  create(upload: Omit<Upload, 'id' | 'parts'>): Upload {
    const created = { ...upload, id: randomBytes(24).toString('base64url'), parts: new Map<number, Part>() };
    this.#uploads.set(created.id, created);
    return created;
  }

  find(key: string, id: string | null): Upload {
    const upload = this.#uploads.get(id ?? '');
    if (upload?.key === key) return upload;
    const message = 'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
    throw new S3Error(404, 'NoSuchUpload', message);
  }

  remove(upload: Upload): void {
    this.#uploads.delete(upload.id);
  }

  list(prefix: string): Upload[] {
    return [...this.#uploads.values()].filter(({ key }) => key.startsWith(prefix)).sort((left, right) => (left.key < right.key ? -1 : 1));
  }
}

/** Puts the parts together that the caller lists, in their order. A sparse part makes the whole sparse. */
export function assemble(upload: Upload, listed: readonly { readonly number: number; readonly etag: string }[]): Content {
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0))) {
    throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.');
  }
  const parts = listed.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part !== undefined && unquote(part.etag) === unquote(etag)) return part;
    const message = 'One or more of the specified parts could not be found. The part may not have been uploaded, or the ETag may not match.';
    throw new S3Error(400, 'InvalidPart', message);
  });
  if (parts.slice(0, -1).some(({ size }) => size < MIN_PART)) {
    throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(unquote(etag), 'hex'));
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const sparse = parts.some((part) => part.bytes.length !== part.size);
  const bytes = sparse ? Buffer.alloc(0) : Buffer.concat(parts.map((part) => part.bytes));
  return { bytes, size, etag: `"${hash.digest('hex')}-${parts.length}"` };
}

function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
