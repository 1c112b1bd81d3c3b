import pg from 'pg';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';
import { type Address, type Host, readAddress } from './address.ts';
import { statementNames } from './statement-names.ts';

/** A PostgreSQL server. */
export interface ServerTarget {
  /** Where work goes: the server, or a pooler before it. */
  readonly url: string;
  /**
   * The server's own address, where `url` leads to a pooler that gives a connection for one transaction only (PgBouncer, `pool_mode = transaction`).
   * What needs a session of its own goes there: LISTEN and the migrations.
   */
  readonly direct?: string;
  /** What to log in with where an address has no password: asked for each new connection, since it may live for minutes only. */
  readonly password?: (server: { readonly host: string; readonly port: number; readonly user: string }) => Promise<string>;
}

/** How connections to a server are made: the way of work, and the way of what needs a session. The same where there is no pooler. */
export interface Ways {
  readonly work: Way;
  readonly session: Way;
}

export type Way = ReturnType<typeof wayTo>;

/** No statement of ours takes this long (ms) unless something is wrong; a lock that is never let go of is. */
const STATEMENT_TIMEOUT = 30_000;
const IDLE_IN_TRANSACTION_TIMEOUT = 60_000;
/** How long (ms) a connection may take to come about. */
const CONNECT_TIMEOUT = 5_000;
/** How long (ms) work stands in line for a connection that is taken: a pool counts that by the same setting, and a crowd is no failure. */
const IN_LINE = STATEMENT_TIMEOUT;
/** Connections are kept between bursts of work: a new one costs the server a process and cold caches. */
const IDLE_TIMEOUT = 5 * 60_000;
const PORT = 5_432;
/** read_only_sql_transaction (PostgreSQL, Appendix A): what a stand-by says to a write. */
const READ_ONLY = '25006';

/** @throws TocsinError `config-invalid`, `config-unreadable` for an address that cannot be used */
export function waysTo(target: ServerTarget, onError: (error: unknown) => void): Ways {
  const work = wayTo(readAddress(target.url), target, { pooled: target.direct !== undefined, onError });
  return { work, session: target.direct === undefined ? work : wayTo(readAddress(target.direct), target, { pooled: false, onError }) };
}

/** Asks a server whether it can be worked with, by each way. @throws what the driver throws, `25006` when it takes no writes */
export async function askServer(target: ServerTarget, timeoutMs: number): Promise<void> {
  const { work, session } = waysTo(target, () => undefined);
  for (const way of new Set([work, session])) {
    const client = new way.Client({ ...way, connectionTimeoutMillis: timeoutMs, application_name: 'tocsin-waiting' });
    try {
      await client.connect();
      if (await isReadOnly(client)) throw standby();
    } finally {
      client.end().catch(() => undefined);
    }
  }
}

async function isReadOnly(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
  return rows[0]?.transaction_read_only === 'on';
}

function standby(): Error {
  return Object.assign(new Error('The server takes no writes: it is a stand-by.'), { code: READ_ONLY, severity: 'ERROR' });
}

interface WayOptions {
  readonly pooled: boolean;
  readonly onError: (error: unknown) => void;
}

function wayTo(address: Address, { password }: ServerTarget, { pooled, onError }: WayOptions) {
  const { config } = address;
  if (password !== undefined && config.password === undefined && address.tls === 'none')
    throw new TocsinError(
      'config-invalid',
      'A token must not go to the database in the clear. Add sslmode=verify-full to DATABASE_URL, and sslrootcert where its authority is a private one.',
    );
  // Asked for by each client anew. Not in the options: a pool hides the password there, from us as well.
  const { password: fixed, ...others } = config;
  const login = fixed ?? (password === undefined ? undefined : (place: Host) => password(whereOf(place, config.user)));
  return {
    // A pooler does not pass these on, and PgBouncer refuses them: there they are settings of the role (docs/how-to/run-in-production.md).
    ...(pooled ? {} : { statement_timeout: STATEMENT_TIMEOUT, idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT }),
    ...others,
    Client: heardClient(address, { login, names: pooled ? null : statementNames(), onError }),
    connectionTimeoutMillis: IN_LINE,
    keepAlive: true,
    idleTimeoutMillis: IDLE_TIMEOUT,
  };
}

/** A token is good for one server only. */
function whereOf({ host = '', port = PORT }: Host, user = '') {
  return { host, port, user };
}

interface ClientOptions {
  readonly login: string | ((place: Host) => Promise<string>) | undefined;
  /** `null`: no statement is kept ready. */
  readonly names: ReturnType<typeof statementNames> | null;
  readonly onError: (error: unknown) => void;
}

/**
 * A client that keeps what it asks again ready in the server (prepared.ts; not by a pooler, where each transaction may have another server), and
 * whose errors are heard wherever it is: a pool hears those of idle clients only, and an error that nobody hears ends the process. It takes the
 * next of several hosts when one does not answer or takes no writes, and ends where the server became a stand-by.
 */
function heardClient({ hosts, writable }: Address, { login, names, onError }: ClientOptions): typeof pg.Client {
  let turn = 0;
  return class extends pg.Client {
    readonly #place: Host;

    constructor(config?: string | pg.ClientConfig) {
      const place = hosts[turn % hosts.length] ?? { host: undefined, port: undefined };
      const password = typeof login === 'function' ? () => login(place) : login;
      const given = typeof config === 'object' ? config : {};
      const { connectionTimeoutMillis: within = IN_LINE } = given;
      const connectionTimeoutMillis = within === IN_LINE ? CONNECT_TIMEOUT : within;
      super({ ...given, connectionTimeoutMillis, ...placed(place), ...(password === undefined ? {} : { password }) });
      this.#place = place;
      this.on('error', onError);
      const ask = this.query.bind(this) as (...args: unknown[]) => unknown;
      this.query = ((asked: unknown, ...rest: unknown[]) => {
        const name = typeof asked === 'string' ? (names?.of(asked) ?? null) : null;
        return ask(name === null ? asked : { name, text: asked }, ...rest);
      }) as typeof this.query;
      this.connection.on('errorMessage', ({ code }: { readonly code?: string }) => {
        if (code === READ_ONLY) this.#leave();
      });
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
    override connect(callback?: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): Promise<pg.Client> | undefined {
      const connected = this.#connect();
      if (callback === undefined) return connected;
      const told = callback as (error: Error | null, client?: pg.Client) => void;
      connected.then((client) => told(null, client), told);
      return undefined;
    }

    async #connect(): Promise<pg.Client> {
      try {
        await super.connect();
      } catch (error) {
        this.#next();
        throw error;
      }
      if (writable && (await isReadOnly(this))) {
        this.#leave();
        throw standby();
      }
      return this;
    }

    /** The pool throws a client away that has ended. */
    #leave(): void {
      this.#next();
      inBackground(this.end(), onError);
    }

    #next(): void {
      if (hosts[turn % hosts.length] === this.#place) turn += 1;
    }
  };
}

function placed({ host, port }: Host): pg.ClientConfig {
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}
