import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { type Config, parseConfig } from './config.ts';
import { environmentSchema } from './config-schema.ts';
import { DEMO_VARIABLES, NO_AWS, type Platforms, startPlatforms } from './demo/platforms.ts';
import { demoSeed } from './demo/workspace.ts';
import { inBackground } from './domain/background.ts';
import { TocsinError } from './domain/errors.ts';
import { slackSimulatorClient } from './simulators/slack/client.ts';
import { type SlackSimulator, startSlackSimulator } from './simulators/slack/index.ts';
import { setClockOffset } from './store/clock.ts';
import { startTocsin, type Tocsin } from './wire.ts';

export interface DemoOptions {
  /** The page's port; 0 takes a free one. */
  readonly port: number;
  /** Where the database, the key and (unless `evidence` says otherwise) the evidence lie. */
  readonly data: string;
  readonly evidence?: string;
  /** The address of a workspace that runs already; then nothing of `data` is removed. */
  readonly workspace?: string;
  readonly databaseUrl?: string;
  /** A cluster that runs already, for a workspace that runs elsewhere. */
  readonly kubeconfig?: string;
  readonly opsPort?: number;
  readonly logger: Logger;
}

export interface Demo {
  /** The page. */
  readonly url: string;
  readonly evidence: string;
  readonly tocsin: Tocsin;
  /** `null` when the workspace runs elsewhere. */
  readonly slack: SlackSimulator | null;
  /** `null` when they run elsewhere. */
  readonly platforms: Platforms | null;
  stop(): Promise<void>;
}

/** Says that a directory is a local workspace, which may be removed. */
const MARKER = '.tocsin-workspace';

const CONFIG = new URL('./demo/tocsin.demo.yml', import.meta.url).pathname;

/**
 * The bot and a workspace on this machine: the production code path, only addresses differ (DESIGN, The local workspace).
 * Each start is a fresh workspace, so what an earlier one left under `data` is removed.
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const data = resolve(options.data);
  if (options.workspace === undefined) await clear(data);
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(join(data, MARKER), 'A local workspace of Tocsin: removed and made anew at each start.\n');
  const evidence = resolve(options.evidence ?? join(data, 'evidence'));
  const local = options.workspace === undefined;
  let offset = () => 0;
  const platforms = local ? await startPlatforms({ data, now: () => Date.now() + offset() }) : null;
  const faults = platforms?.faults;
  const slack = local
    ? await startSlackSimulator({ seed: demoSeed(), port: options.port, ...(faults === undefined ? {} : { platforms: faults }) })
    : null;
  if (slack !== null) offset = () => slack.clock.offsetMs;
  const url = slack?.url ?? options.workspace ?? '';
  const client = slackSimulatorClient(url);
  const tocsin = await startTocsin(demoConfig(options, client.apiUrl, data, evidence, platforms?.environment ?? elsewhere(options)), options.logger, {
    // The simulated Slack has no limits.
    editsPerMinute: Number.POSITIVE_INFINITY,
  });
  if (tocsin.intakePort !== null) platforms?.vaultmesh.tell(tocsin.intakePort);
  // The page's clock is the workspace's: the one clock of the database follows it.
  const unsubscribe = client.onClock((offset) => {
    inBackground(setClockOffset(tocsin.database, offset), (err) => options.logger.warn({ err }, 'the clock could not be moved'));
  });
  return {
    url,
    evidence,
    tocsin,
    slack,
    platforms,
    async stop() {
      unsubscribe();
      await tocsin.stop();
      await slack?.close();
      await platforms?.stop();
    },
  };
}

function elsewhere({ kubeconfig }: DemoOptions): Readonly<Record<string, string>> {
  return { ...NO_AWS, ...(kubeconfig === undefined ? {} : { KUBECONFIG: resolve(kubeconfig) }) };
}

/** Removes what an earlier workspace left, and nothing else. @throws TocsinError `data-not-ours` */
async function clear(data: string): Promise<void> {
  const names = await readdir(data).catch((): string[] => []);
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new TocsinError('data-not-ours', `${data} holds something else than a local workspace. Name an empty or new directory.`);
  }
  await rm(data, { recursive: true, force: true });
}

function demoConfig(options: DemoOptions, apiUrl: string, data: string, evidence: string, platforms: Readonly<Record<string, string>>): Config {
  const { bot } = demoSeed();
  const environment = environmentSchema.parse({
    SLACK_BOT_TOKEN: bot.token,
    SLACK_APP_TOKEN: bot.appToken,
    SLACK_API_URL: apiUrl,
    ...platforms,
    TOCSIN_DATA: data,
    TOCSIN_OPS_PORT: options.opsPort ?? 0,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
  });
  return {
    path: CONFIG,
    file: { ...parseConfig(readFileSync(CONFIG, 'utf8'), CONFIG), evidence: { directory: evidence } },
    environment,
    variables: DEMO_VARIABLES,
  };
}
