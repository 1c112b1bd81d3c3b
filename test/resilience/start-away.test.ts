import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const FILE = fileURLToPath(new URL('../../demo/tocsin.demo.yml', import.meta.url));
/** Somebody without rights: where the tests run as root, the bot must not. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

// Real processes on a machine that may be busy.
jest.setTimeout(180_000);

let folder: string;
let environment: Record<string, string>;
const running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-away-'));
  const { bot } = demoSeed();
  environment = {
    PATH: process.env.PATH ?? '',
    SLACK_BOT_TOKEN: bot.token,
    SLACK_APP_TOKEN: bot.appToken ?? '',
    SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/`,
    TOCSIN_CONFIG: join(folder, 'tocsin.yml'),
    TOCSIN_DATA: join(folder, 'data'),
    TOCSIN_OPS_PORT: '0',
  };
  await configure(join(folder, 'evidence'));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

async function configure(evidence: string): Promise<void> {
  await writeFile(join(folder, 'tocsin.yml'), `${await readFile(FILE, 'utf8')}\nevidence: { directory: ${evidence} }\n`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts the bot as an image does, and listens to what it says. */
function run(args: readonly string[] = [MAIN], user: object = {}) {
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], ...user });
  running.push(child);
  let said = '';
  const waiting: { words: string; resolve: () => void }[] = [];
  const hear = (chunk: Buffer) => {
    said += chunk.toString();
    for (const { words, resolve } of waiting) if (said.includes(words)) resolve();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const says = (words: string) =>
    Promise.race([
      said.includes(words) ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ words, resolve })),
      ended.then((code) => Promise.reject(new Error(`ended with ${code} before it said “${words}”:\n${said}`))),
    ]);
  return { child, ended, says, said: () => said };
}

describe('who is away at the start is waited for', () => {
  test('Slack: said with its address, without a secret and without a stack, until it is there', async () => {
    const bot = run();
    const { host, port } = new URL(environment['SLACK_API_URL'] ?? '');
    await bot.says(`Tocsin waits for Slack at ${host}: Slack does not answer (ECONNREFUSED)`);
    expect(bot.said()).not.toContain(environment['SLACK_BOT_TOKEN']);
    expect(bot.said()).not.toContain('"stack"');
    const slack = await startSlackSimulator({ seed: demoSeed(), port: Number(port) });
    try {
      await bot.says('Tocsin is ready');
      bot.child.kill('SIGTERM');
      expect(await bot.ended).toBe(0);
    } finally {
      await slack.close();
    }
  });

  test('Slack and the database: each has its line, no password is shown, and SIGTERM ends the waiting at once with 0', async () => {
    const port = await freePort();
    environment['DATABASE_URL'] = `postgresql://tocsin:s3cret-word@127.0.0.1:${port}/ops`;
    const bot = run();
    await bot.says(`Tocsin waits for the database at 127.0.0.1:${port}/ops: 127.0.0.1:${port} does not answer (ECONNREFUSED).`);
    await bot.says('Tocsin waits for Slack at');
    expect(bot.said()).not.toContain('s3cret-word');
    expect(bot.said()).not.toContain('"stack"');
    bot.child.kill('SIGTERM');
    expect(await bot.ended).toBe(0);
  });
});

/** What waiting cannot mend: prepared, then one sentence that names it and what to do, and the end. */
const HOPELESS: Readonly<Record<string, { readonly prepare: () => Promise<unknown>; readonly says: RegExp; readonly user?: object }>> = {
  'a file in place of the data directory': { prepare: () => writeFile(join(folder, 'data'), 'x'), says: /data.*Move that file away/ },
  'a data directory that may not be written': {
    prepare: async () => {
      await mkdir(join(folder, 'data'), { mode: 0o555 });
      await chmod(folder, 0o755);
      await chmod(join(folder, 'tocsin.yml'), 0o644);
    },
    says: /data.*Give that user the right.*EACCES/,
    user: NOBODY,
  },
  'a file in place of the evidence directory': { prepare: () => writeFile(join(folder, 'evidence'), 'x'), says: /evidence/ },
  'a key file that holds no key': {
    prepare: async () => {
      await mkdir(join(folder, 'data'));
      await writeFile(join(folder, 'data', 'signing-key.pem'), 'no key', { mode: 0o600 });
    },
    says: /signing-key\.pem holds no private key.*Put the key back/,
  },
  'a directory in place of the key file': {
    prepare: () => mkdir(join(folder, 'data', 'signing-key.pem'), { recursive: true, mode: 0o700 }),
    says: /signing-key\.pem is no file/,
  },
  'a damaged embedded database': {
    prepare: async () => {
      await mkdir(join(folder, 'data', 'database', 'global'), { recursive: true });
      await writeFile(join(folder, 'data', 'database', 'PG_VERSION'), '17');
      await writeFile(join(folder, 'data', 'database', 'global', 'pg_control'), 'junk');
    },
    says: /database cannot be opened.*tocsin -- restore/,
  },
  'a configuration with an alias bomb': {
    prepare: async () => writeFile(join(folder, 'tocsin.yml'), `a: &a [x,x]\n${Array.from({ length: 200 }, (_, i) => `k${i}: *a`).join('\n')}\n`),
    says: /tocsin\.yml.*aliases/,
  },
};

describe('what waiting cannot mend is said in one sentence, with exit code 1', () => {
  test.each(Object.entries(HOPELESS))('%s', async (_, { prepare, says, user }) => {
    const slack = await startSlackSimulator({ seed: demoSeed() });
    try {
      environment['SLACK_API_URL'] = slack.apiUrl;
      await prepare();
      const bot = run([MAIN], user);
      expect(await bot.ended).toBe(1);
      const fatal = bot
        .said()
        .split('\n')
        .filter((line) => line.includes('could not start'));
      expect(fatal).toHaveLength(1);
      expect(fatal[0]).toMatch(says);
      expect(bot.said()).not.toMatch(/"stack"|^\s+at /m);
    } finally {
      await slack.close();
    }
  });

  test('a token that Slack refuses', async () => {
    const slack = await startSlackSimulator({ seed: demoSeed() });
    try {
      environment['SLACK_API_URL'] = slack.apiUrl;
      environment['SLACK_BOT_TOKEN'] = 'xoxb-of-another-app';
      const bot = run();
      expect(await bot.ended).toBe(1);
      expect(bot.said()).toContain('Slack refuses the token (invalid_auth). Check SLACK_BOT_TOKEN');
      expect(bot.said()).not.toContain('"stack"');
    } finally {
      await slack.close();
    }
  });

  test('the doctor says it as well, and ends with 1', async () => {
    await writeFile(join(folder, 'data'), 'x');
    environment['DATABASE_URL'] = '';
    const doctor = run([CLI, 'doctor']);
    expect(await doctor.ended).toBe(1);
    expect(doctor.said()).toMatch(/Database +.*Move that file away/);
    expect(doctor.said()).not.toMatch(/^\s+at /m);
  });
});
