import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { sendText } from './reply.ts';

const root = join(import.meta.dirname, '..', 'page');
const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Only what the page itself brings may run; pictures in messages may come from anywhere. */
const policy = "default-src 'self'; img-src * data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Serves the page's own files; `/` is the page. */
export async function servePageFile(response: ServerResponse, path: string): Promise<void> {
  const name = normalize(path === '/' ? '/index.html' : path);
  const type = types[extname(name)];
  if (type === undefined) return sendText(response, 404, 'not found');
  try {
    const content = await readFile(join(root, name));
    response.writeHead(200, {
      'content-type': type,
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(content);
  } catch {
    sendText(response, 404, 'not found');
  }
}
