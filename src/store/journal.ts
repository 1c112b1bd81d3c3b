import { type RawBuilder, sql } from 'kysely';
import type { Json } from '../domain/record.ts';
import { wakingRun } from '../ports/engine-queues.ts';
import { type Claim, TOPIC } from '../ports/queue.ts';
import type { RunJournal, RunStart } from '../ports/runs.ts';
import type { StoreTx } from '../ports/store.ts';
import { mergingInto } from './attempts.ts';
import { oneClock } from './clock.ts';
import type { Database } from './database.ts';
import { claimLost, heldBy, type SendJobs, type StoreQueue } from './queue.ts';
import type { Seal } from './seal.ts';
import type { Sources } from './streams.ts';
import { ANEW, rearm, runTimers } from './timers.ts';
import { assertOutsideTransaction, harmless, inTransaction, type Trx } from './transaction.ts';

/**
 * For how long (ms) after its heartbeat an attempt need not ask whether it has its job: another takes it only when the heartbeat is much older
 * (queue.ts), and what is recorded looks again.
 */
const SURE = 2_000;

/** Starts runs, each once: an id that is there already changes nothing. */
export async function startRuns(
  trx: Trx,
  seal: Seal,
  topics: Set<string>,
  send: SendJobs,
  runs: readonly (RunStart & { readonly id: string })[],
): Promise<void> {
  if (runs.length === 0) return;
  const rows = runs.map(({ id, kind, input }) => {
    const text = JSON.stringify(input);
    return { id, kind, input: text, incident: incidentIn(input), mac: seal.mac('run', [id, kind, text]) };
  });
  const added = await trx
    .insertInto('run')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning(['id', 'kind'])
    .execute();
  await send(trx, topics, added.map(wakingRun));
}

/** The incident that a run belongs to, by what it is started with. */
function incidentIn(input: Json): string | null {
  if (typeof input !== 'object' || input === null || !('incident' in input)) return null;
  return typeof input.incident === 'string' ? input.incident : null;
}

/** Tells a run something, once per name: the first payload counts. It may come before the run waits for it, or before the run starts. */
export async function signalRun(
  trx: Trx,
  seal: Seal,
  topics: Set<string>,
  send: SendJobs,
  { id, name, payload }: { id: string; name: string; payload: Json },
): Promise<void> {
  const run = await trx.selectFrom('run').select(['ended', 'kind']).where('id', '=', id).executeTakeFirst();
  if (run?.ended === true) return;
  const text = JSON.stringify(payload);
  await trx
    .insertInto('signal')
    .values({ run: id, name, payload: text, mac: seal.mac('signal', [id, name, text]) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await wake(trx, topics, send, { id, kind: run?.kind ?? null });
}

/** A run with one of its steps, if it has any. */
interface RunRow {
  readonly kind: string;
  readonly ended: boolean;
  readonly mac: string | null;
  readonly input: string;
  readonly name: string | null;
  readonly step_mac: string | null;
  readonly output: string | null;
  readonly time: string;
}

/** Does work in a transaction of the database as in one of the store's (store.ts, which uses this file). */
type ThroughStore = <T>(trx: Trx, topics: Set<string>, queue: StoreQueue, sources: Sources, work: (tx: StoreTx) => Promise<T>) => Promise<T>;

async function wake(trx: Trx, topics: Set<string>, send: SendJobs, run: Parameters<typeof wakingRun>[0]): Promise<void> {
  await send(trx, topics, [wakingRun(run)]);
}

/** Through JSON, so that the first time gives what every later time gives. */
function asJson(output: Json | undefined): Json {
  return JSON.parse(JSON.stringify(output ?? null)) as Json;
}

/**
 * The journal of durable runs in the tables `run`, `step` and `signal`. A run that ended keeps its row, so its id starts nothing again.
 * What does not fit its MAC is refused (TocsinError `database-altered`): a run believes what it did, and does not look again.
 */
export function runJournal(database: Database, queue: StoreQueue, throughStore: ThroughStore): RunJournal {
  const { db, seal } = database;

  /** Notes a step of who is `held`, if anybody is; the same again finds what it wrote. */
  function noting(id: string, step: string, output: Json): RawBuilder<unknown> {
    const text = JSON.stringify(output);
    return sql`insert into step (run, name, output, mac)
      select ${id}, ${step}, ${text}::json, ${seal.mac('step', [id, step, text])} from held
      on conflict (run, name) do update set mac = excluded.mac where step.mac = excluded.mac returning 1`;
  }

  /** When each attempt last showed that it has its job, by this process' own clock. */
  const shown = new WeakMap<Claim, number>();

  /** What shows that the attempt has its job: its heartbeat is as old as the moment before it was sent. */
  async function showing<T>(claim: Claim, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work();
    shown.set(claim, begun);
    return result;
  }

  /** One statement of an attempt that still has its job, and gives a row then; the same again is harmless. */
  function whileHeld<Row>(claim: Claim, rest: RawBuilder<Row>): Promise<Row> {
    return showing(claim, async () => {
      const { rows } = await harmless(database, (on) => sql<Row>`with held as (${heldBy(claim)}) ${rest}`.execute(on));
      const [row] = rows;
      if (row === undefined) throw claimLost(claim);
      return row;
    });
  }

  return {
    async load({ queue: name, id: job }, id) {
      assertOutsideTransaction();
      const { rows } = await sql<RunRow>`
        with merged as (${mergingInto({ name, id: job, singletonKey: id })})
        select run.kind, run.ended, run.mac, run.input::text as input, step.name, step.mac as step_mac, step.output::text as output,
          ${oneClock} as time
        from run left join step on step.run = run.id where run.id = ${id}`.execute(db);
      const [run] = rows;
      if (run === undefined) return null;
      // One that ended does nothing any more.
      if (!run.ended) seal.check('run', id, [id, run.kind, run.input], run.mac);
      const steps = rows.flatMap(({ name, output, step_mac: mac }): [string, Json][] => {
        if (name === null || output === null) return [];
        seal.check('step', id, [id, name, output], mac);
        return [[name, JSON.parse(output) as Json]];
      });
      return { kind: run.kind, input: JSON.parse(run.input) as Json, ended: run.ended, steps: new Map(steps), time: Number(run.time) };
    },
    async hold(claim) {
      if (performance.now() - (shown.get(claim) ?? Number.NEGATIVE_INFINITY) > SURE) await whileHeld(claim, sql`select held from held`);
    },
    async record(claim, id, step, output) {
      // Where the connection broke after the commit, the same again finds what it wrote.
      await whileHeld(claim, noting(id, step, output));
    },
    write: (claim, id, step, work) =>
      showing(claim, () =>
        inTransaction(database, async (trx, topics) => {
          const output = asJson(await throughStore(trx, topics, queue, database, work));
          // Last: all of it is undone where another attempt has the job by now.
          const { rows } = await sql`with held as (${heldBy(claim)}) ${noting(id, step, output)}`.execute(trx);
          if (rows.length !== 1) throw claimLost(claim);
          return output;
        }),
      ),
    async recordWait(claim, id, step, ms) {
      const { now } = await whileHeld(claim, sql<{ now: string }>`select ${oneClock} as now from held`);
      const dueAt = Number(now) + ms;
      await whileHeld(
        claim,
        sql`, noted as (${noting(id, step, dueAt)})
          insert into timer (stream, name, due_at) select ${runTimers(id)}, ${step}, ${dueAt}::bigint from noted ${ANEW} returning 1`,
      );
      database.bus.publish(TOPIC.timers);
      return dueAt;
    },
    rearm: (id, step, dueAt) => rearm(database, runTimers(id), { name: step, dueAt }),
    async signal(id, name) {
      assertOutsideTransaction();
      const row = await db
        .selectFrom('signal')
        .select(['mac', sql<string>`payload::text`.as('payload')])
        .where('run', '=', id)
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined) return null;
      seal.check('signal', id, [id, name, row.payload], row.mac);
      return { payload: JSON.parse(row.payload) as Json };
    },
    async end(claim, id) {
      await whileHeld(
        claim,
        sql`, steps as (delete from step using held where run = ${id}), signals as (delete from signal using held where run = ${id}),
          timers as (delete from timer using held where stream = ${runTimers(id)})
          update run set ended = true, ended_at = ${oneClock} from held where id = ${id} returning 1`,
      );
    },
  };
}
