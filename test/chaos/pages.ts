import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NO_AWS } from '../../demo/platforms.ts';
import { DEMO, demoSeed } from '../../demo/workspace.ts';
import { startMailSimulator } from '../../simulators/mail/index.ts';
import { startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { StatuspageSimulator } from '../../simulators/statuspage/index.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { PAGERDUTY_KEY } from '../e2e/helpers/world.ts';
import { type Bot, startConfigured } from './bot.ts';
import { atRest, judge, readIncidents } from './judge.ts';
import { askedOf, type Outside, outsideProblems } from './outside.ts';

const DEMO_FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
/** How long (ms) it is waited for a request of the bot's before it is killed all the same. */
const HUNT = 4_000;
/** From so many kills on, answers are lost as well: what that takes is tried again after a minute. */
const MANY = 10;

export interface PagesOutcome {
  readonly incidents: number;
  readonly problems: readonly string[];
}

/**
 * Kills the bot with SIGKILL in the middle of P0 incidents that go to PagerDuty, to a status page, to stakeholders and to customers by mail: every other
 * time at the very request to one of them, so that it dies before it has noted the answer. Judged from outside: nothing is lost on the way there,
 * nothing is there twice.
 */
export async function pagesChaos(databaseUrl: string | null, kills: number, random: () => number): Promise<PagesOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-pages-'));
  const evidence = join(directory, 'evidence');
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const outside: Outside = {
    pagerduty: await startPagerDutySimulator({ keys: [PAGERDUTY_KEY] }),
    statuspage: await StatuspageSimulator.start({ components: ['aureus01'] }),
    mail: await startMailSimulator(),
  };
  const config = join(directory, 'tocsin.yml');
  await writeFile(config, `${configured(readFileSync(DEMO_FILE, 'utf8'))}\nevidence: { directory: ${evidence} }\n`);
  const environment = environmentOf(slack, outside, { config, data: join(directory, 'data'), databaseUrl });
  const bots: Bot[] = [];
  const people = startPeople(slack);
  try {
    for (let i = 0; i < (databaseUrl === null ? 1 : 2); i += 1) bots.push(await startReady(environment));
    people.begin();
    for (let kill = 0; kill < kills; kill += 1) {
      if (kills >= MANY && random() < 0.2) loseAnswer(outside, random);
      if (kill % 2 === 0) await untilAsked(outside);
      else await pause(random() * 2_500);
      const victim = Math.floor(random() * bots.length);
      await bots[victim]?.kill('SIGKILL');
      await pause(random() * 300);
      bots[victim] = await startReady(environment);
    }
    await people.stop();
    const store = await DirectoryStore.openReadOnly(evidence);
    const problems = await atRest(
      async () => [...(await judge(store, slack, [])), ...outsideProblems(outside, await readIncidents(store))],
      async () => {
        for (const bot of bots) await bot.kill('SIGTERM');
      },
    );
    return { incidents: outside.pagerduty.incidents.length, problems };
  } finally {
    await people.stop();
    for (const bot of bots) await bot.kill('SIGTERM');
    await Promise.all([outside.pagerduty.stop(), outside.statuspage.stop(), outside.mail.stop()]);
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** AUREUS pages by PagerDuty and tells its customers without an approval; the stakeholders get mail. */
function configured(text: string): string {
  const notices =
    'notices: { approval: false, customers: [ops@customer.example], from: status@example.com, status_page: { kind: statuspage, page: tocsinpage01, components: [aureus01] } }';
  const pagerduty = 'pagerduty: { routing_key_env: AUREUS_PAGERDUTY }';
  const demo = text.replaceAll(/^ {4}aws: .*\n/gm, '').replace(/^ {4}name: AUREUS Platform$/m, `$&\n    ${pagerduty}\n    ${notices}`);
  return `mail: { from: tocsin@example.com, stakeholders: [cto@example.com, board@example.com] }\n${demo}`;
}

function environmentOf(
  slack: SlackSimulator,
  { pagerduty, statuspage, mail }: Outside,
  { config, data, databaseUrl }: { readonly config: string; readonly data: string; readonly databaseUrl: string | null },
): Readonly<Record<string, string>> {
  const { bot } = demoSeed();
  return {
    ...NO_AWS,
    SLACK_BOT_TOKEN: bot.token,
    SLACK_APP_TOKEN: bot.appToken ?? '',
    SLACK_API_URL: slack.apiUrl,
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: data,
    TOCSIN_OPS_PORT: '0',
    SMTP_URL: mail.url,
    AUREUS_PAGERDUTY: PAGERDUTY_KEY,
    PAGERDUTY_EVENTS_URL: pagerduty.url,
    STATUSPAGE_API_URL: statuspage.url,
    STATUSPAGE_API_KEY: statuspage.key,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
}

/** @throws Error when it does not start */
async function startReady(environment: Readonly<Record<string, string>>): Promise<Bot> {
  const bot = startConfigured(environment);
  await bot.ready;
  if (!bot.output().includes('Tocsin is ready')) throw new Error(`The bot did not start:\n${bot.output()}`);
  return bot;
}

/** Waits for the next request to a system outside; what asked has not noted the answer yet. */
async function untilAsked(outside: Outside): Promise<void> {
  const before = askedOf(outside);
  for (const end = performance.now() + HUNT; askedOf(outside) === before && performance.now() < end; ) await pause(2);
}

function loseAnswer({ pagerduty, statuspage, mail }: Outside, random: () => number): void {
  const which = Math.floor(random() * 3);
  if (which === 0) pagerduty.faults.add({ kind: 'lost-answer' });
  else if (which === 1) statuspage.losesAnswers += 1;
  else mail.losesAnswers += 1;
}

interface People {
  begin(): void;
  /** Lets them end what they began. */
  stop(): Promise<void>;
}

/** Lives through one P0 after another: declared, acknowledged, told to the customers, resolved, told again, closed. */
function startPeople(slack: SlackSimulator): People {
  const ada = slack.as('U0ADA');
  let working = true;
  let work: Promise<void> = Promise.resolve();

  async function live(count: number): Promise<void> {
    await insist(DEMO.incidents, `declare P0 aureus Everything is down ${count}`);
    const room = await newestRoom();
    if (room === null) return;
    await insist(room, 'ack');
    await tellCustomers(room, { status: 'investigating', facts: `We see errors (${count}).`, doing: 'We are working on it' });
    await insist(room, `update we found the cause of ${count}`);
    await tellCustomers(room, { status: 'identified', facts: `We know why (${count}).`, doing: 'A fix is on its way' });
    await insist(room, 'resolve the cache was too small');
    await tellCustomers(room, { facts: `It is over (${count}).`, doing: 'Everything works again' });
    await insist(room, 'close');
  }

  /** Says it until the bot takes it. */
  async function insist(channel: string, text: string): Promise<void> {
    for (let i = 0; i < 40; i += 1) {
      const { status, ack } = await ada.command(channel, '/incident', text);
      if (status === 'ok' && (ack === undefined || Object.keys(ack).length === 0)) return pause(150);
      await pause(300);
    }
  }

  /** Opens the form until it is there, and fills it in until it is taken. A form that was taken without an answer goes out twice, as two notices. */
  async function tellCustomers(room: string, values: Readonly<Record<string, string>>): Promise<void> {
    for (let i = 0; i < 20; i += 1) {
      for (const { id } of slack.views('U0ADA')) await ada.closeView(id);
      await ada.command(room, '/incident', 'notice');
      const view = await slack.waitFor(() => slack.views('U0ADA').at(-1), { timeoutMs: 2_000 }).catch(() => null);
      if (view === null) continue;
      const { status } = await ada.submitView(view.id, { subject: 'Service Disruption Notice', impact: 'Some requests fail', ...values });
      if (status === 'ok') return pause(150);
      await pause(300);
    }
  }

  async function newestRoom(): Promise<string | null> {
    for (let i = 0; i < 200; i += 1) {
      const room = slack.channels().findLast(({ members, name }) => name.startsWith('inc-') && members.includes('U0ADA'));
      if (room !== undefined && !seen.has(room.id)) {
        seen.add(room.id);
        return room.id;
      }
      await pause(100);
    }
    return null;
  }
  const seen = new Set<string>();

  return {
    begin() {
      work = (async () => {
        for (let count = 1; working; count += 1) await live(count);
      })();
    },
    async stop() {
      working = false;
      await work;
    },
  };
}
