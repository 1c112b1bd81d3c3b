import type { Logger } from 'pino';
import type { ConfigFile } from '../config/schema.ts';
import { TocsinError } from '../domain/errors.ts';
import { restsSince, runsAtRest } from '../domain/incident/retention.ts';
import { readBack } from '../domain/json.ts';
import { LOG_STREAM } from '../domain/streams.ts';
import { type AlertBook, cardKey } from '../engine/alerts/alerts.ts';
import { incidentOf, renewState, STATE_BEGINS } from '../engine/incidents/incidents.ts';
import { RETENTION } from '../engine/run-kinds.ts';
import { snapshotKey } from '../engine/runbooks/remedy/applying.ts';
import { sleepUntil } from '../engine/until.ts';
import { archiveReader } from '../evidence/archive.ts';
import { signedCheckpoints } from '../evidence/signed-chain.ts';
import { verifyKeys } from '../evidence/verify/verify-keys.ts';
import { eachOf } from '../lib/each.ts';
import { toIso, utcDay, utcMoment } from '../lib/time.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { Run } from '../ports/runs.ts';
import type { Store, StoreTx, StreamHead } from '../ports/store.ts';
import {
  archivedStates,
  archiveIncident,
  archiveLog,
  incidentsToArchive,
  logToArchive,
  type Place,
  pruneMessages,
  pruneRuns,
} from '../store/archive.ts';
import type { Database } from '../store/database.ts';

const DAY = 24 * 60 * 60_000;
/** Incidents in one step of the run. */
const BATCH = 100;
/** Incidents that are read back at a time. */
const AT_ONCE = 4;

interface RetentionDeps {
  readonly database: Database;
  readonly store: Store;
  readonly evidence: EvidenceStore;
  readonly alerts: Pick<AlertBook, 'open'>;
  /** How long (ms) after its close an incident stays whole; `null` for ever. */
  readonly kept: number | null;
  readonly logger: Logger;
}

/** Starts the night of the next UTC day; one a day, whoever asks. */
export async function startRetention(tx: StoreTx, file: ConfigFile, now: number): Promise<void> {
  if (file.retention.closed_incidents === null) return;
  const day = utcDay(now + DAY);
  await tx.startRun({ id: `retention:${day}`, ...RETENTION.with({ day }) });
}

/**
 * Every night: what is over for long enough leaves the database, a batch a step. An incident goes only when all of it has been read back from the evidence
 * store, under a signed checkpoint; one that does not is left and looked at again the next night.
 */
export function retentionRun(deps: RetentionDeps, file: ConfigFile): Run {
  const { database, store, kept } = deps;
  return RETENTION.does(async (run, { day }) => {
    await sleepUntil(run, store, utcMoment(day, '00:00'), 'day');
    if (kept !== null) {
      const before = await run.step('before', async () => (await store.now()) - kept);
      let behind = '';
      for (let batch = 1; batch === 1 || behind !== ''; batch += 1) {
        const from = behind;
        behind = await run.step(`states:${batch}`, () => renewStates(deps, from));
      }
      let after: Place | null = null;
      for (let batch = 1; batch === 1 || after !== null; batch += 1) {
        const from: Place | null = after;
        const next = await run.step(`incidents:${batch}`, async () => {
          const place = await archiveBatch(deps, before, from);
          return place === null ? null : { ...place };
        });
        after = next === null ? null : readBack<Place>(next);
      }
      await run.step('log', () => archiveOldLog(deps, before));
      await run.step('runs', () => untilDone(() => pruneRuns(database, before)));
      const cards = (await deps.alerts.open()).map(({ id }) => cardKey(id));
      await run.step('messages', () => untilDone(() => pruneMessages(database, before, cards)));
    }
    await run.write('next', async (tx) => {
      await startRetention(tx, file, await tx.now());
      return true;
    });
  });
}

async function untilDone(prune: () => Promise<number>): Promise<number> {
  let all = 0;
  for (let count = await prune(); count > 0; count = await prune()) all += count;
  return all;
}

/** Stores the next states anew that a release before this one stored, of what is archived; where they ended, or an empty text after the last. */
async function renewStates({ database, store, logger }: RetentionDeps, after: string): Promise<string> {
  const names = await archivedStates(database, { begins: STATE_BEGINS, after, limit: BATCH });
  await eachOf(names, AT_ONCE, (id) =>
    unlessAltered(logger, id, async () => {
      const head = await store.head(id);
      const incident = head === null ? null : await incidentOf(head, store.records);
      if (head !== null && incident !== null) await renewState(store, head, incident);
    }),
  );
  return names.at(-1) ?? '';
}

/** Archives what can be of the next incidents; where they ended, or `null` after the last. */
async function archiveBatch(deps: RetentionDeps, before: number, after: Place | null): Promise<Place | null> {
  const { database, store, evidence, logger } = deps;
  const places = await incidentsToArchive(database, { before, after, limit: BATCH });
  if (places.length === 0) return null;
  const { keys } = await verifyKeys(evidence);
  const read = archiveReader(evidence);

  /** Whether the evidence store has all of it, under a checkpoint that one of its keys signed. */
  async function isStored({ stream, seq, hash: head }: StreamHead): Promise<boolean> {
    for await (const signed of signedCheckpoints(evidence, stream, (keyId) => keys.get(keyId))) {
      // What lies ahead of this head somebody else put there, who can put a key beside it too.
      if (signed.size > seq || (signed.size === seq && signed.head !== head)) continue;
      if (signed.size < seq) return false;
      await read(stream, { size: seq, head }, 1);
      return true;
    }
    return false;
  }

  async function archive(id: string): Promise<void> {
    const head = await store.head(id);
    if (head === null) return;
    const { stream, seq, hash } = head;
    const incident = await incidentOf(head, store.records);
    const since = incident === null ? null : restsSince(incident);
    if (incident === null || since === null || since >= before || !(await isStored(head))) return;
    const snapshots = Object.values(incident.plans).flatMap((plan) => Array.from({ length: plan.steps }, (_, step) => snapshotKey(plan.id, step)));
    // Its records are replayed from here a last time.
    await renewState(store, head, incident);
    await archiveIncident(database, { stream, seq, hash, snapshots, resting: runsAtRest(incident) });
  }

  // One that cannot be archived keeps no other in the database.
  await eachOf(places, AT_ONCE, ({ id }) => unlessAltered(logger, id, () => archive(id)));
  return places.at(-1) ?? null;
}

/** Does something with one incident. One that is not as it was stored is told of and left: the next night looks at it again. */
async function unlessAltered(logger: Logger, id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (err) {
    if (!isOfOne(err)) throw err;
    logger.error({ err, incident: id }, 'an incident stays in the database as it is: it is not as it was stored');
  }
}

/** Whether something is wrong with one stream alone, here or in the evidence store. */
function isOfOne(error: unknown): boolean {
  return error instanceof TocsinError && (error.code === 'archive-broken' || error.code === 'database-altered');
}

/** The log of heads grows with each checkpoint of each incident. Returns how many records went. */
async function archiveOldLog({ database, evidence, logger }: RetentionDeps, before: number): Promise<number> {
  const read = archiveReader(evidence);
  let all = 0;
  try {
    for (let next = await logToArchive(database, toIso(before)); next !== null; next = await logToArchive(database, toIso(before))) {
      await read(LOG_STREAM, { size: next.kept - 1, head: next.head }, next.from);
      await archiveLog(database, next);
      all += next.kept - next.from;
    }
  } catch (err) {
    if (!isOfOne(err)) throw err;
    logger.error({ err }, 'the log stays in the database: it is not as it was stored');
  }
  return all;
}
