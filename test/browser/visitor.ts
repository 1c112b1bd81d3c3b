import type { Browser, Locator, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Somebody at the workspace's page: what they do, by the roles and names that everybody else sees, too. */
export interface Visitor {
  readonly page: Page;
  /** What the page complained about: errors of scripts, of the console. */
  readonly complaints: readonly string[];
  composer(place: string): Locator;
  log(place: string): Locator;
  /** Types into the place's message box and sends. */
  say(place: string, text: string): Promise<void>;
  /** Goes to a channel by the sidebar. */
  open(channel: string): Promise<void>;
  /** Goes to what the bot said to this person. */
  openDirect(): Promise<Locator>;
  be(name: string): Promise<void>;
  later(step: '+5 min' | '+30 min' | '+1 h'): Promise<void>;
}

/** A Chromium that asks nothing of the network. */
export function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

export async function visit(browser: Browser, url: string, bot: string): Promise<Visitor> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(url);
  const sidebar = page.getByRole('navigation', { name: 'Channels and people' });
  const composer = (place: string) => page.getByRole('textbox', { name: `Message ${place}`, exact: true });
  const log = (place: string) => page.getByRole('log', { name: `Messages in ${place}`, exact: true });

  return {
    page,
    complaints,
    composer,
    log,
    async say(place, text) {
      await composer(place).fill(text);
      await composer(place).press('Enter');
    },
    async open(channel) {
      await sidebar.getByRole('button', { name: new RegExp(`^(# ?)?${channel}(, \\d+ unread)?$`) }).click();
      await log(`#${channel}`).waitFor();
    },
    async openDirect() {
      await sidebar.getByRole('button', { name: new RegExp(`^${bot} app`) }).click();
      await page.getByRole('tab', { name: 'Messages' }).click();
      await log(bot).waitFor();
      return log(bot);
    },
    async be(name) {
      await page.getByRole('button', { name: /^You are:/ }).click();
      await page.getByRole('option', { name }).click();
      await page.getByRole('button', { name: `You are: ${name}` }).waitFor();
    },
    later: (step) => page.getByRole('button', { name: `Move the clock ${step}` }).click(),
  };
}
