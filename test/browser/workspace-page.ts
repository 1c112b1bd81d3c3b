import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { pino } from 'pino';
import type { Browser, Locator } from 'playwright-core';
import { type Demo, startDemo } from '../../demo/index.ts';
import { launch, type Visitor, visit } from './visitor.ts';

const IMAGES = new URL('../../docs/images/', import.meta.url).pathname;

/** The local workspace with Ada before its page. */
export interface WorkspacePage {
  readonly demo: Demo;
  readonly ada: Visitor;
  readonly browser: Browser;
  /** Pictures for the documents, on request only: `SCREENSHOTS=1`. */
  picture(name: string): Promise<void>;
  /** Presses the newest Approve or Confirm there is, and says so once more where it is asked for. */
  approve(where: Locator): Promise<void>;
}

/** Starts the local workspace and opens its page, for all tests of a file; `outside`: with what it sends to besides Slack, as `npm start` does. */
export function openPage(options: { readonly outside?: true } = {}): () => WorkspacePage {
  let data: string;
  let demo: Demo | undefined;
  let browser: Browser | undefined;
  let page: WorkspacePage | undefined;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'tocsin-browser-'));
    demo = await startDemo({ port: 0, data: join(data, 'workspace'), logger: pino({ level: 'silent' }), ...options });
    browser = await launch();
    const ada = await visit(browser, demo.url, 'Tocsin');
    ada.page.setDefaultTimeout(30_000);
    page = { demo, ada, browser, picture: (name) => picture(ada, name), approve: (where) => approve(ada, where) };
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await rm(data, { recursive: true, force: true });
  });

  return () => {
    if (page === undefined) throw new Error('The page is not open yet.');
    return page;
  };
}

/** Waits until a text is there. */
export function see(where: Locator, text: string | RegExp): Promise<void> {
  return where.getByText(text).first().waitFor();
}

/** How long (ms) a form may take to open: a trigger lives for 3 s, so that afterwards none comes any more. */
const OPENS = 10_000;
const PRESSES = 3;

/** Presses a button that opens a form, and again where the bot was too late for it, as people do. Returns the form. */
export async function openForm({ page }: Pick<Visitor, 'page'>, button: Locator): Promise<Locator> {
  const form = page.getByRole('dialog').last();
  for (let presses = 1; ; presses += 1) {
    await button.click();
    try {
      await form.waitFor({ timeout: OPENS });
      return form;
    } catch (error) {
      if (presses === PRESSES) throw error;
    }
  }
}

async function picture({ page }: Visitor, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== '1') return;
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

async function approve({ page }: Visitor, where: Locator): Promise<void> {
  await where
    .getByRole('button', { name: /^(Approve|Confirm)$/ })
    .last()
    .click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /^(Approve|Confirm)$/ })
    .click();
}
