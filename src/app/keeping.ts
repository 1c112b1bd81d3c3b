import type { Logger } from 'pino';
import { isDiskFull, TocsinError } from '../domain/errors.ts';
import { describe } from '../domain/incident/describe.ts';
import type { IncidentRecord } from '../domain/incident/events.ts';
import { LOG_STREAM, SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { isSignedAhead } from '../evidence/ahead-signed.ts';
import { signCheckpoint } from '../evidence/checkpoint.ts';
import { artifactKey, checkpointKey, publicKeyKey, recordKey, repairKey, signatureKey } from '../evidence/layout.ts';
import { keyIntroduced, keyIntroducedSchema, logHead } from '../evidence/log.ts';
import type { Describe } from '../evidence/pack/timeline.ts';
import { ensureDurable, oldestUncheckpointed, startCheckpoints } from '../evidence/pipeline/checkpoints.ts';
import { startUploads } from '../evidence/pipeline/uploads.ts';
import { uploadRepaired } from '../evidence/repairs.ts';
import type { LogRecord, SystemRecord } from '../evidence/system-records.ts';
import { sha256 } from '../lib/hash.ts';
import { toIso } from '../lib/time.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { ChainRecord, EvidenceKeys, EvidenceStore, Signer } from '../ports/evidence.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import { compareWithEvidence } from '../store/ahead.ts';
import { checkpointTable } from '../store/checkpoints.ts';
import type { Database } from '../store/database.ts';
import { leases } from '../store/leases.ts';
import { newestRecord } from '../store/newest.ts';
import { evidenceOutbox } from '../store/outbox.ts';
import { isRepaired } from '../store/repairs.ts';
import { createEvidenceAlarms } from './evidence-alarms.ts';
import { sealDatabase } from './sealing.ts';

export const EVIDENCE_KEYS: EvidenceKeys = { record: recordKey, checkpoint: checkpointKey, signature: signatureKey, artifact: artifactKey };

/** Records after which a stream is sealed: the closing checkpoint covers all of it. */
const CLOSING: ReadonlySet<string> = new Set(['incident.closed', 'incident.merged']);

/** How long (ms) a shutdown waits for the last checkpoint to be stored. */
const LAST_SEAL = 5_000;

export interface KeepingDeps {
  readonly database: Database;
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly evidence: EvidenceStore;
  readonly signer: Signer;
  readonly replica: string;
  /** Where operators are told that evidence is in danger. */
  readonly anchorChannel: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Reads once for all who ask while it is read: several metrics come from one statement. */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () =>
    (reading ??= read().finally(() => {
      reading = null;
    }));
}

/** Keeps the evidence: uploads, checkpoints, the key's introduction, and the check that the database is not behind the store. */
export interface Keeping {
  /** Resolves when the evidence store has acknowledged a stream up to `seq` with a covering checkpoint. */
  durable(stream: string, seq: number, signal?: AbortSignal): Promise<void>;
  /** What is wrong with the evidence or the database, one line each; empty when nothing is. */
  troubles(): Promise<string[]>;
  /** Whether the newest attempt to store something found the disk full. */
  isFull(): boolean;
  stop(): Promise<void>;
}

/** @throws TocsinError `store-ahead`: the database was lost or is an old copy, `records-unsealed`, `database-altered` */
export async function startKeeping(deps: KeepingDeps): Promise<Keeping> {
  const { database, store, chain, evidence, signer, replica, metrics, logger } = deps;
  await compareWithEvidence(
    database,
    {
      evidence,
      recordKeys: (stream, seq) => [recordKey(stream, seq), repairKey(recordKey(stream, seq))],
      isKnown: (key, bytes) => isRepaired(database, { key, sha256: sha256(bytes) }),
      isSigned: (stream, seq) => isSignedAhead(evidence, signer, stream, seq),
    },
    await countersNow(store),
  );
  const sealed = await sealDatabase(database, evidence, signer.keyId);
  await introduceKey(deps);
  if (sealed !== null) await store.transaction((tx) => appendTo(tx, chain, SYSTEM_STREAM, sealed));
  const outbox = evidenceOutbox(database);
  const alarms = createEvidenceAlarms({ store, outbox, channel: deps.anchorChannel, metrics, logger });
  database.seal.onWrong((stream, error) => alarms.altered(stream, error));
  const table = checkpointTable(database, chain);
  const shared = { leases: leases(database), bus: database.bus, replica };
  const checkpoints = startCheckpoints({
    ...shared,
    table,
    async make({ stream, size, hash, type }, time) {
      const signed = await signCheckpoint({ seq: size, hash }, { stream, time: toIso(time), closing: CLOSING.has(type) }, signer);
      const { bytes, signature } = signed;
      return {
        checkpoint: { stream, size, bytes, signature, sha256: signed.sha256 },
        logRecord: stream === LOG_STREAM ? null : logHead(signed, TOCSIN),
      };
    },
    onError: (err) => logger.warn({ err }, 'a checkpoint failed and is tried again'),
  });
  let full = false;
  /** Why the newest attempt to store something failed. */
  let away: string | null = null;
  const uploads = startUploads({
    ...shared,
    outbox,
    keys: EVIDENCE_KEYS,
    async upload(key, bytes) {
      const outcome = await uploadRepaired(evidence, key, bytes, (object) => isRepaired(database, object));
      full = false;
      away = null;
      return outcome;
    },
    publicKeys: [{ key: publicKeyKey(signer.keyId), bytes: Buffer.from(signer.publicKeyPem) }],
    onFork: (stream, error) => alarms.fork(stream, error),
    onError(err, stream) {
      full ||= isDiskFull(err);
      away = err instanceof TocsinError ? err.code : 'unexpected';
      logger.warn({ err, stream }, 'evidence could not be stored and is tried again');
    },
  });
  const depth = sharedRead(() => outbox.depth());
  metrics.gauge('tocsin_evidence_outbox_records', 'Records that the evidence store has not acknowledged.', async () => (await depth()).records);
  metrics.gauge('tocsin_evidence_outbox_oldest_seconds', 'Age of the oldest such record.', async () => (await depth()).oldestMs / 1_000);
  metrics.gauge(
    'tocsin_evidence_uncheckpointed_seconds',
    'Age of the oldest record without a checkpoint.',
    async () => (await oldestUncheckpointed(table)) / 1_000,
  );
  async function seal({ bus }: Database, signal: AbortSignal): Promise<void> {
    for (const { stream, size } of await table.uncovered()) await ensureDurable({ outbox, bus }, stream, size, signal);
    const log = await store.head(LOG_STREAM);
    if (log !== null) await ensureDurable({ outbox, bus }, LOG_STREAM, log.seq, signal);
  }

  return {
    troubles: async () => [
      ...(away === null || full ? [] : [`evidence store away (${away}): records wait in the database until it takes them`]),
      ...(await alarms.list()),
    ],
    durable: (stream, seq, signal) => ensureDurable({ outbox, bus: database.bus }, stream, seq, signal),
    isFull: () => full,
    async stop() {
      // A stopped bot leaves evidence that verifies: what is not signed yet is signed now, unless the store is away.
      const signal = AbortSignal.timeout(LAST_SEAL);
      await seal(database, signal).catch((err: unknown) => logger.warn({ err }, 'the newest evidence is not sealed; it will be at the next start'));
      await checkpoints.stop();
      await uploads.stop();
    },
  };
}

interface Appended {
  readonly [SYSTEM_STREAM]: SystemRecord;
  readonly [LOG_STREAM]: LogRecord;
}

/** Appends one record to `system` or `log` that changes nothing of the stream's state. */
export async function appendTo<Stream extends keyof Appended>(
  tx: StoreTx,
  chain: ChainRecord,
  stream: Stream,
  record: Appended[Stream],
): Promise<void> {
  const head = await tx.lockStream(stream);
  const time = toIso(await tx.now());
  await tx.append(head, [chain(head, record, { stream, time, eventId: crypto.randomUUID() })], head.state);
}

/** Sentences for the pack's timeline: the domain's own, for every type it knows. */
export const DESCRIBE: Describe = (record) => describe(record as IncidentRecord);

/** A key is brought in by a record before it signs anything: auditors see each change of key (ADR 3). */
async function introduceKey({ database, store, chain, signer }: KeepingDeps): Promise<void> {
  const newest = await newestRecord(database, SYSTEM_STREAM, 'key.introduced');
  const known = newest === null ? null : keyIntroducedSchema.parse(newest.data).key_id;
  if (known === signer.keyId) return;
  await store.transaction((tx) => appendTo(tx, chain, SYSTEM_STREAM, keyIntroduced(signer.keyId, known, TOCSIN)));
}

/** An empty database does not know this year's counters, so they are named. */
async function countersNow(store: Store): Promise<{ counter: string; streamOf: (number: number) => string }[]> {
  const year = new Date(await store.now()).getUTCFullYear();
  return ['INC', 'DRL'].flatMap((kind) =>
    [year - 1, year].map((one) => ({
      counter: `${kind}-${one}`,
      streamOf: (number: number) => `${kind}-${one}-${String(number).padStart(4, '0')}`,
    })),
  );
}
