import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { directoryFiles } from '../src/adapters/status-files/directory.ts';
import { statusFiles } from '../src/adapters/status-files/publish.ts';
import type { ConfigFile } from '../src/config/schema.ts';

/** What the page consists of, and how browsers read it. */
const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/index.html': ['index.html', 'text/html; charset=utf-8'],
  '/feed.xml': ['feed.xml', 'application/atom+xml; charset=utf-8'],
  '/status.json': ['status.json', 'application/json; charset=utf-8'],
};
const NAME = 'SARK MCP Governance';

/** The status page that SARK's customers read, on this machine. */
export interface DemoStatusPage {
  readonly title: string;
  readonly url: string;
  readonly directory: string;
  html(): Promise<string>;
  /** Another one whenever it was written again. */
  version(): string;
  stop(): Promise<void>;
}

/** Serves the page as any web server would; it is empty to begin with. */
export async function startStatusPage(directory: string): Promise<DemoStatusPage> {
  const server = createServer((request, response) => {
    const [name, type] = FILES[new URL(request.url ?? '/', 'http://status').pathname] ?? [];
    if (name === undefined || type === undefined || request.method !== 'GET') {
      response.writeHead(404).end();
      return;
    }
    readFile(join(directory, name)).then(
      (bytes) => response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await statusFiles(directoryFiles(directory), { name: NAME, url }).verify();
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const index = join(directory, 'index.html');
  const html = () => readFile(index, 'utf8');
  const version = () => String(statSync(index, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return { title: NAME, url, directory, html, version, stop };
}

/** SARK with a status page that its customers read; Joan, of support, approves what they do. */
export function withStatusPage(file: ConfigFile, page: DemoStatusPage | null): ConfigFile {
  const { sark } = file.services;
  if (page === null || sark === undefined) return file;
  const notices = {
    name: NAME,
    subject: 'Service Disruption Notice',
    contact: 'support@example.com',
    first: 10 * 60_000,
    every: 30 * 60_000,
    approval: true,
    customers: [],
    status_page: { kind: 'files' as const, directory: page.directory, url: page.url },
  };
  return {
    ...file,
    services: { ...file.services, sark: { ...sark, status_page: page.url, notices } },
    roles: { ...file.roles, communications: { users: ['U0JOAN'] } },
  };
}
