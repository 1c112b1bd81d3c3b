import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DEMO_VARIABLES, type Platforms, startPlatforms } from '../../demo/platforms.ts';
import { demoSeed } from '../../demo/workspace.ts';
import { S3Simulator } from '../../simulators/s3/index.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import type { Check } from '../../src/app/doctor/check.ts';
import { type PrivateNetwork, startPrivateNetwork } from '../helpers/private-network.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const FILE = fileURLToPath(new URL('../../demo/tocsin.demo.yml', import.meta.url));
const HOSTS = ['slack', 'aws', 's3', 'github', 'cluster'].map((name) => `${name}.private.test`);

// Real processes, which alone read proxies and authorities as a bot does, on a machine that may be busy.
jest.setTimeout(240_000);

describe('a network without a way out but its proxy, and certificates of its own authority', () => {
  let folder: string;
  let network: PrivateNetwork;
  let slack: SlackSimulator;
  let platforms: Platforms;
  let s3: S3Simulator;
  let environment: Record<string, string>;
  const running: ChildProcess[] = [];
  const relays: Server[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-private-'));
    [network, slack, platforms, s3] = await Promise.all([
      startPrivateNetwork(...HOSTS),
      startSlackSimulator({ seed: demoSeed(), socketOrigin: 'wss://slack.private.test' }),
      startPlatforms({ data: folder }),
      S3Simulator.start({ buckets: { evidence: { versioned: true } } }),
    ]);
    const { aws, github } = platforms.vaultmesh;
    for (const [host, url] of Object.entries({ slack: slack.url, aws: aws.url, s3: s3.url, github: github.url }))
      await network.publish(`${host}.private.test`, portOf(url));
    await network.publish('cluster.private.test:6443', portOf(platforms.kubernetes.url), 'own');
    const kubeconfig = platforms.kubernetes
      .kubeconfig('tocsin')
      .replace(/^( +)server: .*$/m, '$1server: https://cluster.private.test:6443\n$1tls-server-name: localhost');
    await writeFile(join(folder, 'kubeconfig'), kubeconfig);
    await writeFile(join(folder, 'ca.pem'), network.ca);
    const demo = await readFile(FILE, 'utf8');
    await writeFile(join(folder, 'tocsin.yml'), `${demo}\nevidence: { s3: { bucket: evidence, region: eu-west-1 } }\n`);
    const { bot } = demoSeed();
    environment = {
      ...platforms.environment,
      PATH: process.env.PATH ?? '',
      SLACK_BOT_TOKEN: bot.token,
      SLACK_APP_TOKEN: bot.appToken ?? '',
      SLACK_API_URL: 'https://slack.private.test/api/',
      AWS_ENDPOINT_URL: 'https://aws.private.test',
      AWS_ENDPOINT_URL_S3: 'https://s3.private.test',
      GITHUB_API_URL: 'https://github.private.test',
      KUBECONFIG: join(folder, 'kubeconfig'),
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      HTTPS_PROXY: network.proxyUrl,
      NO_PROXY: '10.0.0.0/8,.cluster.local',
      ...DEMO_VARIABLES,
      TOCSIN_CONFIG: join(folder, 'tocsin.yml'),
      TOCSIN_DATA: join(folder, 'data'),
      TOCSIN_OPS_PORT: '0',
    };
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });
  afterAll(async () => {
    for (const one of relays) one.close();
    await Promise.all([network.stop(), slack.close(), platforms.stop(), s3.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  function run(args: readonly string[], changed: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, args, { env: { ...environment, ...changed }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    let said = '';
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      said += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return { child, ended: once(child, 'close'), out: () => out, said: () => said };
  }

  async function doctor(changed: Readonly<Record<string, string>> = {}): Promise<readonly Check[]> {
    const { ended, out, said } = run([CLI, 'doctor', '--json'], changed);
    await ended;
    expect(said()).not.toContain(network.password);
    return JSON.parse(out()) as Check[];
  }

  test('the doctor reaches Slack, AWS, the bucket, GitHub and the cluster by the proxy', async () => {
    const checks = await doctor();
    expect(checks.filter(({ state }) => state === 'bad')).toEqual([]);
    const names = checks.flatMap(({ name, state }) => (state === 'good' ? name.split(', ') : []));
    expect(names).toEqual(
      expect.arrayContaining([
        'Network',
        'Slack token',
        'Socket Mode',
        'AWS of vaultmesh-qbusiness',
        'GitHub VaultSovereign/vmq-oracle',
        'Cluster of aureus',
        'Conditional writes',
      ]),
    );
    expect(new Set(network.asked)).toEqual(new Set(HOSTS.map((host) => `CONNECT ${host}:${host.startsWith('cluster') ? '6443' : '443'}`)));
  });

  test('the bot is reached by Socket Mode and answers, all by the proxy, and its log is without the password', async () => {
    const { child, said } = run([MAIN]);
    await slack
      .waitFor(() => slack.connections() > 0, { timeoutMs: 120_000, what: 'the bot is connected' })
      .catch((cause: unknown) => {
        throw new Error(said(), { cause });
      });
    await slack.as('U0ADA').command('C0INCIDENTS', '/incident', 'declare P2 aureus Behind a proxy');
    await slack.waitFor(() => slack.messages('C0INCIDENTS').find(({ text }) => text.includes('Behind a proxy')), { timeoutMs: 60_000 });
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(said()).not.toContain(network.password);
    expect(s3.requests.some(({ method, key }) => method === 'PUT' && key.includes('INC-'))).toBe(true);
  });

  test('a proxy that is away, or that refuses, is named wherever it stands in the way, and never its password', async () => {
    const away = await doctor({ HTTPS_PROXY: `http://tocsin:${network.password}@127.0.0.1:9` });
    const refused = await doctor({ HTTPS_PROXY: network.proxyUrl.replace(network.password, 'wrong') });
    for (const [checks, words] of [
      [away, 'the proxy http://127.0.0.1:9 cannot be reached (ECONNREFUSED)'],
      [refused, '407: it wants a user and password'],
    ] as const) {
      const bad = checks.filter(({ state }) => state === 'bad');
      const said = bad.map(({ name, says }) => `${name}: ${says}`).join('\n');
      for (const what of ['Slack token', 'AWS of', 'GitHub', 'Cluster of', 'Evidence store'])
        expect(bad.filter(({ name, says }) => name.includes(what) && says.includes(words)).length > 0 ? what : said).toBe(what);
    }
  });

  const ipv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
  if (!ipv6) console.warn('This machine has no IPv6: nothing is tested of it.');
  (ipv6 ? test : test.skip)('everything may have an IPv6 address: what is asked, and what listens', async () => {
    const { aws, github } = platforms.vaultmesh;
    const at = async (url: string) => `[::1]:${await relay(portOf(url))}`;
    // A bot of its own, with evidence of its own.
    const config = join(folder, 'sixth.yml');
    await writeFile(config, `${await readFile(FILE, 'utf8')}\nevidence: { s3: { bucket: evidence, prefix: sixth, region: eu-west-1 } }\n`);
    const sixth = {
      SLACK_API_URL: `http://${await at(slack.url)}/api/`,
      AWS_ENDPOINT_URL: `http://${await at(aws.url)}`,
      AWS_ENDPOINT_URL_S3: `http://${await at(s3.url)}`,
      GITHUB_API_URL: `http://${await at(github.url)}`,
      KUBECONFIG: join(folder, 'kubeconfig6'),
      TOCSIN_OPS_HOST: '::1',
      TOCSIN_INTAKE_HOST: '::1',
      TOCSIN_CONFIG: config,
      TOCSIN_DATA: join(folder, 'data6'),
    };
    const server = `https://${await at(platforms.kubernetes.url)}`;
    await writeFile(sixth.KUBECONFIG, platforms.kubernetes.kubeconfig('tocsin').replace(/server: .*/, `server: ${JSON.stringify(server)}`));
    expect((await doctor(sixth)).filter(({ state }) => state === 'bad')).toEqual([]);

    const { child, said } = run([MAIN], sixth);
    const [, ops, intake] = await untilSaid(said, /"ops":(\d+).*"intake":(\d+).*Tocsin is ready/);
    expect((await fetch(`http://[::1]:${ops}/readyz`)).status).toBe(200);
    expect((await fetch(`http://[::1]:${intake}/sns`, { method: 'POST', body: '{}' })).status).toBe(400);
    child.kill('SIGTERM');
    await once(child, 'close');
  });

  /** A port of ::1 behind which is one of 127.0.0.1. */
  async function relay(port: number): Promise<number> {
    const server = createServer((socket) => {
      const onward = connect(port, '127.0.0.1');
      for (const one of [socket, onward]) one.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    relays.push(server);
    await new Promise<void>((done) => server.listen(0, '::1', done));
    return (server.address() as AddressInfo).port;
  }
});

/** Waits until a process has said it. */
async function untilSaid(said: () => string, what: RegExp): Promise<RegExpExecArray> {
  for (let tries = 0; tries < 600; tries += 1) {
    const match = what.exec(said());
    if (match !== null) return match;
    await sleep(200);
  }
  throw new Error(`It never said ${what}: ${said()}`);
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
