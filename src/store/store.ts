import { addAll } from '../lib/add-all.ts';
import { type Job, TOPIC } from '../ports/queue.ts';
import type { Store, StoreTx, StreamHead } from '../ports/store.ts';
import { putArtifact, readArtifact } from './artifacts.ts';
import { readClock } from './clock.ts';
import { nextNumber } from './counters.ts';
import type { Database } from './database.ts';
import { addInbox, finishInbox, readInbox, takeInbox } from './inbox.ts';
import { countIncidents, readIncidents, saveIncidentIndex } from './incidents.ts';
import { signalRun, startRuns } from './journal.ts';
import { addMessage, readMessage, readMessages, readStreamAt, updateMessage } from './messages.ts';
import type { SendJobs, StoreQueue } from './queue.ts';
import { readRotaLists, writeRotaList } from './rota-lists.ts';
import { putSnapshot, readSnapshot } from './snapshots.ts';
import { append, lockStreamAt, readHead, readHeads, readRecords, readRecordsAt, type Sources } from './streams.ts';
import { setTimers } from './timers.ts';
import { readTold, writeTold } from './told.ts';
import { harmless, inTransaction, outsideTransaction, type Sql, type Trx } from './transaction.ts';

/**
 * The store on a database and its job queue. A transaction that conflicts with another is run again: its work must have no effect
 * but through `tx`. Queries beside an open transaction are refused (TocsinError `query-in-transaction`).
 */
export function createStore(database: Database, queue: StoreQueue): Store {
  const { seal } = database;
  const read = <T>(query: (db: Sql) => Promise<T>) => outsideTransaction(database, query);
  return {
    transaction: (work) => inTransaction(database, (trx, topics) => throughStore(trx, topics, queue, database, work)),
    now: () => read(readClock),
    head: (stream) => read((db) => readHead(db, seal, stream)),
    heads: (streams) => (streams.length === 0 ? Promise.resolve([]) : read((db) => readHeads(db, seal, streams))),
    records: (stream, range) => read((db) => readRecords(db, database, stream, range)),
    recordsAt: (stream, range) => read((db) => readRecordsAt(db, database, stream, range)),
    incidents: (filter) => read((db) => readIncidents(db, filter)),
    countIncidents: (filter) => read((db) => countIncidents(db, filter)),
    inbox: (id) => read((db) => readInbox(db, seal, id)),
    message: (key) => read((db) => readMessage(db, key)),
    updateMessage: (key, change) => harmless(database, (db) => updateMessage(db, key, change)),
    streamAt: (channel, ts) => read((db) => readStreamAt(db, channel, ts)),
    artifact: (stream, sha256) => read((db) => readArtifact(db, stream, sha256)),
    snapshot: (key) => read((db) => readSnapshot(db, key)),
    messages: (filter) => read((db) => readMessages(db, filter)),
    rotaLists: () => read((db) => readRotaLists(db, seal)),
  };
}

/** Does `work` in one transaction of the database as in one of the store's. Its jobs go into their queues together, at the end. */
export async function throughStore<T>(
  trx: Trx,
  topics: Set<string>,
  queue: StoreQueue,
  sources: Sources,
  work: (tx: StoreTx) => Promise<T>,
): Promise<T> {
  const jobs: Job[] = [];
  const gather: SendJobs = async (_trx, _topics, more) => {
    addAll(jobs, more);
  };
  const starts: Start[] = [];
  /** Runs that were asked for begin by one statement, before what is said to any of them. */
  const begin = () => startRuns(trx, sources.seal, topics, gather, starts.splice(0));
  const result = await work(storeTx(trx, topics, { send: gather, starts, begin }, sources));
  await begin();
  await queue.send(trx, topics, jobs);
  return result;
}

type Start = Parameters<StoreTx['startRun']>[0];

/** What a transaction puts together for its end. */
interface Gathered {
  readonly send: SendJobs;
  readonly starts: Start[];
  readonly begin: () => Promise<void>;
}

function storeTx(trx: Trx, topics: Set<string>, { send, starts, begin }: Gathered, sources: Sources): StoreTx {
  const { seal } = sources;
  let now: Promise<number> | null = null;
  /** When the last lock was got. */
  let lockedAt: number | null = null;
  /** Heads that nobody else can move until this transaction ends. */
  const heads = new Map<string, StreamHead>();
  return {
    // As of the locks and not as of the transaction's beginning, which may be long before it got them.
    now: () => (now ??= lockedAt === null ? readClock(trx) : Promise.resolve(lockedAt)),
    nextNumber: (counter) => nextNumber(trx, counter),
    async lockStream(stream) {
      const known = heads.get(stream);
      if (known !== undefined) return known;
      const locked = await lockStreamAt(trx, seal, stream);
      lockedAt = locked.now;
      heads.set(stream, locked.head);
      return locked.head;
    },
    head: (stream) => readHead(trx, seal, stream),
    records: (stream) => readRecords(trx, sources, stream),
    async append(head, records, state) {
      heads.delete(head.stream);
      heads.set(head.stream, await append(trx, seal, head, records, state));
      if (records.length > 0) topics.add(TOPIC.appended);
    },
    putArtifact: (stream, bytes) => putArtifact(trx, stream, bytes),
    async setTimers(stream, timers) {
      if (await setTimers(trx, stream, timers)) topics.add(TOPIC.timers);
    },
    saveIncidentIndex: (index) => saveIncidentIndex(trx, index),
    incidents: (filter) => readIncidents(trx, filter),
    enqueue: (job) => send(trx, topics, [job]),
    addInbox: (entry) => addInbox(trx, seal, entry),
    takeInbox: (id) => takeInbox(trx, seal, id),
    finishInbox: (id, outcome) => finishInbox(trx, id, outcome),
    told: (key) => readTold(trx, seal, key),
    setTold: (key, times) => writeTold(trx, seal, key, times),
    addMessage: (message) => addMessage(trx, message),
    updateMessage: (key, change) => updateMessage(trx, key, change),
    async startRun(run) {
      starts.push(run);
    },
    async signalRun(id, name, payload) {
      await begin();
      await signalRun(trx, seal, topics, send, { id, name, payload });
    },
    putSnapshot: (key, bytes) => putSnapshot(trx, key, bytes),
    rotaLists: () => readRotaLists(trx, seal),
    setRotaList: (rota, copy) => writeRotaList(trx, seal, rota, copy),
  };
}
