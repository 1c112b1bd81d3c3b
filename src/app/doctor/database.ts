import { sql } from 'kysely';
import type { Config } from '../../config/load.ts';
import { TocsinError } from '../../domain/errors.ts';
import { readAddress } from '../../store/address.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { askServer } from '../../store/server.ts';
import { databaseTargetOf } from '../database-target.ts';
import { type Check, good, look, warning } from './check.ts';
import { botRuns } from './running.ts';

const HOW = 'docs/how-to/run-in-production.md#the-database';
/** How long (ms) a server may take to let somebody in. */
const PATIENCE = 10_000;

/** Can the database be opened by each way that the bot takes, and is it of this version? Migrates it, as `start` would. An embedded one stays closed while the bot has it. */
export function checkDatabase({ environment }: Config): Promise<readonly Check[]> {
  const { DATABASE_URL, DATABASE_DIRECT_URL } = environment;
  const advice =
    DATABASE_URL === undefined
      ? 'Check that TOCSIN_DATA can be written and that no other Tocsin runs there.'
      : `Check DATABASE_URL, the server, and that the user may create tables and the schema pgboss: ${HOW}.`;
  return look('Database', advice, async () => {
    const target = databaseTargetOf(environment);
    if ('url' in target) await askServer(target, PATIENCE);
    const database = await openUnlessRunning(target, environment);
    if (database === null) return [good('Database', 'embedded (one replica only), in use by the bot that runs here')];
    try {
      const done = await migrate(database);
      const kind = database.kind === 'pglite' ? 'embedded (one replica only)' : await serverOf(database, DATABASE_DIRECT_URL !== undefined);
      return [
        good('Database', `${kind}, ${done.length === 0 ? 'up to date' : `brought up to date (${done.join(', ')})`}`),
        ...(DATABASE_DIRECT_URL === undefined ? [] : await limits(database)),
        ...[DATABASE_URL, DATABASE_DIRECT_URL].flatMap((url, i) =>
          url === undefined ? [] : tlsOf(url, i === 0 ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL'),
        ),
      ];
    } finally {
      await database.close();
    }
  });
}

/** `null` where the running bot has the embedded database: that one is open and up to date. @throws TocsinError `directory-in-use` where it is another process */
async function openUnlessRunning(target: Parameters<typeof openDatabase>[0], environment: Config['environment']): Promise<Database | null> {
  try {
    return await openDatabase(target);
  } catch (error) {
    const isInUse = error instanceof TocsinError && error.code === 'directory-in-use';
    if (isInUse && (await botRuns(environment))) return null;
    throw error;
  }
}

async function serverOf({ session }: Database, pooled: boolean): Promise<string> {
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(session);
  const version = `PostgreSQL ${rows[0]?.server_version.split(' ')[0] ?? ''}`.trim();
  return pooled ? `${version} by a pooler (statements are not kept ready there), LISTEN and migrations directly` : version;
}

/** The limits that a session asks for elsewhere: a pooler passes none on, so the role has to have them. */
async function limits({ db }: Database): Promise<Check[]> {
  const missing: string[] = [];
  for (const [name, value] of [
    ['statement_timeout', '30s'],
    ['idle_in_transaction_session_timeout', '60s'],
  ] as const) {
    const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(db);
    if (rows[0]?.value === '0') missing.push(`ALTER ROLE CURRENT_USER SET ${name} = '${value}';`);
  }
  if (missing.length === 0) return [];
  return [warning('Database limits', 'by the pooler, nothing ends a statement that hangs', `Once, as its user: ${missing.join(' ')}`)];
}

function tlsOf(url: string, name: string): Check[] {
  if (readAddress(url).tls !== 'encrypted') return [];
  return [
    warning(
      'Database TLS',
      `${name} does not say who must answer: whoever is in between can read and write`,
      `Set sslmode=verify-full, and sslrootcert for a private authority: ${HOW}.`,
    ),
  ];
}
