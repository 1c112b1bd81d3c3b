import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DEMO, demoSeed } from '../../demo/workspace.ts';
import { startKubernetesSimulator } from '../../simulators/kubernetes/index.ts';
import { type Message, startSlackSimulator } from '../../simulators/slack/index.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { decodeRecord } from '../../src/evidence/record.ts';
import { verdict } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { startApiProxy, throughProxy } from '../helpers/api-proxy.ts';
import { type Bot, type BotOptions, startBot } from './bot.ts';

/** How long (ms) a bot may take to get somewhere. */
const PATIENCE = 60_000;
const RBAC = new URL('../../deploy/kubernetes/rbac.yaml', import.meta.url).pathname;

export interface RemedyOutcome {
  readonly kills: number;
  readonly remedies: number;
  readonly problems: readonly string[];
}

/** Where the bot is killed: at which request to the API server since the approval (or since the revert was asked for), and on which side. */
interface Moment {
  readonly during: 'apply' | 'revert';
  readonly request: number;
  readonly phase: 'before' | 'after';
}

/**
 * Kills the bot with SIGKILL at every request that a policy bypass and its revert make of the API server: before the request goes out, and
 * after the API server has accepted it but before the bot knows. Judged from outside: applied exactly once, always with its intent and
 * outcome recorded, always reverted, the evidence valid.
 */
export async function remedyChaos(databaseUrl: string | null, kills: number, say: (line: string) => void): Promise<RemedyOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-remedies-'));
  const evidence = join(directory, 'evidence');
  const data = join(directory, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const cluster = await startKubernetesSimulator({
    seed: 'aureus',
    manifests: [await import('node:fs').then(({ readFileSync }) => readFileSync(RBAC, 'utf8'))],
    now: () => Date.now() + slack.clock.offsetMs,
  });
  const proxy = await startApiProxy(cluster.url);
  const kubeconfig = join(data, 'proxy.yml');
  await writeFile(kubeconfig, throughProxy(cluster.kubeconfig('tocsin'), proxy));
  await cluster.faults.set('policy-engine-down', true);
  const options: BotOptions = { workspace: slack.url, data, evidence, databaseUrl, kubeconfig };
  let bot: Bot = startBot(options);
  const problems: string[] = [];
  let killed = 0;
  let over = false;
  let remedies = 0;

  const messages = (channel: string): readonly Message[] => slack.messages(channel);
  const text = (message: Message) => JSON.stringify([message.text, message.blocks ?? []]);
  const generation = () => cluster.cluster.get('deployments.apps', 'aureus', 'aureus-frontend')?.metadata.generation ?? 0;

  async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const end = performance.now() + PATIENCE;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > end) throw new Error(`Not in time: ${what}\n${bot.output().slice(-3_000)}`);
      await pause(25);
    }
  }

  /** Kills the bot at a moment, once, and starts another. */
  function arm({ request, phase }: Moment): () => Promise<void> {
    let seen = 0;
    let died: Promise<void> | null = null;
    const numbers = new Map<number, number>();
    proxy.onRequest = async (at, { number }) => {
      if (at === 'before') numbers.set(number, ++seen);
      if (died !== null || at !== phase || numbers.get(number) !== request) return;
      died = bot.kill('SIGKILL');
      await died;
      throw new Error('the client is gone');
    };
    return async () => {
      proxy.onRequest = null;
      if (died === null) return;
      await died;
      killed += 1;
    };
  }

  /** One bypass from its request to its revert, with the bot killed once on the way. Returns how many requests each half made. */
  async function bypass(moment: Moment | null): Promise<{ apply: number; revert: number }> {
    const ada = slack.as('U0ADA');
    const rooms = new Set(slack.channels().map(({ id }) => id));
    await ada.command(DEMO.incidents, '/incident', `declare P0 aureus Remedy ${++remedies}`);
    const room = await until('the room', () =>
      slack.channels().find(({ id, name, members }) => !rooms.has(id) && name.startsWith('inc-') && members.includes('U0ADA')),
    );
    const id = room.name.toUpperCase();
    await ada.command(room.id, '/incident', 'ack');
    await until('the command', () => messages(room.id).some((message) => text(message).includes('is incident commander')));
    await ada.command(room.id, '/runbook', 'run aureus/policy-engine-failure bypass all queries are blocked');
    const card = await until('the card', () => messages(room.id).find((message) => text(message).includes('plan.approve')));
    const before = generation();
    let counted = 0;
    proxy.onRequest = async (at) => void (counted += at === 'before' ? 1 : 0);
    let disarm = moment?.during === 'apply' ? arm(moment) : null;
    await slack.as('U0MARIE').openDirect();
    await click('U0MARIE', room.id, card.ts, 'plan.approve');
    restartIfKilled();
    const applied = await until('the bypass in force', () =>
      messages(room.id).find((message) => text(message).includes('plan.revert') && text(message).includes('In force')),
    );
    const apply = counted;
    await disarm?.();
    if (generation() !== before + 1) problems.push(`${id} (${JSON.stringify(moment)}): applied ${generation() - before} times`);
    counted = 0;
    proxy.onRequest = async (at) => void (counted += at === 'before' ? 1 : 0);
    disarm = moment?.during === 'revert' ? arm(moment) : null;
    await ada.command(room.id, '/bypass', 'revert it works again');
    restartIfKilled();
    await until('the revert', () => messages(room.id).find((message) => text(message).includes('is reverted') && message.ts > applied.ts));
    const revert = counted;
    await disarm?.();
    proxy.onRequest = null;
    if (generation() !== before + 2) problems.push(`${id} (${JSON.stringify(moment)}): reverted ${generation() - before - 1} times`);
    for (const command of ['resolve it works again', 'close']) await ada.command(room.id, '/incident', command);
    return { apply, revert };
  }

  /** A click of somebody who is not in the room, from their direct message. */
  async function click(user: string, _room: string, _ts: string, action: string): Promise<void> {
    const { channel = '' } = await slack.as(user).openDirect();
    const asked = await until('the direct message', () => messages(channel).findLast((message) => text(message).includes(action)));
    await slack.as(user).click(channel, asked.ts, { action_id: action });
  }

  /** A killed bot is started again at once, as a supervisor would. */
  async function superviseUntilEnd(current: Bot): Promise<void> {
    await current.exited;
    if (bot === current && !over) bot = startBot(options);
  }

  function restartIfKilled(): void {
    void superviseUntilEnd(bot);
  }

  async function judge(): Promise<void> {
    const store = await DirectoryStore.openReadOnly(evidence);
    const report = await verifyEvidence(store, { strict: true, ...(await ownPins(store)) });
    if (verdict(report) !== 'valid')
      problems.push(...report.findings.filter(({ severity }) => severity !== 'note').map(({ says }) => `evidence: ${says}`));
    const counts = new Map<string, Map<string, number>>();
    for await (const key of store.list('incidents/')) {
      const bytes = key.includes('/records/') ? await store.get(key) : null;
      if (bytes === null) continue;
      const record = decodeRecord(bytes).record as IncidentRecord;
      const types = counts.get(record.incident_id) ?? new Map<string, number>();
      const name = record.type === 'change.applied' ? `${record.type} ${record.data.step}` : record.type;
      types.set(name, (types.get(name) ?? 0) + 1);
      counts.set(record.incident_id, types);
    }
    for (const [id, types] of counts) {
      for (const once of [
        'remedy.requested',
        'plan.made',
        'approval.given',
        'change.intended',
        'change.applied 0',
        'change.applied 2',
        'change.verified',
        'remedy.applied',
        'revert.started',
        'change.reverted',
        'remedy.reverted',
      ]) {
        if (types.get(once) !== 1) problems.push(`${id}: ${once} is recorded ${types.get(once) ?? 0} times`);
      }
      if (types.has('remedy.failed')) problems.push(`${id}: the remedy failed`);
    }
  }

  try {
    await bot.ready;
    const requests = await bypass(null);
    const moments: Moment[] = (['apply', 'revert'] as const).flatMap((during) =>
      Array.from({ length: requests[during] }, (_, i) => i + 1).flatMap((request) =>
        (['before', 'after'] as const).map((phase) => ({ during, request, phase })),
      ),
    );
    const chosen = evenly(moments, kills);
    for (const [i, moment] of chosen.entries()) {
      await bypass(moment);
      if ((i + 1) % 10 === 0) say(`${i + 1} of ${chosen.length} moments, ${killed} kills`);
    }
    over = true;
    await bot.kill('SIGTERM');
    await judge();
    return { kills: killed, remedies, problems };
  } finally {
    over = true;
    proxy.onRequest = null;
    await bot.kill('SIGTERM').catch(() => undefined);
    await slack.close();
    await proxy.stop();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** At most `count` of a list, spread over all of it. */
function evenly<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]).filter((one) => one !== undefined);
}
