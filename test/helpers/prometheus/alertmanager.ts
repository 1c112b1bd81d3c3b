import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { freePort } from '../postgres.ts';
import { buildPrometheus } from './build.ts';

const PATIENCE = 60_000;

export interface Alertmanager {
  /** Tells it of alerts as Prometheus does. */
  post(alerts: readonly object[]): Promise<void>;
  /** Its own metrics. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** A real Alertmanager by itself, on a random port of the loopback. */
export async function startAlertmanager(configuration: object): Promise<Alertmanager> {
  const program = join(await buildPrometheus(), 'alertmanager');
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-alertmanager-'));
  const port = await freePort();
  const file = join(directory, 'alertmanager.yml');
  writeFileSync(file, stringify(configuration));
  const args = [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  for (const end = performance.now() + PATIENCE; ; await pause(100)) {
    if ((await fetch(`${url}/-/ready`).catch(() => null))?.ok === true) break;
    if (child.exitCode !== null || performance.now() > end) throw new Error(`Alertmanager does not start:\n${said}`);
  }
  return {
    async post(alerts) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
      if (!response.ok) throw new Error(`Alertmanager answers ${response.status}: ${await response.text()}`);
    },
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
