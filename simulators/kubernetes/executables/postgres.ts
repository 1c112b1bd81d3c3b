import type { PGlite, Results } from '@electric-sql/pglite';

/** A connection that `pg_stat_activity` shows. */
export interface Backend {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Pod the connection comes from. */
  readonly client: string;
  readonly address: string;
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly changed: number;
  readonly query: string;
}

/** One PostgreSQL server of the cluster, as its psql sees it. */
export interface DatabaseServer {
  /** Schema of the shared engine that holds its tables. */
  readonly id: string;
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  readonly version: string;
  /** Extensions beside plpgsql. */
  readonly extensions?: readonly string[];
  /** Statements that make its tables and rows; run once. */
  readonly schema: (now: number) => readonly string[];
  /** Statements that bring the rows up to date; run before each session. */
  readonly refresh?: (now: number) => readonly string[];
  readonly backends: () => readonly Backend[];
  /** Connections were terminated. */
  readonly terminated?: (pids: readonly number[]) => void;
  /** Answers a statement itself, such as one of an extension: its result as text, or an error; undefined for any other. */
  readonly intercept?: (statement: string) => { rows: string[][]; fields: string[]; tag: string } | { error: string } | undefined;
}

export interface Result {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** What psql prints for a statement without rows, such as `DELETE 3`. */
  readonly tag: string;
}

export class SqlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SqlError';
  }
}

/** Types whose values stay text as the server writes them. */
const TEXT_TYPES = [16, 20, 21, 23, 26, 114, 700, 701, 1043, 1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802, 1000, 1005, 1007, 1009, 1015, 1016, 17];

/** The engine behind every psql: one embedded PostgreSQL, started when first used. Sessions run one after the other. */
export class PostgresEngine {
  readonly #now: () => number;
  #engine: Promise<PGlite> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #ready = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs statements on a server's tables; stops at the first that fails. @throws SqlError */
  async run(server: DatabaseServer, statements: readonly string[], told: (result: Result) => void): Promise<void> {
    const work = this.#queue.then(() => this.#session(server, statements, told));
    this.#queue = work.catch(() => undefined);
    await work;
  }

  async stop(): Promise<void> {
    const engine = await this.#engine;
    await engine?.close();
  }

  async #session(server: DatabaseServer, statements: readonly string[], told: (result: Result) => void): Promise<void> {
    this.#engine ??= import('@electric-sql/pglite').then(async ({ PGlite }) => await PGlite.create());
    const engine = await this.#engine;
    const now = this.#now();
    await this.#prepare(engine, server, now);
    const before = server.backends();
    await engine.exec(activity(before, server, now));
    try {
      for (const statement of statements) told(await this.#statement(engine, server, statement));
    } finally {
      await engine.exec('ROLLBACK').catch(() => undefined);
      const left = await engine.query<{ pid: number }>('SELECT pid FROM sim.pg_stat_activity');
      const pids = new Set(left.rows.map((row) => row.pid));
      const gone = before.filter((backend) => !pids.has(backend.pid)).map((backend) => backend.pid);
      if (gone.length > 0) server.terminated?.(gone);
    }
  }

  async #prepare(engine: PGlite, server: DatabaseServer, now: number): Promise<void> {
    if (this.#ready.size === 0) await engine.exec(SIMULATED);
    await engine.exec(
      `CREATE OR REPLACE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.to_timestamp(${(now / 1000).toFixed(3)})'`,
    );
    if (!this.#ready.has(server.id)) {
      this.#ready.add(server.id);
      await engine.exec(`CREATE SCHEMA IF NOT EXISTS ${server.id}; SET search_path = ${server.id}, pg_catalog; SET TIME ZONE 'UTC';`);
      for (const statement of server.schema(now)) await engine.exec(statement);
    }
    await engine.exec(`SET search_path = sim, pg_catalog, ${server.id};`);
    for (const statement of server.refresh?.(now) ?? []) await engine.exec(statement);
  }

  async #statement(engine: PGlite, server: DatabaseServer, statement: string): Promise<Result> {
    const own = server.intercept?.(statement);
    if (own !== undefined && 'error' in own) throw new SqlError(own.error);
    if (own !== undefined) return own;
    try {
      // Unqualified names mean the server's own tables, so it comes first for what is created.
      if (/^\s*create\b/i.test(statement)) await engine.exec(`SET search_path = ${server.id}, sim, pg_catalog`);
      const parsers = Object.fromEntries(TEXT_TYPES.map((type) => [type, (value: string) => value]));
      // As psql sends it; the extended protocol would want values for $1 (EXPLAIN, option GENERIC_PLAN).
      const [result] = /\bgeneric_plan\b/i.test(statement)
        ? ((await engine.exec(statement, { rowMode: 'array', parsers })) as unknown as Results<(string | null)[]>[])
        : [await engine.query<(string | null)[]>(statement, [], { rowMode: 'array', parsers })];
      if (result === undefined) throw new Error('nothing was answered');
      const verb = (/^\s*(\w+)/.exec(statement)?.[1] ?? '').toUpperCase();
      const counted = ['DELETE', 'UPDATE'].includes(verb)
        ? ` ${result.affectedRows ?? 0}`
        : verb === 'INSERT'
          ? ` 0 ${result.affectedRows ?? 0}`
          : '';
      const second = /^\s*\w+\s+(\w+)/.exec(statement)?.[1]?.toUpperCase() ?? '';
      const tag = ['CREATE', 'DROP', 'ALTER'].includes(verb) ? `${verb} ${second}` : `${verb}${counted}`;
      return {
        fields: result.fields.map((field) => field.name),
        rows: result.rows.map((row) => row.map((value) => value)),
        tag,
      };
    } catch (error) {
      throw new SqlError(error instanceof Error ? error.message : 'unknown');
    } finally {
      await engine.exec(`SET search_path = sim, pg_catalog, ${server.id}`).catch(() => undefined);
    }
  }
}

/** What the real catalogue would show of other connections, and the time of the simulated cluster. */
const SIMULATED = `
CREATE SCHEMA sim;
SET TIME ZONE 'UTC';
CREATE TABLE sim.pg_stat_activity (
  datid oid, datname name, pid integer, usesysid oid, usename name, application_name text, client_addr inet, client_hostname text, client_port integer,
  backend_start timestamptz, xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text,
  state text, backend_xid xid, backend_xmin xid, query_id bigint, query text, backend_type text
);
CREATE FUNCTION sim.pg_terminate_backend(wanted integer, timeout bigint DEFAULT 0) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sim.pg_stat_activity WHERE pid = wanted AND backend_type = 'client backend';
  IF NOT FOUND THEN RAISE WARNING 'PID % is not a PostgreSQL backend process', wanted; END IF;
  RETURN FOUND;
END $$;
CREATE TABLE sim.pg_extension (extname name);
CREATE FUNCTION sim.pg_backend_pid() RETURNS integer LANGUAGE sql AS 'SELECT 4242';
`;

function activity(backends: readonly Backend[], server: DatabaseServer, now: number): string {
  const time = (ms: number): string => `to_timestamp(${(ms / 1000).toFixed(3)})`;
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const database = server.databases[0] ?? 'postgres';
  const rows = backends.map(
    (each) =>
      `(16384, ${quote(database)}, ${each.pid}, 10, ${quote(each.user)}, ${quote(each.application)}, ${quote(each.address)}, NULL, ${30_000 + each.pid}, ${time(each.changed - 60_000)}, NULL, ${time(each.changed)}, ${time(each.changed)}, 'Client', 'ClientRead', ${quote(each.state)}, NULL, NULL, NULL, ${quote(each.query)}, 'client backend')`,
  );
  const own = `(16384, ${quote(database)}, 4242, 10, ${quote(server.roles[0] ?? 'postgres')}, 'psql', NULL, NULL, -1, ${time(now)}, ${time(now)}, ${time(now)}, ${time(now)}, NULL, NULL, 'active', NULL, NULL, NULL, '<this session>', 'client backend')`;
  const extensions = ['plpgsql', ...(server.extensions ?? [])].map((name) => `(${quote(name)})`);
  return `
CREATE OR REPLACE FUNCTION sim.current_database() RETURNS name LANGUAGE sql STABLE AS 'SELECT ''${database}''::name';
DELETE FROM sim.pg_extension; INSERT INTO sim.pg_extension VALUES ${extensions.join(', ')};
DELETE FROM sim.pg_stat_activity; INSERT INTO sim.pg_stat_activity VALUES ${[...rows, own].join(', ')};`;
}
