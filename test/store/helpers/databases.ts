import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from '@jest/globals';
import pg from 'pg';
import { type Database, openDatabase, withSeal } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { createSeal } from '../../../src/store/seal.ts';
import { inMemory } from './memory.ts';

const SERVER = process.env['TOCSIN_TEST_DATABASE_URL'];

/** What a suite gets for one kind of database: `open()` gives another handle on the same data, as another replica has it. */
export interface TestDatabase {
  readonly kind: Database['kind'];
  /** The suite's own database, migrated and empty at its beginning. */
  database(): Database;
  /** A further replica's handle: on PGlite, which has one process, the same handle. Closed for you at the end. */
  open(): Promise<Database>;
  /** The server's address of the suite's database; `null` on PGlite. */
  url(): string | null;
}

/**
 * Registers a suite once for PGlite (in memory) and, where TOCSIN_TEST_DATABASE_URL names a server, once for PostgreSQL in a database of
 * its own, which is dropped at the end.
 */
export function describeEachDatabase(name: string, suite: (test: TestDatabase) => void): void {
  describe(`${name} (PGlite)`, () => register(pgliteSuite(), suite));
  describeOnServer(name, suite);
}

/** The same for a suite that opens the database by itself: in memory where `url()` is `null`. */
export function describeEachKind(name: string, suite: (test: Pick<TestDatabase, 'kind' | 'url'>) => void): void {
  describe(`${name} (PGlite)`, () => suite({ kind: 'pglite', url: () => null }));
  describeOnServer(name, suite);
}

/**
 * The same for PostgreSQL alone, for what only a server has, such as a second process. Without one the suite says so and shows as skipped.
 */
export function describeOnServer(name: string, suite: (test: TestDatabase) => void): void {
  const said = `${name} (PostgreSQL)`;
  if (SERVER !== undefined) return describe(said, () => register(postgresSuite(SERVER), suite));
  // Straight to the descriptor: Jest would drown it among the stack traces of its own console.
  process.stderr.write(`\nNOT TESTED ON POSTGRESQL: ${name}. Run it by: node test/helpers/postgres.ts -- npm test\n`);
  describe.skip(said, () => suite(postgresSuite('postgresql://nowhere')));
}

/** Hooks run in the order in which they are registered: the suite's own afterAll, which needs the database, comes before ours. */
function register({ close, ...test }: ClosableDatabase, suite: (test: TestDatabase) => void): void {
  suite(test);
  afterAll(close);
}

interface ClosableDatabase extends TestDatabase {
  close(): Promise<void>;
}

function pgliteSuite(): ClosableDatabase {
  let database: Database | null = null;
  beforeAll(async () => {
    database = await openDatabase(await inMemory());
    await migrate(database);
  });
  return {
    kind: 'pglite',
    database: () => opened(database),
    open: async () => opened(database),
    url: () => null,
    close: async () => database?.close(),
  };
}

function postgresSuite(server: string): ClosableDatabase {
  const name = `tocsin_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const handles: Database[] = [];
  const seal = createSeal();
  async function open(): Promise<Database> {
    const handle = withSeal(await openDatabase({ url: url.href }), seal);
    handles.push(handle);
    return handle;
  }
  beforeAll(async () => {
    await onServer(server, `create database ${name}`);
    await migrate(await open());
  });
  async function close(): Promise<void> {
    for (const handle of handles) await handle.close();
    await onServer(server, `drop database ${name} with (force)`);
  }
  return { kind: 'postgresql', database: () => opened(handles[0] ?? null), open, url: () => url.href, close };
}

function opened(database: Database | null): Database {
  if (database === null) throw new Error('The database is opened in beforeAll; use it in tests only.');
  return database;
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
