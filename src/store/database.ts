import { mkdir } from 'node:fs/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { ConstructorOptions } from 'pg-boss';
import { TocsinError } from '../domain/errors.ts';
import type { ReadArchive } from '../ports/evidence.ts';
import type { Bus } from '../ports/queue.ts';
import { postgresBus } from './bus.ts';
import { lockDirectory } from './lock.ts';
import type { Schema } from './schema.ts';
import { createSeal, type Seal } from './seal.ts';
import { type ServerTarget, type Way, waysTo } from './server.ts';
import { errorsTo, seenBy, watchSpace } from './space.ts';

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

/** A database by itself: nobody vouches yet for what it holds. */
export type OpenDatabase = Omit<Database, 'seal' | 'archive'>;

export interface DatabaseOptions {
  /** Told of what happens outside any call: a lost connection, a vacuum that failed. */
  readonly onError?: (error: unknown) => void;
  /** Told when the database can no longer be used safely: another process may have its directory. */
  readonly onLost?: (error: TocsinError) => void;
}

const POOL_SIZE = 10;
const BOSS_POOL_SIZE = 6;

/** Opens a database; migrate() it before use. Throws TocsinError `directory-in-use`, or what the driver throws. */
export async function openDatabase(target: DatabaseTarget, options: DatabaseOptions = {}): Promise<Database> {
  const onError = options.onError ?? (() => undefined);
  if ('url' in target) return unsealed(openPostgres(target, onError));
  // With a server it is never loaded.
  const { openPglite } = await import('./embedded.ts');
  if ('memory' in target) return unsealed(await openPglite(target.dump === undefined ? {} : { loadDataDir: target.dump }, onError));
  await mkdir(target.directory, { recursive: true, mode: 0o700 });
  const release = await lockDirectory(target.directory, options.onLost ?? onError);
  try {
    const database = unsealed(await openPglite({ dataDir: target.directory }, onError));
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

function unsealed(database: OpenDatabase): Database {
  return { ...database, seal: createSeal(), archive: noArchive };
}

/** For whoever opens a database without its evidence store. */
async function noArchive(stream: string): Promise<never> {
  throw new TocsinError('archive-broken', `Records of ${stream} are in the evidence store only, which is not open.`);
}

function openPostgres(target: ServerTarget, onError: (error: unknown) => void): OpenDatabase {
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
