import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import type { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { noise } from '../../containers/program.ts';
import { manifest } from '../manifest.ts';
import { CRAWLER, INVOICES, REPORTS } from './state.ts';

const EVERY_MS = 60_000;
const HISTORY_MS = 4 * 3_600_000;
const TENANTS = ['tenant-123', 'tenant-456'] as const;
/** What a tenant sends in a minute when it exports what it should not; the column is an INTEGER. */
const EXPORTED = 900_000_000;

/** The ledger's PostgreSQL, by TCP as the ledger itself reaches it. It starts when somebody first connects. */
export class LedgerDatabase {
  readonly #now: () => number;
  /** Tenants that export, and since when (ms). */
  readonly exporting = new Map<string, number>();
  #until = 0;
  #server: Server | undefined;
  #started: Promise<{ db: PGlite; socket: PGLiteSocketServer; port: number }> | undefined;
  readonly #open = new Set<Socket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins to listen. Resolves with the address as libpq takes it. */
  async listen(): Promise<string> {
    const server = createServer((socket) => void this.#connect(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    server.unref();
    return `postgresql://ledger:ledger-simulated-password@127.0.0.1:${(server.address() as AddressInfo).port}/ledger`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server?.close();
    const started = await this.#started?.catch(() => undefined);
    await started?.socket.stop();
    await started?.db.close();
  }

  async #connect(socket: Socket): Promise<void> {
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket)).on('error', () => socket.destroy());
    try {
      this.#started ??= start();
      const { db, port } = await this.#started;
      await this.#refresh(db);
      const inner = connect(port, '127.0.0.1');
      inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => inner.destroy());
      socket.pipe(inner).pipe(socket);
    } catch {
      socket.destroy();
    }
  }

  /** Adds what was used since somebody last looked. */
  async #refresh(db: PGlite): Promise<void> {
    const now = this.#now();
    const from = this.#until === 0 ? now - HISTORY_MS : this.#until;
    this.#until = now;
    const rows: string[] = [];
    for (let at = Math.floor(from / EVERY_MS + 1) * EVERY_MS; at <= now; at += EVERY_MS) {
      for (const tenant of TENANTS) rows.push(this.#row(tenant, at));
    }
    for (const [tenant, since] of this.exporting)
      rows.push(
        ...[1, 2, 3].map((each) =>
          row(`${tenant}-export-${since}-${each}`, tenant, 900, EXPORTED + each * 1_000, Math.max(since, now - each * 1_000)),
        ),
      );
    if (rows.length > 0)
      await db.exec(
        `INSERT INTO "UsageEvent" ("id", "tenantId", "cpuMs", "netBytes", "ts", "createdAt") VALUES ${rows.join(', ')} ON CONFLICT DO NOTHING`,
      );
  }

  #row(tenant: string, at: number): string {
    const since = this.exporting.get(tenant);
    const net = since !== undefined && at >= since ? EXPORTED : 40_000 + Math.floor(noise('net', tenant, at) * 25_000);
    return row(`${tenant}-${at}`, tenant, 200 + Math.floor(noise('cpu', tenant, at) * 300), net, at);
  }
}

function row(id: string, tenant: string, cpu: number, net: number, at: number): string {
  const time = new Date(at).toISOString().replace('T', ' ').replace('Z', '');
  return `('${id}', '${tenant}', ${cpu}, ${net}, '${time}', '${time}')`;
}

async function start(): Promise<{ db: PGlite; socket: PGLiteSocketServer; port: number }> {
  const [{ PGlite: Engine }, { PGLiteSocketServer: Listener }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('@electric-sql/pglite-socket'),
  ]);
  const db = await Engine.create();
  await db.exec(manifest('./provability-fabric/ledger.sql'));
  for (const tenant of TENANTS)
    await db.exec(`INSERT INTO "Tenant" ("id", "name", "auth0Id", "updatedAt") VALUES ('${tenant}', '${tenant}', 'auth0|${tenant}', now())`);
  for (const [hash, tenant] of [
    [INVOICES, 'tenant-123'],
    [REPORTS, 'tenant-123'],
    [CRAWLER, 'tenant-456'],
  ] as const)
    await db.exec(
      `INSERT INTO "Capsule" ("id", "hash", "specSig", "tenantId", "updatedAt") VALUES ('${hash.slice(7, 19)}', '${hash}', 'sig', '${tenant}', now())`,
    );
  const socket = new Listener({ db, port: 0, host: '127.0.0.1', maxConnections: 20 });
  await socket.start();
  return { db, socket, port: Number(socket.getServerConn().split(':').at(-1)) };
}
