import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoSeed } from '../../demo/workspace.ts';
import { type SlackSimulator, signature, startSlackSimulator } from '../../simulators/slack/index.ts';
import { type Bot, startConfigured } from '../chaos/bot.ts';
import type { Door } from './client.ts';

const WEBHOOK_SECRET = 'what-github-signs-with';

/** A bot in a process of its own, with every door open. */
export interface OpenBot {
  readonly bot: Bot;
  readonly slack: SlackSimulator;
  readonly data: string;
  readonly doors: Readonly<Record<DoorName, Door>>;
  /** Whether the process has ended. */
  hasEnded(): boolean;
  /** Sends what is genuine at this door; resolves with the status. */
  genuine(door: DoorName): Promise<number>;
  stop(): Promise<void>;
}

export type DoorName = 'slack' | 'webhooks' | 'operations' | 'control';

export interface OpenBotOptions {
  /** Another directory for the database or the evidence, such as a small file system. */
  readonly data?: string;
  readonly evidence?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts one against a workspace in this process. */
export async function startOpenBot({ data: given, evidence, environment = {} }: OpenBotOptions = {}): Promise<OpenBot> {
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-doors-'));
  const data = given ?? folder;
  const config = join(folder, 'tocsin.yml');
  await writeFile(config, configuration(evidence ?? join(data, 'evidence')));
  const { bot: app } = demoSeed();
  const bot = startConfigured({
    SLACK_BOT_TOKEN: app.token,
    SLACK_SIGNING_SECRET: app.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    PORT: '0',
    TOCSIN_CONFIG: config,
    TOCSIN_DATA: data,
    TOCSIN_OPS_PORT: '0',
    TOCSIN_INTAKE_PORT: '0',
    GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ALERTMANAGER_TOKEN: 'what-alertmanager-says',
    GUARD_TRIP_SECRET: 'what-guards-sign-with',
    PAGERDUTY_SECRET: 'what-pagerduty-signs-with',
    KUBECONFIG: join(folder, 'no-kubeconfig'),
    ...environment,
  });
  let ended = false;
  void (async () => {
    await bot.exited;
    ended = true;
  })();
  await bot.ready;
  const [ops, slackPort, intake] = ['ops', 'slack', 'intake'].map((name) => Number(new RegExp(`"${name}":(\\d+)`).exec(bot.output())?.[1]));
  if (ended || !ops || !slackPort || !intake) throw new Error(`The bot did not start:\n${bot.output()}`);
  const doors: OpenBot['doors'] = {
    slack: { port: slackPort },
    webhooks: { port: intake },
    operations: { port: ops },
    control: { path: join(data, 'tocsin.sock') },
  };
  return {
    bot,
    slack,
    data,
    doors,
    hasEnded: () => ended,
    async genuine(name) {
      const { status } = await ask(doors[name], GENUINE[name]());
      return status;
    },
    async stop() {
      await bot.kill('SIGTERM');
      await slack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One ordinary request. */
export function ask(door: Door, { method, path, headers = {}, body = '' }: Asked): Promise<{ status: number; text: string }> {
  const at = 'port' in door ? { host: '127.0.0.1', port: door.port } : { socketPath: door.path };
  return new Promise((done, failed) => {
    const asking = request({ ...at, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => done({ status: response.statusCode ?? 0, text })).on('error', failed);
    });
    asking.on('error', failed).end(body);
  });
}

let counter = 0;

/** A slash command as Slack signs it. */
export function slashCommand(text: string): Asked {
  counter += 1;
  const body = new URLSearchParams({
    command: '/incident',
    text,
    team_id: demoSeed().team.id,
    user_id: 'U0ADA',
    channel_id: 'C0INCIDENTS',
    trigger_id: `doors.${counter}`,
    response_url: 'http://127.0.0.1:9/closed',
  }).toString();
  return signed(body, 'application/x-www-form-urlencoded');
}

/** Anything, with Slack's signature. */
export function signed(body: string, type: string): Asked {
  const headers = { 'content-type': type, ...signature(demoSeed().bot.signingSecret, body, Math.floor(Date.now() / 1_000)) };
  return { method: 'POST', path: '/slack/events', headers, body };
}

const GENUINE: Readonly<Record<DoorName, () => Asked>> = {
  slack: () => slashCommand('list'),
  webhooks() {
    const body = JSON.stringify({ zen: 'Keep it logically awesome.' });
    const headers = { 'x-github-event': 'ping', 'x-hub-signature-256': `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}` };
    return { method: 'POST', path: '/github', headers, body };
  },
  operations: () => ({ method: 'GET', path: '/readyz' }),
  // Known to be without runbooks, which is an answer of the bot's own.
  control: () => ({ method: 'POST', path: '/preflight', body: JSON.stringify({ service: 'nowhere' }) }),
};

function configuration(evidence: string): string {
  return `
services:
  shop:
    name: Shop
    channels: { incidents: C0INCIDENTS }
    responders: [{ user: U0ADA }]
evidence: { directory: ${JSON.stringify(evidence)} }
webhooks:
  trusted_proxies: [127.0.0.1]
  alertmanager: { token_env: ALERTMANAGER_TOKEN }
  guard_trip: { secret_env: GUARD_TRIP_SECRET }
  pagerduty: { secret_env: [PAGERDUTY_SECRET, PAGERDUTY_SECRET_BEFORE] }
  generic:
    kuma: { preset: uptime-kuma, token_env: ALERTMANAGER_TOKEN }
`;
}
