import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DEMO_VARIABLES, injecting, NO_AWS, type Platforms, startPlatforms } from '../../../demo/platforms.ts';
import { DEMO, demoSeed } from '../../../demo/workspace.ts';
import { type GitHubSimulator, startGitHubSimulator, type Webhook } from '../../../simulators/github/index.ts';
import { JiraSimulator } from '../../../simulators/jira/index.ts';
import { type MailSimulator, startMailSimulator } from '../../../simulators/mail/index.ts';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../../simulators/pagerduty/index.ts';
import { type Message, type SlackSimulator, startSlackSimulator } from '../../../simulators/slack/index.ts';
import type { WorkspaceSeed } from '../../../simulators/slack/seed.ts';
import { StatuspageSimulator } from '../../../simulators/statuspage/index.ts';
import { startTocsin } from '../../../src/app/start.ts';
import type { Tocsin } from '../../../src/app/tocsin.ts';
import { type Config, parseConfig } from '../../../src/config/load.ts';
import { environmentSchema } from '../../../src/config/schema.ts';
import { setClockOffset } from '../../../src/store/clock.ts';
import type { DatabaseTarget } from '../../../src/store/database.ts';
import { hurryJobs } from '../../store/helpers/jobs.ts';
import { inMemory } from '../../store/helpers/memory.ts';
import { assertRecordsFit } from './records-fit.ts';

// Time limits are as real as the machine is busy: a guard against what hangs, not a measure. All suites of a worker share the object, so it is
// changed once.
const patient = Symbol.for('tocsin.patient');
if (!(patient in AbortSignal)) {
  const limit = AbortSignal.timeout.bind(AbortSignal);
  Object.assign(AbortSignal, { [patient]: true, timeout: (ms: number) => limit(ms * 6) });
}

export interface World {
  readonly slack: SlackSimulator;
  /** The simulated platforms, when they were asked for. */
  readonly platforms: Platforms | null;
  readonly tocsin: Tocsin;
  /** The mail server, when it was asked for. */
  readonly mail: MailSimulator;
  /** PagerDuty, when it was asked for: it knows PAGERDUTY_KEY. */
  readonly pagerduty: PagerDutySimulator;
  /** GitHub alone, when it was asked for: its webhooks go to the bot where there is an intake. */
  readonly github: GitHubSimulator;
  /** Where GitHub's webhooks go. */
  readonly githubHooks: Webhook[];
  /** Jira, when it was asked for. */
  readonly jira: JiraSimulator;
  /** The simulated Statuspage, when it was asked for. */
  readonly statuspage: StatuspageSimulator;
  /** The evidence store's directory. */
  readonly evidence: string;
  /** What the bot was started with: for another one in its place. */
  readonly config: Config;
  /** TOCSIN_DATA: the signing key and the socket of the command line. */
  readonly data: string;
  /** Moves the workspace's clock, of Slack and of the bot, by minutes. */
  later(minutes: number): Promise<void>;
  /** Waits until nothing is at work any more: queues empty, no message waiting. */
  settled(): Promise<void>;
  /** Says a slash command (`/incident` unless the text begins with another) and waits for everything that follows. */
  say(user: string, channel: string, text: string): Promise<void>;
  /** The newest incident's channel, by id. */
  room(id: string): string;
  texts(channel: string): string[];
  /** The outcome of every payload that was stored; `null` for one without. */
  outcomes(): Promise<({ outcome: string; name: string; code?: string } | null)[]>;
  /**
   * Starts one more bot on the same database, workspace and evidence, which from then on is the world's: after the one before was stopped, or
   * beside it (`beside`: it gets no payloads by HTTP then, only work).
   */
  another(beside?: 'beside'): Promise<Tocsin>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly delivery?: 'socket' | 'http';
  /** Unset: embedded and in memory, or for a bot that is stopped and started again in a directory. */
  readonly database?: DatabaseTarget;
  readonly restarts?: true;
  /** A data directory to start on, which is removed in the end; an empty one otherwise. */
  readonly data?: string;
  readonly config?: (text: string) => string;
  /** How many edits the bot may send; without any limit unless told, as nobody waits for minutes here. */
  readonly editsPerMinute?: number;
  /** Another workspace than the demo’s. */
  readonly seed?: (seed: WorkspaceSeed) => WorkspaceSeed;
  /** With the simulated platforms; Tocsin has the shipped Role in them, or none (`nobody`: the Role is taken away). */
  readonly platforms?: true;
  /** The bot knows that its platforms are simulated, as in the local workspace; otherwise it takes them for real. */
  readonly simulated?: true;
  /** A file with the credentials of another cluster than the simulated one. */
  readonly kubeconfig?: string;
  /** Variables that the configuration names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** It takes minutes: CI plays it on one database alone. */
  readonly long?: true;
  /** With a mail server on this machine. */
  readonly mail?: true;
  /** With a PagerDuty on this machine, whose webhooks are signed with `PAGERDUTY_SECRET` where there is an intake. */
  readonly pagerduty?: true;
  /** With a GitHub, without the other platforms. */
  readonly github?: true;
  /** With a Jira, whose token `JIRA_TOKEN` is. `JIRA_URL` in the configuration is its address. */
  readonly jira?: true;
  /** With a page of Statuspage that has these components. */
  readonly statuspage?: readonly string[];
  /** With a port for webhooks, without the simulated platforms. */
  readonly intake?: true;
  /** Evidence in a bucket instead of a directory. */
  readonly bucket?: { readonly endpoint: string; readonly name: string };
}

const DEMO_FILE = new URL('../../../demo/tocsin.demo.yml', import.meta.url).pathname;

/** A bot and its workspace in one process, talking by the real protocols. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const port = options.delivery === 'http' ? await freePort() : null;
  const slack = await startSlackSimulator({
    seed: options.seed === undefined ? demoSeed() : options.seed(demoSeed()),
    ...(port === null ? {} : { httpDelivery: { url: `http://127.0.0.1:${port}/slack/events` } }),
  });
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'tocsin-world-')));
  const platforms = options.platforms === undefined ? null : await startPlatforms({ data, now: () => Date.now() + slack.clock.offsetMs });
  const mail = options.mail === undefined ? null : await startMailSimulator();
  const pagerduty =
    options.pagerduty === undefined
      ? null
      : await startPagerDutySimulator({
          keys: [PAGERDUTY_KEY],
          apiKeys: [{ key: PAGERDUTY_API_KEY, reads: ['schedules', 'users', 'services', 'oncalls'] }],
          now: () => Date.now() + slack.clock.offsetMs,
        });
  const page = options.statuspage === undefined ? null : await StatuspageSimulator.start({ components: options.statuspage });
  const githubHooks: Webhook[] = [];
  const github =
    options.github === undefined ? null : await startGitHubSimulator({ now: () => Date.now() + slack.clock.offsetMs, webhooks: githubHooks });
  const jira = options.jira === undefined ? null : await JiraSimulator.start({ now: () => Date.now() + slack.clock.offsetMs, token: JIRA_TOKEN });
  const { bot } = demoSeed();
  const environment = environmentSchema.parse({
    SLACK_BOT_TOKEN: bot.token,
    ...(port === null ? { SLACK_APP_TOKEN: bot.appToken } : { SLACK_SIGNING_SECRET: bot.signingSecret, PORT: port }),
    SLACK_API_URL: slack.apiUrl,
    TOCSIN_DATA: data,
    TOCSIN_OPS_PORT: 0,
    ...(platforms?.environment ?? NO_AWS),
    ...(options.intake === undefined ? {} : { TOCSIN_INTAKE_PORT: '0', GITHUB_WEBHOOK_SECRET: GITHUB_SECRET }),
    ...(github === null ? {} : { GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token }),
    ...(mail === null ? {} : { SMTP_URL: mail.url }),
    ...(pagerduty === null ? {} : { PAGERDUTY_EVENTS_URL: pagerduty.url, PAGERDUTY_API_URL: pagerduty.url, PAGERDUTY_API_KEY }),
    ...(page === null ? {} : { STATUSPAGE_API_URL: page.url, STATUSPAGE_API_KEY: page.key }),
    ...(options.kubeconfig === undefined ? {} : { KUBECONFIG: options.kubeconfig }),
    ...(options.bucket === undefined ? {} : { AWS_ENDPOINT_URL: options.bucket.endpoint }),
  });
  const demo = readFileSync(DEMO_FILE, 'utf8');
  // Without an account there is nothing to look at each hour: it would only be waited for.
  const plain = platforms === null ? demo.replaceAll(/^ {4}aws: .*\n/gm, '') : demo;
  const changed = options.config === undefined ? plain : options.config(plain);
  const text = jira === null ? changed : changed.replaceAll('JIRA_URL', jira.url);
  const evidence = join(data, 'evidence');
  const file = {
    ...parseConfig(text, DEMO_FILE),
    evidence: options.bucket === undefined ? { directory: evidence } : { s3: { bucket: options.bucket.name, prefix: 'tocsin', region: 'us-east-1' } },
  };
  const logger = pino({ level: process.env.TEST_LOG ?? 'silent' });
  const variables = options.variables ?? platforms?.variables ?? DEMO_VARIABLES;
  const config: Config = { path: DEMO_FILE, file, environment, variables };
  const embedded: DatabaseTarget = options.restarts === undefined ? await inMemory() : { directory: join(data, 'database') };
  const start = (changed: Partial<Config['environment']> = {}) =>
    startTocsin({ ...config, environment: { ...environment, ...changed } }, logger, {
      database: options.database ?? embedded,
      editsPerMinute: options.editsPerMinute ?? Number.POSITIVE_INFINITY,
      postsPerMinute: Number.POSITIVE_INFINITY,
      ...(options.simulated === undefined || platforms === null ? {} : { simulated: { inject: injecting(platforms.faults) } }),
      elapsed: () => performance.now() + slack.clock.offsetMs,
    });
  let tocsin = await start();
  if (tocsin.intakePort !== null) platforms?.vaultmesh.tell(tocsin.intakePort);
  subscribePagerDuty(pagerduty, tocsin);
  subscribeGitHub(githubHooks, tocsin);
  // A bot that was stopped has no clock to be moved.
  const unsubscribe = slack.clock.onChange((offset) => void setClockOffset(tocsin.database, offset).catch(() => undefined));

  const settled = () => settle(tocsin);

  return {
    slack,
    platforms,
    get mail() {
      if (mail === null) throw new Error('This world has no mail server.');
      return mail;
    },
    get pagerduty() {
      if (pagerduty === null) throw new Error('This world has no PagerDuty.');
      return pagerduty;
    },
    githubHooks,
    get github() {
      if (github === null) throw new Error('This world has no GitHub of its own.');
      return github;
    },
    get jira() {
      if (jira === null) throw new Error('This world has no Jira.');
      return jira;
    },
    get statuspage() {
      if (page === null) throw new Error('This world has no Statuspage.');
      return page;
    },
    get tocsin() {
      return tocsin;
    },
    evidence,
    data,
    config,
    async later(minutes) {
      await moveClock(slack, tocsin, minutes);
      await settled();
    },
    settled,
    async say(user, channel, said) {
      const [command = '', ...rest] = said.startsWith('/') ? said.split(' ') : ['/incident', said];
      await slack.as(user).command(channel, command, rest.join(' '));
      await settled();
    },
    room: (id) => slack.channel(id.toLowerCase()).id,
    texts: (channel) => slack.messages(channel).map((message) => readable(message)),
    async outcomes() {
      const rows = await tocsin.database.db.selectFrom('inbox').select('outcome').execute();
      return rows.map(({ outcome }) => outcome as { outcome: string; name: string } | null);
    },
    async another(beside) {
      tocsin = await start(beside === undefined ? {} : { PORT: await freePort() });
      await setClockOffset(tocsin.database, slack.clock.offsetMs);
      subscribePagerDuty(pagerduty, tocsin);
      subscribeGitHub(githubHooks, tocsin);
      return tocsin;
    },
    async stop() {
      unsubscribe();
      await tocsin.stop();
      await slack.close();
      await platforms?.stop();
      await mail?.stop();
      await pagerduty?.stop();
      await page?.stop();
      await github?.stop();
      await jira?.stop();
      // What was written in this world can be read back.
      await assertRecordsFit(evidence);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** The integration key that the simulated PagerDuty knows. */
export const PAGERDUTY_KEY = 'e93facc04764012d7bfb002500d5d1a6';
/** The key of its REST API. */
const PAGERDUTY_API_KEY = 'pagerduty-api-key';
/** What its webhooks are signed with. */
export const PAGERDUTY_SECRET = 'what-pagerduty-signs-with';

/** Webhooks go to the bot that takes them. */
function subscribePagerDuty(pagerduty: PagerDutySimulator | null, { intakePort }: Tocsin): void {
  if (intakePort !== null) pagerduty?.subscribe({ url: `http://127.0.0.1:${intakePort}/pagerduty`, secret: PAGERDUTY_SECRET });
}

/** What GitHub signs its webhooks with. */
export const GITHUB_SECRET = 'what-github-signs-with';
/** The API token of the simulated Jira. */
export const JIRA_TOKEN = 'ATATT-what-jira-knows';

function subscribeGitHub(hooks: Webhook[], { intakePort }: Tocsin): void {
  hooks.length = 0;
  if (intakePort !== null) hooks.push({ url: `http://127.0.0.1:${intakePort}/github`, secret: GITHUB_SECRET });
}

/** Everything a message shows, as one text. */
export function readable(message: Pick<Message, 'text'> & { blocks?: unknown }): string {
  return JSON.stringify([message.text, message.blocks ?? []]);
}

export { DEMO };

/** Everybody has a mail address, and the app may see it. */
export function withMails(seed: WorkspaceSeed): WorkspaceSeed {
  const users = seed.users.map((user) => ({ ...user, email: `${user.name}@example.com` }));
  return { ...seed, users, bot: { ...seed.bot, scopes: [...seed.bot.scopes, 'users:read.email'] } };
}

/** Waits until a bot has nothing at work any more. @throws Error when it is still at work after `patienceMs` of real time */
export async function settle(tocsin: Tocsin, patienceMs = 900_000): Promise<void> {
  let quiet = 0;
  const patience = performance.now() + patienceMs;
  while (quiet < 3 && performance.now() < patience) {
    // The simulated platforms share this process: while they compute, the database is not reached in time.
    const busy = await isBusy(tocsin).catch((error: unknown) => {
      if (isLate(error)) return true;
      throw error;
    });
    quiet = busy ? 0 : quiet + 1;
    // To look costs the embedded database time that the work needs.
    await new Promise((done) => setTimeout(done, busy ? 50 : 20));
  }
  if (quiet < 3) throw new Error(`still at work: ${JSON.stringify(await tocsin.queue.depths())}`);
}

/** Moves the clock of a workspace and of its bot forward, by minutes; what waited for that time looks now. */
export async function moveClock(slack: SlackSimulator, tocsin: Tocsin, minutes: number): Promise<void> {
  slack.clock.advance(minutes * 60_000);
  await setClockOffset(tocsin.database, slack.clock.offsetMs);
  // What looks again later looks now: time has passed.
  await hurryJobs(tocsin.database);
}

function isLate(error: unknown): boolean {
  return error instanceof Error && error.message.includes('timeout exceeded when trying to connect');
}

async function isBusy(tocsin: Tocsin): Promise<boolean> {
  return !(await tocsin.queue.isIdle()) || (await timersDue(tocsin));
}

async function timersDue(tocsin: Tocsin): Promise<boolean> {
  const { timerTable } = await import('../../../src/store/timers.ts');
  const { now, dueAt } = await timerTable(tocsin.database, tocsin.queue.send).next();
  return dueAt !== null && dueAt <= now;
}

/** Below the ports that the system gives out by itself, and each worker's own: nobody takes one before the bot listens on it. */
const FIRST_PORT = 20_000 + (Number(process.env.JEST_WORKER_ID ?? 0) % 12) * 1_000;
let asked = process.pid % 1_000;

async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + (asked % 1_000);
    asked += 1;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
      .once('error', () => done(false))
      .listen(port, () => server.close(() => done(true)));
  });
}

/** Declares an incident, as ada in #incidents, and returns its id and room. */
export async function declare(world: World, text: string, user = 'U0ADA'): Promise<{ id: string; room: string }> {
  const before = new Set((await world.tocsin.store.incidents({})).map(({ id }) => id));
  await world.say(user, DEMO.incidents, `declare ${text}`);
  const index = (await world.tocsin.store.incidents({})).find(({ id }) => !before.has(id));
  if (index === undefined) throw new Error(`Nothing was declared by: ${text}. ${JSON.stringify(world.slack.ephemerals(user).at(-1))}`);
  return { id: index.id, room: world.room(index.id) };
}

/** The newest card of a channel that belongs to an incident. */
export function cardOf(world: World, channel: string, id: string): Message {
  const card = world.slack.messages(channel).find((message) => readable(message).includes(id) && readable(message).includes('"header"'));
  if (card === undefined) throw new Error(`There is no card of ${id} in ${channel}.`);
  return card;
}

/** Record types of an incident, in order. */
export async function typesOf(world: World, id: string): Promise<string[]> {
  return (await world.tocsin.store.records(id)).map(({ type }) => type);
}

/** What a person was told last where only they see it. */
export function lastTold(world: World, user: string): string {
  const last = world.slack.ephemerals(user).at(-1);
  return last === undefined ? '' : readable(last.message);
}

/** The direct messages that a person has from the bot. */
export async function directMessages(world: World, user: string): Promise<Message[]> {
  const { channel } = await world.slack.as(user).openDirect();
  return channel === undefined ? [] : world.slack.messages(channel);
}
