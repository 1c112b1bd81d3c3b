import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { directoryFiles } from '../../src/adapters/status-files/directory.ts';
import { statusFiles } from '../../src/adapters/status-files/publish.ts';
import { noticeText } from '../../src/domain/notice/text.ts';
import { faintTexts } from './contrast.ts';
import { launch } from './visitor.ts';

/** The status page of our own, as customers see it. */
let browser: Browser;
let directory = '';

beforeAll(async () => {
  browser = await launch();
  directory = await mkdtemp(join(tmpdir(), 'tocsin-status-look-'));
  const page = statusFiles(directoryFiles(directory), { name: 'Example Shop', url: 'https://status.example.com' });
  const fields = {
    subject: 'Orders are slow',
    facts: 'Orders are slow.',
    impact: `Orders wait\n${'verylongword'.repeat(30)}`,
    doing: 'We work on it',
    eta: '',
  };
  const text = noticeText(fields, 'investigating', { every_ms: 1_800_000, contact: 'support@example.com' });
  const notice = {
    incident: 'INC-1',
    notice: 'PLN-1',
    subject: 'Orders are slow',
    text,
    status: 'investigating',
    state: 'major_outage',
    at: 0,
  } as const;
  await page.publish(notice);
  await page.publish({ ...notice, incident: 'INC-2', notice: 'PLN-2', subject: 'Search', status: 'resolved', state: 'operational', at: 1 });
});

afterAll(async () => {
  await browser.close();
  await rm(directory, { recursive: true, force: true });
});

async function look(colorScheme: 'light' | 'dark', width: number): Promise<Page> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 740 } });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(`file://${join(directory, 'index.html')}`);
  expect(complaints).toEqual([]);
  return page;
}

for (const theme of ['light', 'dark'] as const) {
  test(`every text can be read in the ${theme}, and a phone 375 px wide shows all of it`, async () => {
    const page = await look(theme, 375);
    expect(await faintTexts(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(paper).toBe(theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 22, 22)');
    await page.close();
  });
}

test('it has landmarks, headings in order, a language and no script, and says first how the service is', async () => {
  const page = await look('light', 1_024);
  for (const role of ['banner', 'main', 'contentinfo'] as const) expect(await page.getByRole(role).count()).toBe(1);
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  expect(await page.evaluate('document.scripts.length')).toBe(0);
  const levels = await page.evaluate<string[]>(`[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => one.tagName)`);
  expect(levels).toEqual(['H1', 'H2', 'H3', 'H4', 'H2', 'H3', 'H4']);
  expect(await page.getByRole('region', { name: 'Now' }).getByRole('article', { name: 'Orders are slow' }).count()).toBe(1);
  expect(await page.getByRole('main').innerText()).toMatch(/^Does not work\n/);
  await page.close();
});
