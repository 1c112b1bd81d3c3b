import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from '../../simulators/slack/index.ts';
import { type Benchmark, figure, percentile, type Row } from './benchmark.ts';
import { type BusyBots, startBusyBots } from './busy-bots.ts';
import { ALERTMANAGER_TOKEN, busyWorkspace, INCIDENTS_CHANNEL } from './busy-workspace.ts';
import { isRefused, leastTime, lookUps, sayMethods } from './slack-calls.ts';

const DECLARED = 50;
const FIRED = 500;
const REPLICAS = Number(process.env['STORM_REPLICAS'] ?? 1);
const SERVICES = 20;
/** Different alerts; each fires again and again. */
const KINDS = 20;
/** Alerts in one request of Alertmanager's. */
const AT_ONCE = 10;
/** Between two declarations (ms). */
const BETWEEN = 60;
/** The longest (ms) that the last card is waited for. */
const LONGEST = 5 * 60_000;
/** Without a call for so long (ms), what is left waits for a time of its own. */
const QUIET = 15_000;
/** Within this time (ms) each page has to arrive. */
const IN_TIME = 5_000;

export const storm: Benchmark = {
  name: 'storm',
  about: `${DECLARED} declarations within seconds and ${FIRED} alerts, Slack with its published limits: pages, cards, refusals`,
  async run({ scale, say }) {
    const declared = Math.ceil(DECLARED * scale);
    const fired = Math.ceil(FIRED * scale);
    const workspace = busyWorkspace({ services: SERVICES, people: 2 * SERVICES + declared });
    const busy = await startBusyBots({ workspace, limits: true, replicas: REPLICAS });
    try {
      const titles = Array.from({ length: declared }, (_, index) => `Storm ${String(index + 1).padStart(3, '0')}.`);
      const declaredAt: number[] = [];
      const first = busy.slack.calls().length;
      const firing = fire(busy.alertmanager, workspace.services, fired);
      for (const [index, title] of titles.entries()) {
        declaredAt.push(busy.slack.clock.now());
        const who = workspace.others[index] ?? '';
        const service = workspace.services[index % SERVICES] ?? '';
        await busy.slack.perform(who, 'command', { channel: INCIDENTS_CHANNEL, command: '/incident', text: `declare P1 ${service} ${title}` });
        await pause(BETWEEN);
      }
      await firing;
      say(`declared and fired within ${figure((busy.slack.clock.now() - (declaredAt[0] ?? 0)) / 1_000)} s`);
      await until(() => titles.every((title) => cardOf(busy, title) !== undefined), LONGEST);
      // Slack makes 20 channels a minute.
      await until(() => busy.slack.channels().filter(({ name }) => name.startsWith('inc-')).length >= declared, LONGEST);
      await quiet(busy);
      const calls = busy.slack.calls().slice(first);
      say(sayMethods(calls));
      return rowsOf({ busy, calls, titles, declaredAt, fired });
    } finally {
      await busy.close();
    }
  },
};

/** Sends what Alertmanager would: groups whose alerts go on firing. */
async function fire(url: string, services: readonly string[], count: number): Promise<void> {
  const startsAt = new Date().toISOString();
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const alerts = Array.from({ length: Math.min(AT_ONCE, count - sent) }, (_, index) => {
      const kind = (sent + index) % KINDS;
      return {
        status: 'firing',
        labels: { alertname: `Kind${kind}`, severity: 'warning', service: services[kind % services.length] },
        annotations: { summary: `Kind ${kind} fires, and says so for the ${Math.floor((sent + index) / KINDS) + 1}. time.` },
        startsAt,
        fingerprint: `kind-${kind}`,
      };
    });
    const body = JSON.stringify({ version: '4', status: 'firing', receiver: 'tocsin', alerts });
    const headers = { authorization: `Bearer ${ALERTMANAGER_TOKEN}`, 'content-type': 'application/json' };
    const { status } = await fetch(url, { method: 'POST', headers, body });
    if (status !== 200) throw new Error(`/alertmanager answered ${status}.`);
    await pause(BETWEEN);
  }
}

/** The post of an incident's card where all incidents are. */
function cardOf({ slack }: BusyBots, title: string): Call | undefined {
  return slack.calls('chat.postMessage').find((call) => call.applied && call.args['channel'] === INCIDENTS_CHANNEL && tells(call, title));
}

function tells({ args }: Call, title: string): boolean {
  return JSON.stringify(args).includes(title);
}

interface Outcome {
  readonly busy: BusyBots;
  readonly calls: readonly Call[];
  readonly titles: readonly string[];
  readonly declaredAt: readonly number[];
  readonly fired: number;
}

function rowsOf({ busy, calls, titles, declaredAt, fired }: Outcome): Row[] {
  const begun = declaredAt[0] ?? 0;
  const direct = calls.filter(({ method, applied, args }) => method === 'chat.postMessage' && applied && String(args['channel']).startsWith('D'));
  const late = titles.flatMap((title, index) => direct.filter((call) => tells(call, title)).map(({ time }) => time - (declaredAt[index] ?? 0)));
  const cards = titles.flatMap((title) => cardOf(busy, title)?.time ?? []);
  const lastCard = Math.max(...cards) - begun;
  const taken = calls.filter(({ applied }) => applied);
  const best = leastTime(taken.filter(({ method, args }) => method === 'chat.postMessage' && args['channel'] === INCIDENTS_CHANNEL));
  const refused = calls.filter(isRefused).length;
  const share = refused / calls.length;
  const looked = lookUps(calls).length;
  const last = Math.max(...taken.map(({ time }) => time)) - begun;
  const least = leastTime(taken);
  const what = `${titles.length} declarations and ${fired} alerts within seconds, Slack’s limits, 100 ms a call${REPLICAS === 1 ? '' : `, ${REPLICAS} replicas`}`;
  const row = (about: string, against: string, goal: string, measured: string, met: boolean | null): Row => ({
    what: `${what}: ${about}`,
    against,
    goal,
    measured,
    met,
  });
  return [
    row(
      'until each page was with its person',
      '',
      'within 5 s',
      `${late.length} pages: median ${seconds(percentile(late, 50))}, p99 ${seconds(percentile(late, 99))}, at most ${seconds(Math.max(...late))}`,
      late.length >= 2 * titles.length && Math.max(...late) <= IN_TIME,
    ),
    row(
      'until the last card',
      'the least that Slack’s limits take for the posts of that channel',
      '',
      `${(lastCard / best).toFixed(2)}x (${seconds(lastCard)} against ${seconds(best)}), ${cards.length} cards`,
      null,
    ),
    row(
      'until the last call',
      'the least that Slack’s limits take for all of these calls',
      '',
      `${(last / least).toFixed(2)}x (${seconds(last)} against ${seconds(least)})`,
      null,
    ),
    row('calls that Slack refused (429)', '', 'under 5%', `${(share * 100).toFixed(1)}% (${refused} of ${calls.length})`, share < 0.05),
    row('looks into the history', '', 'none', String(looked), looked === 0),
  ];
}

function seconds(ms: number): string {
  return `${figure(ms / 1_000)} s`;
}

async function until(done: () => boolean, longest: number): Promise<void> {
  const end = performance.now() + longest;
  while (!done() && performance.now() < end) await pause(200);
}

async function quiet({ slack }: BusyBots): Promise<void> {
  const end = performance.now() + LONGEST;
  let seen = -1;
  while (performance.now() < end) {
    const now = slack.calls().at(-1)?.seq ?? 0;
    if (now === seen) return;
    seen = now;
    await pause(QUIET);
  }
}
