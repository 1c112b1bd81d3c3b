import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, type LogEvent, PGliteDialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type ConstructorOptions, fromPglite } from 'pg-boss';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';
import { TYPED } from '../lib/typed.ts';
import type { ReadArchive } from '../ports/evidence.ts';
import type { Bus } from '../ports/queue.ts';
import { localBus, postgresBus } from './bus.ts';
import { lockDirectory } from './lock.ts';
import { askedBy, type Lite, prepared } from './prepared.ts';
import type { Schema } from './schema.ts';
import { createSeal, type Seal } from './seal.ts';
import { type ServerTarget, type Way, waysTo } from './server.ts';
import { type Space, watchSpace } from './space.ts';

/** Where the database is: a PostgreSQL server, a directory for PGlite, or nowhere but in memory, there with the files of a dump if given (tests). */
export type DatabaseTarget = ServerTarget | { readonly directory: string } | { readonly memory: true; readonly dump?: Blob };

/** An open database. Both kinds speak the same SQL; `bus` carries wake-ups, `boss` is what pg-boss needs to use the same database. */
export interface Database {
  readonly kind: 'postgresql' | 'pglite';
  readonly db: Kysely<Schema>;
  /** For what needs a session of its own, such as a migration: the same, but where work goes by a pooler. */
  readonly session: Kysely<Schema>;
  /** Runs a statement for payloads that Slack waits for: they never stand in line behind work. Returns its rows. */
  readonly intake: (text: string, values: unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Whether its disk is full, as far as its errors tell. */
  readonly isFull: () => Promise<boolean>;
  readonly bus: Bus;
  /** Vouches for what is stored. One that was not given is good until the process ends (withSeal). */
  readonly seal: Seal;
  /** Reads what was archived: what only the evidence store has by now (withArchive). */
  readonly archive: ReadArchive;
  readonly boss: ConstructorOptions;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Told of what happens outside any call: a lost connection, a vacuum that failed. */
  readonly onError?: (error: unknown) => void;
  /** Told when the database can no longer be used safely: another process may have its directory. */
  readonly onLost?: (error: TocsinError) => void;
}

const HOUR = 3_600_000;
const POOL_SIZE = 10;
const BOSS_POOL_SIZE = 6;
const INT8 = 20;

/** Opens a database; migrate() it before use. Throws TocsinError `directory-in-use`, or what the driver throws. */
export async function openDatabase(target: DatabaseTarget, options: DatabaseOptions = {}): Promise<Database> {
  const onError = options.onError ?? (() => undefined);
  if ('url' in target) return openPostgres(target, onError);
  if ('memory' in target) return openPglite(target.dump === undefined ? {} : { loadDataDir: target.dump }, onError);
  await mkdir(target.directory, { recursive: true, mode: 0o700 });
  const release = await lockDirectory(target.directory, options.onLost ?? onError);
  try {
    const database = await openPglite({ dataDir: target.directory }, onError);
    return {
      ...database,
      async close() {
        try {
          await database.close();
        } finally {
          await release();
        }
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same database, vouched for by this seal. */
export function withSeal(database: Database, seal: Seal): Database {
  return { ...database, seal };
}

/** The same database, with the evidence store behind it. */
export function withArchive(database: Database, archive: ReadArchive): Database {
  return { ...database, archive };
}

/** For whoever opens a database without its evidence store. */
async function noArchive(stream: string): Promise<never> {
  throw new TocsinError('archive-broken', `Records of ${stream} are in the evidence store only, which is not open.`);
}

async function openPostgres(target: ServerTarget, onError: (error: unknown) => void): Promise<Database> {
  const { work, session } = waysTo(target, onError);
  const pool = openPool({ ...work, max: POOL_SIZE, application_name: 'tocsin' }, onError);
  const bus = postgresBus(pool, { ...session, application_name: 'tocsin' }, onError);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), log: errorsTo((error) => space.seen(error)) });
  const apart = session === work ? db : sessionsOf(session, onError);
  const intakePool = openPool({ ...work, max: 1, application_name: 'tocsin-intake' }, onError);
  const intake: Database['intake'] = async (text, values) => (await intakePool.query<Record<string, unknown>>(text, values)).rows;
  const space = watchSpace(intake);
  return {
    kind: 'postgresql',
    db,
    session: apart,
    intake: seenBy(space, intake),
    isFull: space.isFull,
    bus,
    seal: createSeal(),
    archive: noArchive,
    boss: { ...work, max: BOSS_POOL_SIZE, application_name: 'tocsin-jobs' },
    async close() {
      await bus.close();
      await intakePool.end();
      if (apart !== db) await apart.destroy();
      await db.destroy();
    },
  };
}

/** Connections to the server itself, opened when they are needed. */
function sessionsOf(way: Way, onError: (error: unknown) => void): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: openPool({ ...way, max: 1, application_name: 'tocsin' }, onError) }) });
}

/** An idle connection that breaks is no error of any query: the pool opens another one when it needs it. */
function openPool(config: pg.PoolConfig, onError: (error: unknown) => void): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', onError);
  return pool;
}

async function openPglite(files: Pick<PGliteOptions, 'dataDir' | 'loadDataDir'>, onError: (error: unknown) => void): Promise<Database> {
  // bigint as text, as `pg` reads it.
  const lite = await PGlite.create({ ...files, parsers: { [INT8]: (text: string) => text } }).catch((cause: unknown) => {
    if (files.dataDir === undefined || (typeof cause === 'object' && cause !== null && 'syscall' in cause)) throw cause;
    throw new TocsinError(
      'database-corrupt',
      `The embedded database in ${files.dataDir} cannot be opened: its files are damaged or of another version. Move the directory away and run: ${TYPED} restore (docs/how-to/restore.md).`,
      { cause },
    );
  });
  const bus = localBus();
  const ready = prepared(lite);
  const forWork = inTurns(ready);
  const intake: Database['intake'] = async (text, values) => (await ready.query<Record<string, unknown>>(text, values)).rows;
  const space = watchSpace(intake);
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite: forWork }), log: errorsTo(space.seen) });
  // PGlite runs no autovacuum.
  const vacuum = setInterval(() => inBackground(forWork.exec('vacuum analyze'), onError), HOUR).unref();
  return {
    kind: 'pglite',
    db,
    session: db,
    intake: seenBy(space, intake),
    isFull: space.isFull,
    bus,
    seal: createSeal(),
    archive: noArchive,
    boss: { db: fromPglite(forWork), backend: 'pglite' },
    async close() {
      clearInterval(vacuum);
      await bus.close();
      await db.destroy();
    },
  };
}

function errorsTo(seen: Space['seen']): (event: LogEvent) => void {
  return (event) => {
    if (event.level === 'error') seen(event.error);
  };
}

function seenBy(space: Space, intake: Database['intake']): Database['intake'] {
  return (text, values) =>
    intake(text, values).catch((error: unknown) => {
      space.seen(error);
      throw error;
    });
}

/**
 * PGlite as work uses it: one transaction or statement after another, and between them the process looks at its sockets. PGlite
 * computes in this thread and is done within the microtask, so that otherwise a chain of work would go on while nobody is served; and
 * it serves in the order of asking, so that a payload would stand in line behind all work.
 */
function inTurns(lite: Lite): Lite {
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(() => setImmediate()).then(work);
    last = result.catch(() => undefined);
    return result;
  }
  return askedBy(lite, {
    query: (...args) => inTurn(() => lite.query(...args)),
    exec: (...args) => inTurn(() => lite.exec(...args)),
    transaction: (work) => inTurn(() => lite.transaction(work)),
  });
}
