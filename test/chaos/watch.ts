import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVaultMesh } from '../../demo/vaultmesh.ts';
import { DEMO, demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { type Bot, startConfigured } from './bot.ts';

export interface WatchOutcome {
  readonly kills: number;
  /** What is wrong, in sentences; nothing when all held. */
  readonly problems: readonly string[];
}

const DEMO_FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const PATIENCE = 120_000;
const OVER = /Sync: over after/;

/**
 * Kills the bots with SIGKILL while they watch a sync (VO-24), which ends while they are being killed. Judged from outside: one message in
 * all, edited until it says that the sync is over, however many bots share the database.
 */
export async function watchChaos(databaseUrl: string | null, kills: number): Promise<WatchOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-watch-'));
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const vaultmesh = await startVaultMesh({ now: Date.now, buckets: [] });
  const config = join(directory, 'tocsin.yml');
  await writeFile(config, `${readFileSync(DEMO_FILE, 'utf8')}\nevidence: { directory: ${join(directory, 'evidence')} }\n`);
  const { bot } = demoSeed();
  const environment = {
    SLACK_BOT_TOKEN: bot.token,
    SLACK_APP_TOKEN: bot.appToken ?? '',
    SLACK_API_URL: slack.apiUrl,
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: join(directory, 'data'),
    TOCSIN_OPS_PORT: '0',
    ...vaultmesh.environment,
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
  const bots: Bot[] = [];
  const problems: string[] = [];
  const shown = () => slack.messages(DEMO.opsEscalations).filter((message) => /^Sync(:| for)/.test(message.text));
  try {
    for (let i = 0; i < (databaseUrl === null ? 1 : 2); i += 1) {
      const one = startConfigured(environment);
      await one.ready;
      bots.push(one);
    }
    const { account, vaultmesh: world } = vaultmesh.aws;
    account.qbusiness.syncTakesMs = 20_000 + kills * 2_500;
    world.startSync();
    const { status } = await slack.as('U0ADA').command(DEMO.opsEscalations, '/sync', 'watch');
    if (status !== 'ok') problems.push('the command was not acknowledged');
    if (!(await within(() => shown().length > 0))) problems.push('the watch never said anything');
    for (let kill = 0; kill < kills; kill += 1) {
      const victim = kill % bots.length;
      await bots[victim]?.kill('SIGKILL');
      const next = startConfigured(environment);
      bots[victim] = next;
      await next.ready;
      await pause(300 + ((kill * 377) % 900));
    }
    if (!(await within(() => shown().some(({ text }) => OVER.test(text)))))
      problems.push(`the watch did not end: ${shown().at(-1)?.text ?? 'no message'}`);
    if (shown().length !== 1)
      problems.push(
        `${shown().length} messages of one watch: ${shown()
          .map(({ text }) => text)
          .join(' | ')}`,
      );
    return { kills, problems };
  } finally {
    for (const one of bots) await one.kill('SIGTERM');
    await vaultmesh.stop();
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function within(look: () => boolean): Promise<boolean> {
  const end = performance.now() + PATIENCE;
  while (!look()) {
    if (performance.now() > end) return false;
    await pause(100);
  }
  return true;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
