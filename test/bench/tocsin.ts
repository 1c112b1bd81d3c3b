import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, freePort, startChild } from './child.ts';

export const BOT_TOKEN = 'xoxb-bench';
export const SIGNING_SECRET = 'bench-signing-secret';

const CONFIG = fileURLToPath(new URL('../../src/demo/tocsin.demo.yml', import.meta.url));

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
}

export interface BotProcess {
  readonly child: Child;
  /** Where Slack's signed requests go. */
  readonly url: string;
  /** `/readyz`, `/metrics`. */
  readonly ops: string;
  /** ms from the start of the process until `/readyz` answered 200. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts Tocsin as in production, `tocsin start` with HTTP delivery, and waits until `/readyz` says yes. */
export async function startBot({ slack, data, databaseUrl, shared = data, env = {} }: BotOptions): Promise<BotProcess> {
  await mkdir(data, { recursive: true });
  // Relative paths of the configuration are relative to the process, so the evidence's is written out.
  const config = join(data, 'tocsin.yml');
  await copyFile(CONFIG, config);
  const [port, ops] = await Promise.all([freePort(), freePort()]);
  const started = performance.now();
  const child = startChild('../../src/cli.ts', ['start'], {
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: slack,
    PORT: String(port),
    TOCSIN_OPS_PORT: String(ops),
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: data,
    TOCSIN_KEY_FILE: join(shared, 'signing-key.pem'),
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...env,
  });
  const readyMs = await ready(child, `http://127.0.0.1:${ops}/readyz`, started);
  return { child, url: `http://127.0.0.1:${port}/slack/events`, ops: `http://127.0.0.1:${ops}`, readyMs, stop: () => child.end() };
}
