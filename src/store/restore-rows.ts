import { sql } from 'kysely';
import type { ChainedRecord, CheckpointRow } from '../ports/evidence.ts';
import type { IncidentIndex, Timer } from '../ports/store.ts';
import { realNow } from './clock.ts';
import { saveIncidentIndexes } from './incidents.ts';
import { headParts, type Seal } from './seal.ts';
import { insertRecords } from './streams.ts';
import { upsertTimers } from './timers.ts';
import type { Trx } from './transaction.ts';

/**
 * Rows that are written by one statement: a round trip for each of very many small incidents would be most of the work. It is always the same text, which
 * the server parses once.
 */
const TOGETHER = 200;
/** States may be long. */
const HEADS_TOGETHER = 50;

/** A stream's head as it is restored: all of its records are stored. */
export interface RestoredHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** The state, as text. */
  readonly state: string | null;
  readonly checkpointed: number;
}

interface RestoredArtifact {
  readonly stream: string;
  readonly sha256: string;
  readonly size: number;
}

/** Rows of one table until there are enough of them. */
class Batch<Row> {
  readonly #size: number;
  readonly #write: (rows: readonly Row[]) => Promise<void>;
  readonly #rows: Row[] = [];

  constructor(size: number, write: (rows: readonly Row[]) => Promise<void>) {
    this.#size = size;
    this.#write = write;
  }

  async add(rows: readonly Row[]): Promise<void> {
    this.#rows.push(...rows);
    while (this.#rows.length >= this.#size) await this.#write(this.#rows.splice(0, this.#size));
  }

  async end(): Promise<void> {
    if (this.#rows.length > 0) await this.#write(this.#rows.splice(0));
  }
}

/** Rows of an empty database, gathered over streams and written in batches. */
export class RestoreRows {
  readonly #trx: Trx;
  readonly #seal: Seal;
  /** What is being written: one statement after the other on the one connection. */
  #writing: Promise<void> = Promise.resolve();
  readonly #records = this.#batch<ChainedRecord>(TOGETHER, (rows) => insertRecords(this.#trx, this.#seal, rows));
  readonly #artifacts = this.#batch<RestoredArtifact>(TOGETHER, (rows) => this.#insertArtifacts(rows));
  readonly #checkpoints = this.#batch<CheckpointRow>(TOGETHER, (rows) => this.#insertCheckpoints(rows));
  readonly #heads = this.#batch<RestoredHead>(HEADS_TOGETHER, (rows) => this.#insertHeads(rows));
  readonly #incidents = this.#batch<IncidentIndex>(TOGETHER, (rows) => saveIncidentIndexes(this.#trx, rows));
  readonly #timers = this.#batch<Timer & { readonly stream: string }>(TOGETHER, (rows) => upsertTimers(this.#trx, rows));
  readonly #counters = new Map<string, number>();

  constructor(trx: Trx, seal: Seal) {
    this.#trx = trx;
    this.#seal = seal;
  }

  records(records: readonly ChainedRecord[]): Promise<void> {
    return this.#records.add(records);
  }

  artifacts(stream: string, sizes: ReadonlyMap<string, number>): Promise<void> {
    return this.#artifacts.add([...sizes].map(([sha256, size]) => ({ stream, sha256, size })));
  }

  checkpoints(rows: readonly CheckpointRow[]): Promise<void> {
    return this.#checkpoints.add(rows);
  }

  head(head: RestoredHead): Promise<void> {
    return this.#heads.add([head]);
  }

  /** What follows from a stream's state and name. */
  async derived(
    stream: string,
    incident: IncidentIndex | null,
    timers: readonly Timer[],
    given: { readonly counter: string; readonly number: number } | null,
  ): Promise<void> {
    if (given !== null) this.#counters.set(given.counter, Math.max(given.number, this.#counters.get(given.counter) ?? 0));
    if (incident !== null) await this.#incidents.add([incident]);
    await this.#timers.add(timers.map((timer) => ({ stream, ...timer })));
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    for (const batch of [this.#records, this.#artifacts, this.#checkpoints, this.#heads, this.#incidents, this.#timers]) await batch.end();
    for (const [name, value] of this.#counters) {
      await this.#trx
        .insertInto('counter')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql<number>`greatest(counter.value, excluded.value)` }))
        .execute();
    }
  }

  #batch<Row>(size: number, write: (rows: readonly Row[]) => Promise<void>): Batch<Row> {
    return new Batch(size, (rows) => {
      this.#writing = this.#writing.then(() => write(rows));
      return this.#writing;
    });
  }

  async #insertArtifacts(rows: readonly RestoredArtifact[]): Promise<void> {
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
