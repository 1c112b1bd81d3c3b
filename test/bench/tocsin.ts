import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, freePort, startChild } from './child.ts';

export const BOT_TOKEN = 'xoxb-bench';
export const SIGNING_SECRET = 'bench-signing-secret';

const CONFIG = readFileSync(new URL('../../demo/tocsin.demo.yml', import.meta.url), 'utf8');

export interface BotOptions {
  /** `apiUrl` of what stands for Slack. */
  readonly slack: string;
  /** Database, key, evidence and log lie here. */
  readonly data: string;
  /** A PostgreSQL server's database; without it the embedded one. */
  readonly databaseUrl?: string;
  /** Evidence elsewhere than under `data`: replicas share it. */
  readonly shared?: string;
  readonly env?: Record<string, string>;
  /** `tocsin.yml` without the evidence; the local workspace's unless told. */
  readonly config?: string;
}

export interface BotProcess {
  readonly child: Child;
  /** Where Slack's signed requests go. */
  readonly url: string;
  /** `/readyz`, `/metrics`. */
  readonly ops: string;
  /** ms from the start of the process until `/readyz` answered 200. */
  readonly readyMs: number;
}

/** Starts Tocsin as in production, `tocsin start` with HTTP delivery, and waits until `/readyz` says yes. */
export async function startBot({ slack, data, databaseUrl, shared = data, env = {}, config: text = CONFIG }: BotOptions): Promise<BotProcess> {
  await mkdir(data, { recursive: true });
  const config = join(data, 'tocsin.yml');
  await writeFile(config, `${text}\nevidence: { directory: ${JSON.stringify(join(shared, 'evidence'))} }\n`);
  const [port, opsPort] = await Promise.all([freePort(), freePort()]);
  const ops = `http://127.0.0.1:${opsPort}`;
  const started = performance.now();
  const child = startChild('../../src/cli.ts', ['start'], {
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: slack,
    PORT: String(port),
    TOCSIN_OPS_PORT: String(opsPort),
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: data,
    TOCSIN_KEY_FILE: join(shared, 'signing-key.pem'),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...env,
  });
  // Its log says when to ask: asking again and again would take from the processor what it needs to start.
  while (!(await child.line()).includes('Tocsin is ready'));
  const { status } = await fetch(`${ops}/readyz`);
  if (status !== 200) throw new Error(`/readyz says ${status}.`);
  return { child, url: `http://127.0.0.1:${port}/slack/events`, ops, readyMs: performance.now() - started };
}
