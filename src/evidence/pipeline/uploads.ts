import { TocsinError } from '../../domain/errors.ts';
import { LOG_STREAM } from '../../domain/streams.ts';
import { createLease } from '../../durable/lease.ts';
import { type Loop, startLoop } from '../../durable/loop.ts';
import { smallest } from '../../lib/numbers.ts';
import type { EvidenceKeys, EvidenceOutbox, Unstored, UploadObject } from '../../ports/evidence.ts';
import { type Bus, type Leases, TOPIC } from '../../ports/queue.ts';

export interface UploadOptions {
  readonly outbox: EvidenceOutbox;
  readonly leases: Leases;
  readonly bus: Bus;
  /** This replica, among the holders of leases. */
  readonly replica: string;
  readonly keys: EvidenceKeys;
  readonly upload: UploadObject;
  /** The public keys that checkpoints are signed with, stored before any of them (evidence/layout.ts names them). */
  readonly publicKeys: readonly { readonly key: string; readonly bytes: Uint8Array }[];
  /** Sounds the alarm: the evidence store holds another history of this stream, whose uploads have stopped. */
  readonly onFork: (stream: string, error: TocsinError) => Promise<void> | void;
  /** Told of each failed attempt; it is made again. `stream` is null for what concerns all. */
  readonly onError: (error: unknown, stream: string | null) => void;
}

const LEASE = 'uploads';
/** The longest pause (ms): what a lost wake-up adds. */
const LONGEST_PAUSE = 10_000;
/** The pause (ms) while another replica has something to store, which may have died of it. */
const OTHERS_TURN = 1_000;
/** Streams at a time; within one stream records go one after another. */
const STREAMS = 8;
const ARTIFACTS = 4;
/** Records in one go: they are read, put and noted together. */
const BATCH = 50;
const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

/**
 * Carries evidence from the outbox to the evidence store: of each stream first the artifacts, then the records in order, then the
 * checkpoints. One replica at a time does it. An outage loses nothing: the outbox holds, and is tried again for ever.
 */
export function startUploads(options: UploadOptions): Loop {
  const { outbox, leases, bus, replica, onError } = options;
  const pauses = new Map<string, { failures: number; until: number; holdsLog: boolean }>();
  const lease = createLease(leases, LEASE, replica);
  let keysStored = false;
  let stopping = false;

  async function storeKeys(): Promise<void> {
    if (keysStored) return;
    for (const { key, bytes } of options.publicKeys) {
      try {
        await options.upload(key, bytes);
      } catch (error) {
        if (!isFork(error)) throw error;
        // Evidence goes on without it: auditors have the key's fingerprint from elsewhere.
        await options.onFork(key, error);
      }
    }
    keysStored = true;
  }

  function uploadStream(stream: string): Promise<void> {
    return attempt(stream, async () => {
      for (let more = true; more && !stopping; ) {
        const work = await outbox.unstored(stream, BATCH);
        if (work !== null) await uploadWork(options, work);
        more = isPart(work);
      }
    });
  }

  async function attempt(stream: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      pauses.delete(stream);
    } catch (error) {
      if (isFork(error)) {
        await outbox.setFork(stream, error.message);
        await options.onFork(stream, error);
        return;
      }
      const failures = (pauses.get(stream)?.failures ?? 0) + 1;
      // What was altered in the database stays here until somebody has looked; the log waits for what will be stored soon.
      const holdsLog = !(error instanceof TocsinError && error.code === 'database-altered');
      pauses.set(stream, { failures, until: performance.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1)), holdsLog });
      onError(error, stream);
    }
  }

  /** How many ms a stream waits after its last failure; 0 when it may be tried. */
  function pauseOf(stream: string): number {
    return Math.max(0, (pauses.get(stream)?.until ?? 0) - performance.now());
  }

  async function pass(): Promise<number> {
    let more = false;
    const behind = new Set(await outbox.behind());
    // What failed here may have been stored by another replica since: it is waited for no more.
    for (const stream of pauses.keys()) if (!behind.has(stream)) pauses.delete(stream);
    if (behind.size === 0) return LONGEST_PAUSE;
    const done = await lease.hold(async () => {
      const streams = [...behind].filter((stream) => pauseOf(stream) === 0);
      if (streams.length === 0) return true;
      await storeKeys();
      // The log tells of other streams' checkpoints, so what it says by now is stored after all of them: whoever verifies reads the
      // log first and takes a head without its checkpoint for a loss.
      let log: Unstored | null = null;
      if (streams.includes(LOG_STREAM))
        await attempt(LOG_STREAM, async () => {
          log = await outbox.unstored(LOG_STREAM, BATCH);
        });
      await eachOf(
        streams.filter((stream) => stream !== LOG_STREAM),
        STREAMS,
        uploadStream,
      );
      const work = log as Unstored | null;
      if (work === null || [...pauses].some(([stream, { holdsLog }]) => stream !== LOG_STREAM && holdsLog)) return true;
      await attempt(LOG_STREAM, () => uploadWork(options, work));
      more = isPart(work);
      return true;
    });
    if (done === null) return OTHERS_TURN;
    if (more && pauseOf(LOG_STREAM) === 0) return 0;
    return Math.min(LONGEST_PAUSE, smallest([...pauses.keys()].map((stream) => Math.max(1, pauseOf(stream)))));
  }

  const loop = startLoop({
    pass,
    longest: LONGEST_PAUSE,
    bus,
    wakesOn: (topic) => topic === TOPIC.appended,
    onError: (error) => onError(error, null),
  });
  return {
    wake: loop.wake,
    async stop() {
      stopping = true;
      await loop.stop();
      await lease.release().catch((error: unknown) => onError(error, null));
    },
  };
}

/** Whether there may be more than what was read. What comes later wakes the loop by itself. */
function isPart(work: Unstored | null): boolean {
  return (work?.records.length ?? 0) >= BATCH;
}

/** Stores one piece of work in the order that makes each object's references good: artifacts, records, checkpoints. */
async function uploadWork({ outbox, keys, upload }: UploadOptions, { stream, artifacts, records, checkpoints }: Unstored): Promise<void> {
  await eachOf(artifacts, ARTIFACTS, async ({ sha256, bytes }) => {
    await upload(keys.artifact(stream, sha256), bytes);
    await outbox.artifactStored(stream, sha256);
  });
  let stored = 0;
  try {
    for (const { seq, bytes } of records) {
      await upload(keys.record(stream, seq), bytes);
      stored = seq;
    }
  } finally {
    // Also before an error, so that the next attempt starts where this one stopped.
    if (stored > 0) await outbox.recordsStored(stream, stored);
  }
  for (const { size, bytes, signature } of checkpoints) {
    // The signature first: whoever sees a checkpoint can check it.
    await upload(keys.signature(stream, size), signature);
    await upload(keys.checkpoint(stream, size), bytes);
    await outbox.checkpointStored(stream, size);
  }
}

function isFork(error: unknown): error is TocsinError {
  return error instanceof TocsinError && error.code === 'evidence-fork';
}

/** Does something for each item, `width` at a time, and throws the first error after all have ended. */
async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const workers = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of rest) await work(item);
  });
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
