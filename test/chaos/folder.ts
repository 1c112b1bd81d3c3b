import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { startConfigured } from './bot.ts';

export interface FolderOutcome {
  readonly rounds: number;
  /** What is wrong, in sentences; nothing when all held. */
  readonly problems: readonly string[];
}

const DEMO_FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const A_RUNBOOK = new URL('../../runbooks/aureus/frontend-down.yml', import.meta.url).pathname;
/** How long (ms) a bot on a busy machine may take to notice a change. */
const PATIENCE = 60_000;

/** What people, programs and accidents put where a runbook should be. */
const HOSTILE: readonly ((path: string) => Promise<unknown>)[] = [
  (path) => mkdir(path),
  (path) => symlink('/nowhere/at/all.yml', path),
  (path) => symlink(path, path),
  (path) => symlink('/dev/zero', path),
  async (path) => execFileSync('mkfifo', [path]),
  (path) => writeFile(path, `a: &a [x, x]\n${Array.from({ length: 500 }, (_, i) => `k${i}: *a`).join('\n')}\n`),
  (path) => writeFile(path, '['.repeat(100_000)),
  (path) => writeFile(path, Buffer.alloc(20_000_000, 'a')),
  (path) => writeFile(path, Buffer.from([0xff, 0xfe, 0, 1])),
];

/**
 * Fills and empties the folder of runbooks of a bot that runs, with what is none, and saves a file by rename and by a swapped link in
 * between. Judged from outside: the bot starts, never ends, and notices the newest save after every round.
 */
export async function folderChaos(rounds: number): Promise<FolderOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-folder-'));
  const folder = join(directory, 'runbooks');
  await mkdir(join(folder, 'there-at-the-start.yml'), { recursive: true });
  const good = await readFile(A_RUNBOOK, 'utf8');
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const config = join(directory, 'tocsin.yml');
  await writeFile(config, `${await readFile(DEMO_FILE, 'utf8')}\nrunbooks: ${folder}\nevidence: { directory: ${join(directory, 'evidence')} }\n`);
  const { bot: seed } = demoSeed();
  const problems: string[] = [];
  const bot = startConfigured({
    SLACK_BOT_TOKEN: seed.token,
    SLACK_APP_TOKEN: seed.appToken ?? '',
    SLACK_API_URL: slack.apiUrl,
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: join(directory, 'data'),
    TOCSIN_OPS_PORT: '0',
  });
  let ended = false;
  const watching = bot.exited.then(() => {
    ended = true;
    return ended;
  });
  try {
    await bot.ready;
    if (ended) problems.push(`the bot did not start:\n${bot.output()}`);
    for (let round = 0; round < rounds && problems.length === 0; round++) {
      for (const [i, put] of HOSTILE.entries()) {
        const path = join(folder, `hostile-${i}.yml`);
        await rm(path, { recursive: true, force: true });
        if ((round + i) % 3 !== 0) await put(path);
      }
      await save(folder, round, `${good}\nround-${round}-key: true\n`);
      // The save has a mistake that names the round: the log says so when the file was read.
      if (!(await within(() => ended || bot.output().includes(`round-${round}-`)))) problems.push(`round ${round}: the save was not noticed`);
      if (ended) problems.push(`round ${round}: the bot has ended:\n${bot.output()}`);
      await rm(join(folder, `saved-${round % 2}.yml`), { force: true });
    }
    return { rounds, problems };
  } finally {
    await bot.kill('SIGTERM');
    await watching;
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Even rounds save as editors do, by rename; odd ones as a ConfigMap changes, by a link that is swapped. */
async function save(folder: string, round: number, text: string): Promise<void> {
  const path = join(folder, `saved-${round % 2}.yml`);
  if (round % 2 === 0) {
    await writeFile(`${path}.part`, text);
    return rename(`${path}.part`, path);
  }
  const data = join(folder, `..data-${round}`);
  await mkdir(data);
  await writeFile(join(data, 'map.yml'), text);
  await symlink(data, join(folder, '..data.new'));
  await rename(join(folder, '..data.new'), join(folder, '..data'));
  await symlink('..data/map.yml', path);
}

async function within(look: () => boolean): Promise<boolean> {
  const end = performance.now() + PATIENCE;
  while (!look()) {
    if (performance.now() > end) return false;
    await pause(100);
  }
  return true;
}
