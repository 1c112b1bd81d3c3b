import { sql } from 'kysely';
import type { ChainedRecord, CheckpointRow } from '../ports/evidence.ts';
import type { IncidentIndex, Timer } from '../ports/store.ts';
import { realNow } from './clock.ts';
import { saveIncidentIndexes } from './incidents.ts';
import { headParts, type Seal } from './seal.ts';
import { insertRecords } from './streams.ts';
import { upsertTimers } from './timers.ts';
import type { Trx } from './transaction.ts';

/** Rows that are written together: a round trip for each of very many small incidents would be most of the work. */
const ROWS = 1_000;
/** Bytes of records and states that are written together: they are held until then. */
const BYTES = 4 * 1024 * 1024;

/** A stream's head as it is restored: all of its records are stored. */
export interface RestoredHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** The state, as text. */
  readonly state: string | null;
  readonly checkpointed: number;
}

/** Rows of an empty database, gathered over streams and written in batches. */
export class RestoreRows {
  readonly #trx: Trx;
  readonly #seal: Seal;
  /** Writes that are under way: one after the other on the one connection. */
  #writing: Promise<void> = Promise.resolve();
  #records: ChainedRecord[] = [];
  #artifacts: { readonly stream: string; readonly sha256: string; readonly size: number }[] = [];
  #checkpoints: CheckpointRow[] = [];
  #heads: RestoredHead[] = [];
  #incidents: IncidentIndex[] = [];
  #timers: (Timer & { readonly stream: string })[] = [];
  readonly #counters = new Map<string, number>();
  #rows = 0;
  #bytes = 0;

  constructor(trx: Trx, seal: Seal) {
    this.#trx = trx;
    this.#seal = seal;
  }

  async records(records: readonly ChainedRecord[]): Promise<void> {
    this.#records.push(...records);
    await this.#grown(
      records.length,
      records.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
    );
  }

  async artifacts(stream: string, sizes: ReadonlyMap<string, number>): Promise<void> {
    for (const [sha256, size] of sizes) this.#artifacts.push({ stream, sha256, size });
    await this.#grown(sizes.size, 0);
  }

  async checkpoints(rows: readonly CheckpointRow[]): Promise<void> {
    this.#checkpoints.push(...rows);
    await this.#grown(rows.length, 0);
  }

  async head(head: RestoredHead): Promise<void> {
    this.#heads.push(head);
    await this.#grown(1, head.state?.length ?? 0);
  }

  /** What follows from a stream's state and name. */
  async derived(
    stream: string,
    incident: IncidentIndex | null,
    timers: readonly Timer[],
    given: { readonly counter: string; readonly number: number } | null,
  ): Promise<void> {
    if (given !== null) this.#counters.set(given.counter, Math.max(given.number, this.#counters.get(given.counter) ?? 0));
    if (incident !== null) this.#incidents.push(incident);
    for (const timer of timers) this.#timers.push({ stream, ...timer });
    await this.#grown(1 + timers.length, 0);
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    await this.#flush();
    for (const [name, value] of this.#counters) {
      await this.#trx
        .insertInto('counter')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql<number>`greatest(counter.value, excluded.value)` }))
        .execute();
    }
  }

  async #grown(rows: number, bytes: number): Promise<void> {
    this.#rows += rows;
    this.#bytes += bytes;
    if (this.#rows >= ROWS || this.#bytes >= BYTES) await this.#flush();
  }

  /** What came together so far; what comes meanwhile waits for the next time. */
  #flush(): Promise<void> {
    const [records, artifacts, checkpoints] = [this.#records, this.#artifacts, this.#checkpoints];
    const [heads, incidents, timers] = [this.#heads, this.#incidents, this.#timers];
    [this.#records, this.#artifacts, this.#checkpoints, this.#heads, this.#incidents, this.#timers] = [[], [], [], [], [], []];
    this.#rows = 0;
    this.#bytes = 0;
    this.#writing = this.#writing.then(async () => {
      if (records.length > 0) await insertRecords(this.#trx, this.#seal, records);
      if (artifacts.length > 0) await this.#insertArtifacts(artifacts);
      if (checkpoints.length > 0) await this.#insertCheckpoints(checkpoints);
      if (heads.length > 0) await this.#insertHeads(heads);
      if (incidents.length > 0) await saveIncidentIndexes(this.#trx, incidents);
      if (timers.length > 0) await upsertTimers(this.#trx, timers);
    });
    return this.#writing;
  }

  async #insertArtifacts(rows: readonly { readonly stream: string; readonly sha256: string; readonly size: number }[]): Promise<void> {
    await this.#trx
      .insertInto('artifact')
      .values(rows.map((row) => ({ ...row, bytes: null, stored: true, added_at: sql<number>`${realNow}` })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async #insertCheckpoints(rows: readonly CheckpointRow[]): Promise<void> {
    const values = rows.map((row) => ({ ...row, stored: true, made_at: sql<number>`${realNow}` }));
    await this.#trx.insertInto('checkpoint').values(values).execute();
  }

  async #insertHeads(heads: readonly RestoredHead[]): Promise<void> {
    await this.#trx
      .insertInto('stream')
      .values(
        heads.map(({ stream, seq, hash, state, checkpointed }) => {
          const mac = this.#seal.mac('head', headParts(stream, seq, hash, state));
          return { name: stream, seq, hash, state, mac, uploaded: seq, checkpointed };
        }),
      )
      // An empty database may hold heads at 0.
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((eb) => ({
          seq: eb.ref('excluded.seq'),
          hash: eb.ref('excluded.hash'),
          state: eb.ref('excluded.state'),
          mac: eb.ref('excluded.mac'),
          uploaded: eb.ref('excluded.uploaded'),
          checkpointed: eb.ref('excluded.checkpointed'),
        })),
      )
      .execute();
  }
}
