import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Check } from '../../ports/action.ts';
import { ClusterError, type Right } from '../../ports/cluster.ts';
import type { PostgresTarget } from '../../ports/targets.ts';
import { locate, mustRun, run, sayContainer } from '../shared/container.ts';
import { oneLine } from '../shared/fields.ts';
import { execRights } from '../shared/pods.ts';
import { parseCsvRecords } from './csv.ts';
import { literal } from './sql.ts';

export type Row = Readonly<Record<string, string>>;

/** What a database said. Values are PostgreSQL's own texts; a NULL is an empty one. */
export type Asked =
  | { readonly kind: 'rows'; readonly rows: readonly Row[]; readonly by: string }
  | { readonly kind: 'missing'; readonly why: string }
  /** It accepts no more connections, which is a finding in itself. */
  | { readonly kind: 'exhausted'; readonly why: string };

interface Options {
  /** Of the statement, by the server itself. In ms. */
  readonly timeoutMs?: number;
  /** What `$1`, `$2` stand for: bound over a connection, written as literals for psql, which cannot bind. */
  readonly values?: readonly string[];
  /** Only for what changes something. */
  readonly writes?: boolean;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_S = 5;
const MAX_BYTES = 8 * 1024 * 1024;
const EXHAUSTED = /too many clients|remaining connection slots|too many connections/i;

/**
 * Asks a PostgreSQL one statement: by psql inside of its container, or over a connection of the bot's. The session is read only unless
 * `writes`, has a statement timeout, and its time zone is UTC.
 * @throws UserError `postgres-failed` with the server's words, `tool-missing`, `secret-missing`; ClusterError
 */
export async function askPostgres(context: ActionContext, name: string, sql: string, options: Options = {}): Promise<Asked> {
  const target = context.target(name, 'postgres').postgres;
  return 'workload' in target ? await byPsql(context, target, sql, options) : await byConnection(context, target.url_env, sql, options);
}

/** The same for a change, which needs an answer. @throws UserError `target-missing`, `postgres-exhausted` */
export async function mustAsk(context: ActionContext, name: string, sql: string, options: Options = {}): Promise<readonly Row[]> {
  const asked = await askPostgres(context, name, sql, options);
  if (asked.kind === 'rows') return asked.rows;
  throw new UserError(asked.kind === 'missing' ? 'target-missing' : 'postgres-exhausted', asked.why);
}

type InContainer = Extract<PostgresTarget['postgres'], { workload: string }>;

async function byPsql(context: ActionContext, target: InContainer, sql: string, options: Options): Promise<Asked> {
  const located = await locate(context, target.workload);
  if (!located.found) return { kind: 'missing', why: located.why };
  const { place } = located;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const argv = ['psql', '-X', '-q', '-w', '--csv', '-v', 'ON_ERROR_STOP=1', '-U', target.user, '-d', target.database];
  // One session, one transaction: each `-c` is sent by itself, and -q leaves nothing on the output but the answer.
  const statements = [
    `BEGIN TRANSACTION READ ${options.writes === true ? 'WRITE' : 'ONLY'}`,
    ...sessionSettings(options).map(([name, value]) => `SET LOCAL ${name} = '${value}'`),
    withLiterals(sql, options.values ?? []),
    'COMMIT',
  ];
  for (const statement of statements) argv.push('-c', statement);
  const ran = await mustRun(place, argv, { timeoutMs: timeoutMs + 10_000, maxBytes: MAX_BYTES });
  const by = place.pod.metadata.name;
  if (ran.exitCode !== 0) return failure(ran.stderr, by);
  if (ran.truncated) throw new UserError('postgres-failed', `The answer of ${by} is longer than ${MAX_BYTES} bytes. Ask for less.`);
  return { kind: 'rows', rows: parseCsvRecords(ran.stdout), by };
}

async function byConnection(context: ActionContext, variable: string, sql: string, options: Options): Promise<Asked> {
  const url = context.secret(variable);
  context.hide(url);
  const address = URL.parse(url);
  if (address === null) throw new UserError('secret-missing', `${variable} holds no address in the form postgresql://user:password@host/database.`);
  if (address.password !== '') context.hide(decodeURIComponent(address.password));
  // Loaded only where it is used.
  const { default: pg } = await import('pg');
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tocsin',
    connectionTimeoutMillis: CONNECT_TIMEOUT_S * 1_000,
    query_timeout: timeoutMs + 5_000,
    options: [['default_transaction_read_only', options.writes === true ? 'off' : 'on'], ...sessionSettings(options)]
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    // Texts as psql shows them.
    types: { getTypeParser: () => (value: string | Buffer) => String(value) },
  });
  client.on('error', () => undefined);
  const by = address.host;
  try {
    await client.connect();
    const answer = await client.query<Record<string, string | null>>(sql, [...(options.values ?? [])]);
    return { kind: 'rows', rows: answer.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? '']))), by };
  } catch (error) {
    return failure(error instanceof Error ? error.message || codeOf(error) : 'unknown error', by);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A statement of this code, never of a runbook, with its parameters in their place. */
function withLiterals(sql: string, values: readonly string[]): string {
  return sql.replaceAll(/\$(\d)/g, (whole, index: string) => {
    const value = values[Number(index) - 1];
    return value === undefined ? whole : literal(value);
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function sessionSettings({ timeoutMs = DEFAULT_TIMEOUT_MS }: Options): [string, string][] {
  return [
    ['statement_timeout', String(timeoutMs)],
    ['lock_timeout', '3000'],
    ['timezone', 'UTC'],
  ];
}

function failure(text: string, by: string): Asked {
  const said = oneLine(text.replace(/^psql: error: /, ''), 300);
  if (EXHAUSTED.test(text)) return { kind: 'exhausted', why: `${by} accepts no more connections: ${said}` };
  throw new UserError('postgres-failed', `The database (${by}) answered: ${said || 'nothing'}`);
}

/** What asking needs: nothing of the cluster over a connection of the bot's. */
export function postgresRights(context: ActionContext, name: string): Right[] {
  const target = context.target(name, 'postgres').postgres;
  return 'workload' in target ? [...execRights(context, target.workload)] : [];
}

/** Whether psql is there and the login works. */
export async function postgresPreflight(context: ActionContext, name: string): Promise<Check[]> {
  const target = context.target(name, 'postgres').postgres;
  const checks: Check[] = [];
  if ('workload' in target) {
    const located = await locate(context, target.workload);
    if (!located.found)
      return [
        { state: 'failure', what: located.why, advice: `Correct target ${target.workload}. Is the database a managed service? Then use url_env.` },
      ];
    if ((await run(located.place, ['psql', '--version'], { stdin: '' })) === null) {
      return [
        {
          state: 'failure',
          what: `${sayContainer(located.place)} has no psql`,
          advice: 'Add it to the image, or let the bot connect itself (url_env).',
        },
      ];
    }
    checks.push({ state: 'ok', what: `${sayContainer(located.place)} has psql`, advice: null });
  }
  return [...checks, await loginCheck(context, name)];
}

async function loginCheck(context: ActionContext, name: string): Promise<Check> {
  try {
    const asked = await askPostgres(context, name, 'SELECT 1 AS one');
    if (asked.kind === 'rows') return { state: 'ok', what: `${name} lets the bot in (${asked.by})`, advice: null };
    return { state: 'warning', what: asked.why, advice: 'End idle connections, or raise max_connections.' };
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof ClusterError)) throw error;
    return { state: 'failure', what: error.message, advice: 'Check user, database and password of the target.' };
  }
}
