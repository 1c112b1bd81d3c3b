import { sql } from 'kysely';
import { TIMER, wakingRun } from '../ports/engine-queues.ts';
import { type Job, type TimerTable, TOPIC } from '../ports/queue.ts';
import type { Timer } from '../ports/store.ts';
import { oneClock } from './clock.ts';
import type { Database } from './database.ts';
import type { SendJobs } from './queue.ts';
import { assertOutsideTransaction, harmless, inTransaction, type Trx } from './transaction.ts';

const RUN_PREFIX = 'run:';

/** The name under which a run's waits stand in the timer table. No stream has a colon in its name. */
export function runTimers(id: string): string {
  return RUN_PREFIX + id;
}

/** A timer that is set again fires again. */
export const ANEW = sql.raw<string>('on conflict (stream, name) do update set due_at = excluded.due_at, fired = false');

/**
 * Replaces all timers of a stream; false when all are as before. One that is the same stays as it is, so that a timer which has fired and whose job
 * has not run yet does not fire twice.
 */
export async function setTimers(trx: Trx, stream: string, timers: readonly Timer[]): Promise<boolean> {
  const names = timers.map(({ name }) => name);
  const { rows } = await sql<{ changed: boolean }>`
    with gone as (delete from timer where stream = ${stream} and name <> all(${names}::text[]) returning 1),
      set as (insert into timer (stream, name, due_at)
        select ${stream}, name, due_at from unnest(${names}::text[], ${timers.map(({ dueAt }) => dueAt)}::bigint[]) as wanted (name, due_at)
        ${ANEW} where timer.due_at <> excluded.due_at returning 1)
    select exists (select from gone union all select from set) as changed`.execute(trx);
  return rows[0]?.changed ?? true;
}

/** Sets timers and leaves all others alone. */
export async function upsertTimers(trx: Trx, timers: readonly (Timer & { readonly stream: string })[]): Promise<void> {
  await trx
    .insertInto('timer')
    .values(timers.map(({ stream, name, dueAt }) => ({ stream, name, due_at: dueAt })))
    .onConflict((conflict) => conflict.columns(['stream', 'name']).doUpdateSet((eb) => ({ due_at: eb.ref('excluded.due_at'), fired: false })))
    .execute();
}

/** The timer table for the timer loop; `send` puts the jobs of what is due into the queues. */
export function timerTable(database: Database, send: SendJobs): TimerTable {
  return {
    async next() {
      assertOutsideTransaction();
      const { rows } = await sql<{
        now: string;
        due_at: string | null;
      }>`select ${oneClock} as now, (select min(due_at) from timer where not fired) as due_at`.execute(database.db);
      const row = rows[0];
      return { now: Number(row?.now), dueAt: row?.due_at == null ? null : Number(row.due_at) };
    },
    fire: (limit) => fire(database, send, limit),
    rearm: (stream, timer) => rearm(database, stream, timer),
  };
}

/** The time (ms of the one clock). Before its moment, a timer that has fired is armed again, if it still stands for that moment. */
export async function rearm(database: Database, stream: string, { name, dueAt }: Timer): Promise<number> {
  const { rows } = await harmless(database, (db) =>
    sql<{ now: string; armed: boolean }>`
      with clocked as materialized (select ${oneClock} as now),
        armed as (update timer set fired = false from clocked
          where stream = ${stream} and name = ${name} and due_at = ${dueAt} and fired and due_at > clocked.now returning 1)
      select now, exists (select from armed) as armed from clocked`.execute(db),
  );
  if (rows[0]?.armed === true) database.bus.publish(TOPIC.timers);
  return Number(rows[0]?.now);
}

/** Marks what is due as fired and enqueues its jobs, in one transaction; rows that another replica is firing are skipped. */
async function fire(database: Database, send: SendJobs, limit: number): Promise<number> {
  return inTransaction(database, async (trx, topics) => {
    const { rows } = await sql<{ stream: string; name: string; due_at: string; kind: string | null }>`
      update timer set fired = true from (
        select stream, name from timer where not fired and due_at <= ${oneClock} order by due_at limit ${limit} for update skip locked
      ) as due
      where timer.stream = due.stream and timer.name = due.name
      returning timer.stream, timer.name, timer.due_at,
        (select kind from run where run.id = substr(timer.stream, ${RUN_PREFIX.length + 1}) and timer.stream like ${`${RUN_PREFIX}%`}) as kind`.execute(
      trx,
    );
    const timers: Job[] = [];
    const runs: Job[] = [];
    for (const { stream, name, due_at, kind } of rows) {
      const run = stream.startsWith(RUN_PREFIX) ? stream.slice(RUN_PREFIX.length) : null;
      if (run === null) timers.push(TIMER.job({ stream, name, dueAt: Number(due_at) }));
      else runs.push(wakingRun({ id: run, kind }));
    }
    await send(trx, topics, [...timers, ...runs]);
    return rows.length;
  });
}
