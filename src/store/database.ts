import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, type LogEvent, PGliteDialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type ConstructorOptions, fromPglite } from 'pg-boss';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';
import { TYPED } from '../lib/typed.ts';
import type { Bus } from '../ports/queue.ts';
import { localBus, postgresBus } from './bus.ts';
import { lockDirectory } from './lock.ts';
import { askedBy, type Lite, prepared, statementNames } from './prepared.ts';
import type { Schema } from './schema.ts';
import { createSeal, type Seal } from './seal.ts';
import { type Space, watchSpace } from './space.ts';

/** Where the database is: a PostgreSQL server, a directory for PGlite, or nowhere but in memory, there with the files of a dump if given (tests). */
export type DatabaseTarget = { readonly url: string } | { readonly directory: string } | { readonly memory: true; readonly dump?: Blob };

/** An open database. Both kinds speak the same SQL; `bus` carries wake-ups, `boss` is what pg-boss needs to use the same database. */
export interface Database {
  readonly kind: 'postgresql' | 'pglite';
  readonly db: Kysely<Schema>;
  /** Runs a statement for payloads that Slack waits for: they never stand in line behind work. Returns its rows. */
  readonly intake: (text: string, values: unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Whether its disk is full, as far as its errors tell. */
  readonly isFull: () => Promise<boolean>;
  readonly bus: Bus;
  /** Vouches for what is stored. One that was not given is good until the process ends (withSeal). */
  readonly seal: Seal;
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
/** No statement of ours takes this long (ms) unless something is wrong; a lock that is never let go of is. */
const STATEMENT_TIMEOUT = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT = 60_000;
const CONNECT_TIMEOUT = 5_000;
/** Connections are kept between bursts of work: a new one costs the server a process and cold caches. */
const IDLE_TIMEOUT = 5 * 60_000;
const POOL_SIZE = 10;
const BOSS_POOL_SIZE = 6;
const INT8 = 20;

/** Opens a database; migrate() it before use. Throws TocsinError `directory-in-use`, or what the driver throws. */
export async function openDatabase(target: DatabaseTarget, options: DatabaseOptions = {}): Promise<Database> {
  const onError = options.onError ?? (() => undefined);
  if ('url' in target) return openPostgres(target.url, onError);
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

async function openPostgres(url: string, onError: (error: unknown) => void): Promise<Database> {
  const connection = {
    Client: heardClient(onError),
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT,
    keepAlive: true,
    idleTimeoutMillis: IDLE_TIMEOUT,
  };
  const pool = openPool({ ...connection, max: POOL_SIZE, application_name: 'tocsin' }, onError);
  const bus = postgresBus(pool, onError);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), log: errorsTo((error) => space.seen(error)) });
  const intakePool = openPool({ ...connection, max: 1, application_name: 'tocsin-intake' }, onError);
  const intake: Database['intake'] = async (text, values) => (await intakePool.query<Record<string, unknown>>(text, values)).rows;
  const space = watchSpace(intake);
  return {
    kind: 'postgresql',
    db,
    intake: seenBy(space, intake),
    isFull: space.isFull,
    bus,
    seal: createSeal(),
    boss: { ...connection, max: BOSS_POOL_SIZE, application_name: 'tocsin-jobs' },
    async close() {
      await bus.close();
      await intakePool.end();
      await db.destroy();
    },
  };
}

/**
 * A client that keeps what it asks again ready in the server (prepared.ts), and whose errors are heard wherever it is. A pool hears those of idle clients only: a server that restarts ends clients that are at
 * work as well, between two of their statements, and an error that nobody hears ends the process.
 */
function heardClient(onError: (error: unknown) => void): typeof pg.Client {
  const names = statementNames();
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.on('error', onError);
      const ask = this.query.bind(this) as (...args: unknown[]) => unknown;
      this.query = ((asked: unknown, ...rest: unknown[]) => {
        const name = typeof asked === 'string' ? names.of(asked) : null;
        return ask(name === null ? asked : { name, text: asked }, ...rest);
      }) as typeof this.query;
    }
  };
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
    intake: seenBy(space, intake),
    isFull: space.isFull,
    bus,
    seal: createSeal(),
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
