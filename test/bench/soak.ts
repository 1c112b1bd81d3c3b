import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Benchmark, figure, type Row } from './benchmark.ts';
import { type BusyBots, startBusyBots } from './busy-bots.ts';
import { busyWorkspace, INCIDENTS_CHANNEL } from './busy-workspace.ts';

const COMMANDS = 20_000;
const PEOPLE = 200;
const INCIDENTS = 20;
/** Commands under way at a time. */
const AT_ONCE = 8;
const STEPS = 20;
/** Payloads that may wait: the bot is kept busy, and not buried. */
const WAITING = 200;

export const soak: Benchmark = {
  name: 'soak',
  about: `${COMMANDS.toLocaleString('en')} commands one after the other: what stays in memory`,
  async run({ scale, say }) {
    const workspace = busyWorkspace({ services: INCIDENTS, people: PEOPLE });
    const busy = await startBusyBots({ workspace, limits: false, slackTakes: 0 });
    try {
      const { slack } = busy;
      const everybody = workspace.seed.users.map(({ id }) => id);
      const act = (n: number, channel: string, text: string) =>
        slack.perform(everybody[n % PEOPLE] ?? '', 'command', { channel, command: '/incident', text });
      for (let index = 0; index < INCIDENTS; index += 1)
        await act(index, INCIDENTS_CHANNEL, `declare P2 ${workspace.services[index] ?? ''} Soak ${index}.`);
      await settled(busy, 0);
      const rooms = slack.channels().filter(({ name }) => name.startsWith('inc-'));
      for (const [index, who] of everybody.entries()) await slack.perform(who, 'join', { channel: rooms[index % rooms.length]?.id ?? '' });
      const resident: number[] = [];
      const begun = performance.now();
      for (let step = 0; step < STEPS; step += 1) {
        const each = Math.ceil((COMMANDS * scale) / STEPS);
        for (let done = 0; done < each; done += AT_ONCE) {
          const from = step * each + done;
          await Promise.all(
            Array.from({ length: Math.min(AT_ONCE, each - done) }, (_, index) => {
              const n = from + index;
              return act(n, rooms[(n % PEOPLE) % rooms.length]?.id ?? INCIDENTS_CHANNEL, TEXTS[n % TEXTS.length]?.(n) ?? 'help');
            }),
          );
          if (done % (10 * AT_ONCE) === 0) await settled(busy, WAITING);
        }
        await settled(busy, 0);
        resident.push(await residentOf(busy));
        say(
          `${((step + 1) * each).toLocaleString('en')} commands: ${figure(resident.at(-1) ?? 0)} MiB, ${figure(((step + 1) * each) / ((performance.now() - begun) / 1_000))} a second`,
        );
      }
      return [rowOf(resident, scale)];
    } finally {
      await busy.close();
    }
  },
};

const TEXTS: readonly ((n: number) => string)[] = [
  () => 'help',
  () => 'list',
  (n) => `impact ${n} requests fail`,
  () => 'timeline',
  () => 'ack',
  () => 'status investigating',
  (n) => (n % 50 === 6 ? `note Looked again, number ${n}.` : 'help note'),
];

function rowOf(resident: readonly number[], scale: number): Row {
  const quarter = Math.floor(resident.length / 4);
  const second = mean(resident.slice(quarter, 2 * quarter));
  const last = mean(resident.slice(-quarter));
  return {
    what: `${(COMMANDS * scale).toLocaleString('en')} commands, PostgreSQL: resident memory in the last quarter`,
    against: 'the second quarter',
    goal: 'at most 1.1x',
    measured: `${(last / second).toFixed(2)}x (${figure(last)} against ${figure(second)} MiB; ${resident.map(figure).join(', ')})`,
    met: last / second <= 1.1,
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** Waits until no more than so many jobs are left. */
async function settled({ database }: BusyBots, most: number): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; ) {
    const { rows } = await database.query<{ count: string }>(
      `select count(*) from pgboss.job where state <= 'active' and name in ('inbox', 'message', 'edit') and start_after < now() + interval '1 minute'`,
    );
    if (Number(rows[0]?.count) <= most) return;
    await pause(50);
  }
}

/** What is resident (MiB) of all replicas. */
async function residentOf({ bots }: BusyBots): Promise<number> {
  let sum = 0;
  for (const { child } of bots) sum += Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.process.pid}/status`, 'utf8'))?.[1]) / 1_024;
  return sum;
}
