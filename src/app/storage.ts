import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/load.ts';
import { SIGNAL, SLACK_QUEUES, WEBHOOK } from '../engine/queues.ts';
import { ITEMS_LOOK, ROTA_READ } from '../engine/run-kinds.ts';
import { archiveReader } from '../evidence/archive.ts';
import { redactedChain } from '../evidence/chain.ts';
import { type FileCipher, openFileCipher, openMacKey } from '../evidence/cipher.ts';
import { createRedactor, type Redactor } from '../evidence/redaction/redact.ts';
import { inBackground } from '../lib/background.ts';
import type { Metrics } from '../ops/metrics.ts';
import { ENGINE_QUEUES } from '../ports/engine-queues.ts';
import type { ChainRecord, EvidenceStore, Signer } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import { type Database, withArchive, withSeal } from '../store/database.ts';
import { pruneInbox, pruneRuns } from '../store/housekeeping.ts';
import { migrate } from '../store/migrate.ts';
import { type StoreQueue, startQueue } from '../store/queue.ts';
import { createSeal } from '../store/seal.ts';
import { createStore } from '../store/store.ts';
import { pruneTold } from '../store/told.ts';
import type { Closing } from './closing.ts';
import { assertWritesOnce, openEvidenceStore } from './evidence-store.ts';
import { readEncrypted } from './inbox-cipher.ts';
import { type Keeping, startKeeping } from './keeping.ts';
import type { Settings } from './settings.ts';
import { openSigningKey } from './signing-key.ts';

/** How long (ms) a shutdown waits for jobs at work; the rest goes to the other replicas, or waits. */
const DRAIN = 10_000;
const HOUR = 3_600_000;
/** How long (ms) a payload that has its outcome is kept, to recognise a redelivery. Slack gives up after hours. */
const INBOX_KEPT = 7 * 24 * HOUR;
/** How long (ms) it is remembered when an alert fired and was over: what comes later than that counts as new. */
const TOLD_KEPT = HOUR;
/** How long (ms) it is kept that a rota was read, or that it was looked for changed issues. */
const READS_KEPT = 2 * 24 * HOUR;

/** Where Tocsin keeps what happens: database, queue and evidence, with the keys that seal, sign and encrypt it. */
export interface Storage {
  readonly database: Database;
  readonly queue: StoreQueue;
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly redactor: Redactor;
  readonly evidence: EvidenceStore;
  readonly signer: Signer;
  readonly cipher: FileCipher;
  readonly keeping: Keeping;
}

export interface StorageOptions {
  readonly config: Config;
  readonly settings: Settings;
  /** As `openConfiguredDatabase` opens it. Here it is migrated: from now on Tocsin writes into it. */
  readonly database: Database;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly closing: Closing;
}

/** Opens all of it on a database and goes on keeping the evidence. @throws TocsinError what openSigningKey and startKeeping throw */
export async function openStorage({ config, settings, database: unsealed, metrics, logger, closing }: StorageOptions): Promise<Storage> {
  await migrate(unsealed);
  const evidence = await openEvidenceStore(config);
  await assertWritesOnce(evidence);
  const signer = await openSigningKey(settings.keyFile, evidence, unsealed);
  const database = withArchive(withSeal(unsealed, createSeal(await openMacKey(settings.keyFile))), archiveReader(evidence));
  const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES, WEBHOOK, SIGNAL], {
    onError(err, { queue: name }) {
      metrics.jobErrors.inc({ queue: name ?? 'none' });
      logger.warn({ err, queue: name }, 'a job failed and is tried again');
    },
  });
  // Jobs wait for evidence to be stored, so its keeping ends after them.
  let keeping: Keeping | null = null;
  closing.add(async () => keeping?.stop());
  closing.add(() => queue.stop(DRAIN));
  const cipher = await openFileCipher(settings.keyFile);
  const store = readEncrypted(createStore(database, queue), cipher);
  const redactor = createRedactor(settings.secrets);
  const chain = redactedChain(redactor);
  const { anchorChannel } = settings;
  keeping = await startKeeping({ database, store, chain, evidence, signer, replica: randomUUID(), anchorChannel, metrics, logger });
  const pruning = setInterval(() => {
    inBackground(pruneInbox(database, INBOX_KEPT), (err) => logger.warn({ err }, 'the inbox was not pruned'));
    for (const { kind } of [ROTA_READ, ITEMS_LOOK])
      inBackground(pruneRuns(database, kind, READS_KEPT), (err) => logger.warn({ err, kind }, 'runs that are over were not pruned'));
    inBackground(pruneTold(database, TOLD_KEPT), (err) => logger.warn({ err }, 'the times of alerts were not pruned'));
  }, HOUR).unref();
  closing.add(async () => clearInterval(pruning));
  return { database, queue, store, chain, redactor, evidence, signer, cipher, keeping };
}
