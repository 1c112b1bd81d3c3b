import { setTimeout as pause } from 'node:timers/promises';
import type { Call, Outcome } from '../../simulators/slack/index.ts';
import { type Benchmark, figure, percentile, type Row } from './benchmark.ts';
import { type BusyBots, startBusyBots } from './busy-bots.ts';
import { busyWorkspace, INCIDENTS_CHANNEL } from './busy-workspace.ts';
import { isRefused, sayMethods } from './slack-calls.ts';

const PEOPLE = 200;
const SECONDS = 120;
const PER_SECOND = 5;
const REPLICAS = (process.env['CROWD_REPLICAS'] ?? '1,2,3').split(',').map(Number);
const INCIDENTS = 20;
/** Between two declarations (ms): they are there before the crowd comes, and Slack makes 20 channels a minute. */
const BETWEEN = 500;
/** The longest (ms) that what follows from the last command is waited for. */
const LONGEST = 5 * 60_000;
/** Who is called for an incident. */
const TEAM = 2;
/** A page is late after this (ms). */
const LATE_PAGE = 5_000;

/** What people do in an incident, by how often. Notes are told apart, so that each is found once. */
const DOINGS: readonly ((n: number) => string)[] = [
  (n) => `note Looked at it, number ${n}.`,
  (n) => `note Compared the graphs, number ${n}.`,
  () => 'timeline',
  () => 'list',
  (n) => `impact ${n} requests fail`,
  (n) => `note Asked the vendor, number ${n}.`,
  () => 'ack',
  (n) => `update Still looking, number ${n}`,
  () => 'help',
  (n) => `note Rolled one pod, number ${n}.`,
];

export const crowd: Benchmark = {
  name: 'crowd',
  about: `${PEOPLE} people in ${INCIDENTS} incidents, ${PER_SECOND} commands a second for ${SECONDS} s, Slack with its published limits; ${REPLICAS.join(', ')} replicas`,
  async run({ scale, say }) {
    const rows: Row[] = [];
    for (const replicas of REPLICAS) rows.push(...(await turn(replicas, SECONDS * scale, say)));
    return rows;
  },
};

async function turn(replicas: number, forSeconds: number, say: (line: string) => void): Promise<Row[]> {
  const workspace = busyWorkspace({ services: INCIDENTS, people: PEOPLE });
  const busy = await startBusyBots({ workspace, replicas, limits: true });
  try {
    const { slack, database } = busy;
    await database.query(WATCH);
    const everybody = workspace.seed.users.map(({ id }) => id);
    const declaredAt = new Map<string, number>();
    for (let index = 0; index < INCIDENTS; index += 1) {
      const title = `Crowd ${String(index).padStart(2, '0')}.`;
      declaredAt.set(title, slack.clock.now());
      const text = `declare P1 ${workspace.services[index] ?? ''} ${title}`;
      await slack.perform(everybody.at(-1) ?? '', 'command', { channel: INCIDENTS_CHANNEL, command: '/incident', text });
      await pause(BETWEEN);
    }
    const rooms = () => slack.channels().filter(({ name }) => name.startsWith('inc-'));
    await until(async () => rooms().length >= INCIDENTS && (await openPayloads(busy)) === 0, LONGEST);
    const places = rooms().map(({ id }) => id);
    for (const [index, who] of everybody.entries()) await slack.perform(who, 'join', { channel: places[index % INCIDENTS] ?? '' });
    await until(async () => (await openPayloads(busy)) === 0, LONGEST);
    const first = slack.calls().length;
    const begun = performance.now();
    const begunAt = slack.clock.now();
    const acting: Promise<Outcome>[] = [];
    for (let n = 0; n < forSeconds * PER_SECOND; n += 1) {
      const due = begun + (n * 1_000) / PER_SECOND;
      if (due > performance.now()) await pause(due - performance.now());
      const who = everybody[n % everybody.length] ?? '';
      const room = places[(n % everybody.length) % INCIDENTS] ?? '';
      const text = DOINGS[Math.floor(n / INCIDENTS) % DOINGS.length]?.(n) ?? 'help';
      acting.push(slack.perform(who, 'command', { channel: room, command: '/incident', text }));
    }
    const outcomes = await Promise.all(acting);
    await until(async () => (await openPayloads(busy)) === 0, LONGEST);
    const took = performance.now() - begun;
    await until(async () => (await jobsLeft(busy)) === 0, LONGEST);
    const { rows: commands } = await database.query<Answered>(OUTCOMES, [begunAt]);
    const answered = commands.map((one) => Number(one.answered));
    const failed = commands.filter(({ outcome, code }) => outcome === null || outcome === 'failed' || code === 'roles-unknown');
    const calls = slack.calls().slice(first);
    say(`${replicas} replicas: ${sayMethods(calls)}`);
    const others = commands.filter(({ outcome }) => outcome !== 'done');
    say(`not done: ${[...Map.groupBy(others, ({ outcome, code }) => `${outcome} ${code}`)].map(([why, all]) => `${why} ${all.length}`).join(', ')}`);
    const unanswered = outcomes.filter(({ status }) => status !== 'ok').length;
    const pages = pageTimes(busy, declaredAt);
    const late = pages.filter((ms) => ms > LATE_PAGE).length;
    const doubled = await doublings(busy, calls);
    const refused = calls.filter(isRefused).length;
    const what = `${PEOPLE} people in ${INCIDENTS} incidents, ${PER_SECOND} commands a second, Slack’s limits, ${replicas === 1 ? 'one replica' : `${replicas} replicas`}`;
    const row = (about: string, goal: string, measured: string, met: boolean | null): Row => ({
      what: `${what}: ${about}`,
      against: '',
      goal,
      measured,
      met,
    });
    return [
      row(
        'from a command until its answer is there',
        '',
        `p50 ${figure(percentile(answered, 50))} ms, p99 ${figure(percentile(answered, 99))} ms; all ${commands.length} done within ${figure(took / 1_000)} s`,
        null,
      ),
      row('commands that failed, and that were not acknowledged', 'none', `${failed.length} and ${unanswered}`, failed.length + unanswered === 0),
      row('pages later than 5 s', 'none', `${late} of ${pages.length}, the last after ${figure(Math.max(...pages) / 1_000)} s`, late === 0),
      row(
        'calls that Slack refused (429)',
        'under 5%',
        `${((100 * refused) / calls.length).toFixed(1)}% (${refused} of ${calls.length})`,
        refused / calls.length < 0.05,
      ),
      row('messages and records that are there twice', 'none', String(doubled), doubled === 0),
    ];
  } finally {
    await busy.close();
  }
}

/** Notes when a payload was done, and when its private answer was with the person: the bot keeps neither. */
const WATCH = `
  create table bench_seen (key text primary key, at timestamptz not null);
  create function bench_done() returns trigger language plpgsql as $$ begin
    insert into bench_seen values (new.id::text, clock_timestamp()) on conflict do nothing; return null; end $$;
  create function bench_sent() returns trigger language plpgsql as $$ begin
    insert into bench_seen values (new.key, clock_timestamp()) on conflict do nothing; return null; end $$;
  create trigger bench_done after update on inbox for each row when (new.outcome is not null) execute function bench_done();
  create trigger bench_sent after update on message for each row when (new.state = 'sent' and new.key like '%:reply') execute function bench_sent();`;

/** Of each command since a time (ms): how long until it was done, and until its answer was there. */
const OUTCOMES = `
  select extract(epoch from done.at) * 1000 - i.received_at as done, extract(epoch from coalesce(sent.at, done.at)) * 1000 - i.received_at as answered,
    i.outcome->>'outcome' as outcome, i.outcome->>'code' as code
  from inbox i left join bench_seen done on done.key = i.id::text left join bench_seen sent on sent.key = i.id || ':reply'
  where i.kind = 'command' and i.received_at >= $1`;

interface Answered {
  readonly done: string | null;
  readonly answered: string | null;
  readonly outcome: string | null;
  readonly code: string | null;
}

/** How long (ms) each page took from its declaration to its person, by incident; endless for one that is missing. */
function pageTimes({ slack }: BusyBots, declaredAt: ReadonlyMap<string, number>): number[] {
  const direct = slack.calls('chat.postMessage').filter(({ applied, args }) => applied && String(args['channel']).startsWith('D'));
  return [...declaredAt].flatMap(([title, at]) => {
    const pages = direct.filter(({ args }) => JSON.stringify(args).includes(title)).map(({ time }) => time - at);
    return pages.length < TEAM ? [...pages, Number.POSITIVE_INFINITY] : pages;
  });
}

async function until(done: () => Promise<boolean>, longest: number): Promise<void> {
  const end = performance.now() + longest;
  while (!(await done()) && performance.now() < end) await pause(200);
}

async function openPayloads({ database }: BusyBots): Promise<number> {
  const { rows } = await database.query<{ count: string }>('select count(*) from inbox where outcome is null');
  return Number(rows[0]?.count);
}

async function jobsLeft({ database }: BusyBots): Promise<number> {
  const { rows } = await database.query<{ count: string }>(`select count(*) from pgboss.job where state <= 'active' and name in ('message', 'edit')`);
  return Number(rows[0]?.count);
}

/** Notes that are recorded or posted more than once. */
async function doublings({ database }: BusyBots, calls: readonly Call[]): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    `select count(*) from (select 1 from record where type = 'note.added' group by stream, convert_from(bytes, 'utf8')::json->'data'->>'text' having count(*) > 1) as twice`,
  );
  const posted = calls.filter(({ method, applied }) => method === 'chat.postMessage' && applied);
  const keys = posted.flatMap(({ args }) => /"key":"([^"]+)"/.exec(JSON.stringify(args['metadata'] ?? {}).replaceAll('\\"', '"'))?.[1] ?? []);
  return Number(rows[0]?.count) + keys.length - new Set(keys).size;
}
