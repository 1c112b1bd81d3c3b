import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { slackSimulatorClient } from '../simulators/slack/client.ts';
import { type SlackSimulator, startSlackSimulator } from '../simulators/slack/index.ts';
import { startTocsin } from '../src/app/start.ts';
import type { Tocsin } from '../src/app/tocsin.ts';
import { type Config, parseConfig } from '../src/config/load.ts';
import { type ConfigFile, environmentSchema } from '../src/config/schema.ts';
import { inBackground } from '../src/lib/background.ts';
import { setClockOffset } from '../src/store/clock.ts';
import { claimWorkspace, useWorkspace } from './claim.ts';
import { type OutsideWorld, startOutside } from './outside.ts';
import { DEMO_VARIABLES, injecting, NO_AWS, type Platforms, startPlatforms } from './platforms.ts';
import { demoSeed, withOutsideTries } from './workspace.ts';

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
  /** With PagerDuty, a mail server and status pages, which the page shows too. */
  readonly outside?: true;
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
  /** What SARK's customers read; `null` where that was not asked for. */
  readonly statusPage: string | null;
  stop(): Promise<void>;
}

const CONFIG = new URL('./tocsin.demo.yml', import.meta.url).pathname;

/**
 * The bot and a workspace on this machine: the production code path, only addresses differ (docs/tutorial.md).
 * Each start is a fresh workspace, so what an earlier one left under `data` is removed.
 * @throws TocsinError `directory-in-use`, `port-in-use` or `data-not-ours`, before anything is removed
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const data = resolve(options.data);
  const local = options.workspace === undefined;
  const closers: (() => Promise<unknown> | void)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    closers.push(await (local ? claimWorkspace(data, [options.port, options.opsPort ?? 0]) : useWorkspace(data)));
    return await start(options, data, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: DemoOptions, data: string, closers: (() => Promise<unknown> | void)[], stop: () => Promise<void>): Promise<Demo> {
  const evidence = resolve(options.evidence ?? join(data, 'evidence'));
  const local = options.workspace === undefined;
  let offset = () => 0;
  const now = () => Date.now() + offset();
  const platforms = local ? await startPlatforms({ data, now }) : null;
  closers.push(async () => platforms?.stop());
  const faults = platforms?.faults;
  const file = parseConfig(readFileSync(CONFIG, 'utf8'), CONFIG);
  const outside = options.outside === true ? await startOutside({ data, now, services: file.services }) : null;
  closers.push(async () => outside?.stop());
  const slack = local
    ? await startSlackSimulator({
        seed: outside === null ? demoSeed() : { ...demoSeed(), thingsToTry: withOutsideTries(demoSeed().thingsToTry ?? []) },
        port: options.port,
        ...(faults === undefined ? {} : { platforms: faults }),
        ...(outside === null ? {} : { outside: outside.shown }),
      })
    : null;
  closers.push(async () => slack?.close());
  if (slack !== null) offset = () => slack.clock.offsetMs;
  const url = slack?.url ?? options.workspace ?? '';
  const client = slackSimulatorClient(url);
  const tocsin = await startTocsin(
    demoConfig(options, client.apiUrl, data, evidence, { ...(platforms ?? elsewhere(options)), file, outside }),
    options.logger,
    {
      // The simulated Slack has no limits.
      editsPerMinute: Number.POSITIVE_INFINITY,
      postsPerMinute: Number.POSITIVE_INFINITY,
      ...(platforms === null ? {} : { simulated: { inject: injecting(platforms.faults) } }),
    },
  );
  closers.push(() => tocsin.stop());
  if (tocsin.intakePort !== null) {
    platforms?.vaultmesh.tell(tocsin.intakePort);
    platforms?.fabric.tell(tocsin.intakePort);
    outside?.tell(tocsin.intakePort);
  }
  // The page's clock is the workspace's: the one clock of the database follows it.
  closers.push(
    client.onClock((moved) =>
      inBackground(setClockOffset(tocsin.database, moved), (err) => options.logger.warn({ err }, 'the clock could not be moved')),
    ),
  );
  return { url, evidence, tocsin, slack, platforms, statusPage: outside?.statusPage.url ?? null, stop };
}

function elsewhere({ kubeconfig }: DemoOptions): Pick<Platforms, 'environment' | 'variables'> {
  return { environment: { ...NO_AWS, ...(kubeconfig === undefined ? {} : { KUBECONFIG: resolve(kubeconfig) }) }, variables: DEMO_VARIABLES };
}

interface Started {
  readonly file: ConfigFile;
  readonly outside: OutsideWorld | null;
}

function demoConfig(
  options: DemoOptions,
  apiUrl: string,
  data: string,
  evidence: string,
  { environment: platforms, variables, file, outside }: Pick<Platforms, 'environment' | 'variables'> & Started,
): Config {
  const { bot } = demoSeed();
  const environment = environmentSchema.parse({
    SLACK_BOT_TOKEN: bot.token,
    SLACK_APP_TOKEN: bot.appToken,
    SLACK_API_URL: apiUrl,
    ...platforms,
    ...outside?.environment,
    TOCSIN_DATA: data,
    TOCSIN_OPS_PORT: options.opsPort ?? 0,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
  });
  return {
    path: CONFIG,
    file: { ...(outside?.configured(file) ?? file), evidence: { directory: evidence } },
    environment,
    variables: { ...variables, ...outside?.variables },
  };
}
