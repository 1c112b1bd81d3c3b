import { beingPlanned, type Plan, pendingPlans } from '../domain/change/plans.ts';
import { TocsinError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident/incident.ts';
import { timerRowsOf } from '../domain/incident/timers.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { indexOf } from '../engine/incidents/incidents.ts';
import { cardKey, hasOwnChannel, revertRunId, type ServiceChannels } from '../engine/incidents/notice.ts';
import { EDIT } from '../engine/queues.ts';
import { ADOPT, REVERT, ROOM } from '../engine/run-kinds.ts';
import { decodeCheckpoint, verifyCheckpoint } from '../evidence/checkpoint.ts';
import { parseKey, repairKey, STREAM_ROOTS } from '../evidence/layout.ts';
import type { Anchor } from '../evidence/log.ts';
import { decodeRecord } from '../evidence/record.ts';
import type { SystemRecord } from '../evidence/system-records.ts';
import { trustedKeys } from '../evidence/verify/trusted-keys.ts';
import { verifyKeys } from '../evidence/verify/verify-keys.ts';
import { sha256 } from '../lib/hash.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import type { Database } from '../store/database.ts';
import { restoreFromEvidence } from '../store/restore.ts';
import type { Restored, UnsignedRecord } from '../store/restore-ports.ts';
import { EVIDENCE_KEYS } from './keeping.ts';
import { incidentOf, isIncident, stateAfter } from './replaying.ts';

/** What a restore believes. */
export interface RestoreTrust {
  /** Fingerprints of signing keys: these, and those that they say they replaced. Not given: every key of the evidence store. */
  readonly pinned?: readonly string[];
  /** A checkpoint of the global log that was published. */
  readonly anchor?: Anchor | null;
  /** Takes records that no signed checkpoint covers, too. */
  readonly acceptUnsigned?: boolean;
}

/**
 * Rebuilds an empty database from the evidence store: state is what `evolve` makes of the records, timers are what the
 * state implies. Runs and messages that were under way are not evidence and are gone.
 * @throws TocsinError `restore-not-empty`, `restore-broken`
 */
export async function restoreDatabase(
  database: Database,
  evidence: EvidenceStore,
  channelsOf: (service: string) => ServiceChannels,
  trust: RestoreTrust = {},
): Promise<Restored> {
  const { keys } = await verifyKeys(evidence);
  const trusted = trust.pinned === undefined ? new Set(keys.keys()) : await trustedKeys(evidence, keys, trust.pinned);
  return restoreFromEvidence(database, {
    evidence,
    keys: EVIDENCE_KEYS,
    parseKey,
    repairKey,
    roots: STREAM_ROOTS,
    decodeRecord,
    anchor: trust.anchor ?? null,
    acceptUnsigned: trust.acceptUnsigned ?? false,
    async decodeCheckpoint(bytes, signature) {
      const checkpoint = decodeCheckpoint(bytes);
      const name = `Checkpoint ${checkpoint.size} of ${checkpoint.incident_id}`;
      if (!trusted.has(checkpoint.key_id))
        throw new TocsinError(
          'restore-broken',
          `${name} is signed by key ${checkpoint.key_id}, which is not trusted. If it is yours, name it: --key`,
        );
      const key = keys.get(checkpoint.key_id);
      if (key === undefined || !(await verifyCheckpoint(bytes, signature, key)))
        throw new TocsinError('restore-broken', `The signature of checkpoint ${checkpoint.size} of ${checkpoint.incident_id} is wrong.`);
      return { stream: checkpoint.incident_id, size: checkpoint.size, head: checkpoint.head, sha256: sha256(bytes) };
    },
    evolve: stateAfter,
    counterOf,
    incidentIndex(stream, state) {
      const incident = isIncident(stream) ? incidentOf(state) : null;
      return incident === null ? null : indexOf(incident, channelsOf(incident.service));
    },
    timers(stream, state) {
      const incident = isIncident(stream) ? incidentOf(state) : null;
      return incident === null ? [] : timerRowsOf(incident);
    },
  });
}

/** After a restore: cards are known again, so that they go on being edited, and open incidents without a room get one. */
export async function adoptMessages(store: Store, incidents: readonly Incident[], channelsOf: (service: string) => ServiceChannels): Promise<void> {
  for (const incident of incidents) {
    await store.transaction(async (tx) => {
      for (const { channel, ts } of incident.cards) {
        const key = cardKey(incident.id, channel);
        await tx.addMessage({
          key,
          stream: incident.id,
          seq: incident.seq,
          lane: channel,
          template: 'card',
          to: { kind: 'channel', channel },
          data: {},
        });
        await tx.updateMessage(key, { state: 'sent', channel, ts, shownSeq: 0 });
      }
      await tx.enqueue(EDIT.job({ stream: incident.id }, { key: incident.id }));
      for (const plan of pendingPlans(incident)) await adoptPlan(tx, incident.id, plan);
      for (const { run } of beingPlanned(incident)) await tx.startRun({ id: `${run}:adopt`, ...ADOPT.with({ incident: incident.id, run }) });
      if (incident.room === null && hasOwnChannel(incident, channelsOf(incident.service))) {
        await tx.startRun({ id: `${incident.id}:room:restored`, ...ROOM.with({ incident: incident.id }) });
      }
    });
  }
}

/** What was under way: reverts go on, everything else is settled by a run when the bot starts; restored approvals are void. */
async function adoptPlan(tx: StoreTx, incident: string, plan: Plan): Promise<void> {
  const input = { incident, plan: plan.id };
  if (plan.status === 'applied') return tx.startRun({ id: revertRunId(plan.id), ...REVERT.with(input) });
  if (plan.status === 'reverting') {
    return tx.startRun({ id: revertRunId(plan.id), ...REVERT.with({ ...input, because: 'it was in progress when the database was lost' }) });
  }
  await tx.startRun({ id: `${plan.id}:adopt`, ...ADOPT.with(input) });
}

/** `INC-2026-0042` is number 42 of `INC-2026`. */
function counterOf(stream: string): { counter: string; number: number } | null {
  const match = /^((?:INC|DRL)-\d{4})-(\d+)$/.exec(stream);
  return match?.[1] === undefined ? null : { counter: match[1], number: Number(match[2]) };
}

/** How many streams one record speaks of: a record has 64 KiB. */
const STREAMS_PER_RECORD = 100;

/** The records of `system` that say which records were taken without a signature: by whoever ran the restore, since nobody else vouches. */
export function acceptedTail(unsigned: readonly UnsignedRecord[]): SystemRecord[] {
  const tails = new Map<string, { stream: string; from: number; to: number; head: string }>();
  for (const { stream, seq, sha256: head } of unsigned) tails.set(stream, { stream, from: tails.get(stream)?.from ?? seq, to: seq, head });
  const all = [...tails.values()];
  const parts = Array.from({ length: Math.ceil(all.length / STREAMS_PER_RECORD) }, (_, i) =>
    all.slice(i * STREAMS_PER_RECORD, (i + 1) * STREAMS_PER_RECORD),
  );
  return parts.map((tails) => ({
    type: 'tail.accepted',
    v: 1,
    actor: TOCSIN,
    subject: SYSTEM_STREAM,
    outcome: 'done',
    data: { tails },
  }));
}
