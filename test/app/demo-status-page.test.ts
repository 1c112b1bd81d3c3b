import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startStatusPage, withStatusPage } from '../../demo/status-page.ts';
import { parseConfig } from '../../src/config/load.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;

test('the local workspace shows the status page of SARK, which is empty to begin with, and nothing else of the directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-demo-page-'));
  const page = await startStatusPage(directory);
  try {
    const { services, roles } = withStatusPage(parseConfig(readFileSync(FILE, 'utf8'), FILE), page);
    expect(services.sark).toMatchObject({ status_page: page.url, notices: { status_page: { kind: 'files', directory } } });
    expect(roles.communications).toEqual({ users: ['U0JOAN'] });
    const answer = await fetch(page.url);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await answer.text()).toContain('SARK MCP Governance status');
    expect((await fetch(`${page.url}/feed.xml`)).status).toBe(200);
    for (const path of ['/incidents', '/..%2f', '/page.ts']) expect((await fetch(`${page.url}${path}`)).status).toBe(404);
    expect((await fetch(page.url, { method: 'POST' })).status).toBe(404);
  } finally {
    await page.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
