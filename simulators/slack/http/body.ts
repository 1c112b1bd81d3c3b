import type { IncomingMessage } from 'node:http';
import type { Json } from '../state.ts';

const maxBytes = 64 * 1024 ** 2;

/** The whole body of a request. Throws when it is larger than 64 MiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) throw new Error('The body is too large.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Arguments of a Web API call: query string, form or JSON. A body that does not parse gives undefined. */
export function readArgs(request: IncomingMessage, url: URL, body: Buffer): Json | undefined {
  const args: Json = Object.fromEntries(url.searchParams);
  if (body.length === 0) return args;
  const type = request.headers['content-type'] ?? '';
  if (type.includes('application/json')) {
    const parsed = parseJson(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...args, ...parsed } : undefined;
  }
  return { ...args, ...Object.fromEntries(new URLSearchParams(body.toString())) };
}

/** The bytes of an upload: the body itself, or the first file or field of a multipart form. */
export async function readUpload(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const type = request.headers['content-type'] ?? '';
  if (!type.includes('multipart/form-data')) return body;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  for (const value of form.values()) {
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
  }
  return Buffer.alloc(0);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
