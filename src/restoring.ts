import { TocsinError } from './domain/errors.ts';
import type { IncidentRecord } from './domain/events.ts';
import { evolve } from './domain/evolve.ts';
import type { Incident } from './domain/incident.ts';
import { beingPlanned, type Plan, pendingPlans } from './domain/plans.ts';
import type { Json, StoredRecord } from './domain/record.ts';
import { timersOf } from './domain/timers.ts';
import { systemAfter } from './engine/alerts/alerts.ts';
import { revertRunId } from './engine/change-notices.ts';
import { indexOf, QUEUES, STATE_VERSION } from './engine/incidents.ts';
import { cardKey, hasOwnChannel, type ServiceChannels } from './engine/notices.ts';
import type { EvidenceStore, Store, StoreTx } from './engine/ports.ts';
import { decodeCheckpoint, verifyCheckpoint } from './evidence/checkpoint.ts';
import { sha256 } from './evidence/hash.ts';
import { parseKey, STREAM_ROOTS, SYSTEM_STREAM } from './evidence/layout.ts';
import { decodeRecord } from './evidence/record.ts';
import { verifyKeys } from './evidence/verify-keys.ts';
import { EVIDENCE_KEYS } from './keeping.ts';
import type { Database } from './store/database.ts';
import { type Restored, restoreFromEvidence } from './store/restore.ts';

/**
 * Rebuilds an empty database from the evidence store: state is what `evolve` makes of the records, timers are what the
 * state implies. Runs and messages that were under way are not evidence and are gone.
 * @throws TocsinError `restore-not-empty`, `restore-broken`
 */
export async function restoreDatabase(
  database: Database,
  evidence: EvidenceStore,
  channelsOf: (service: string) => ServiceChannels,
): Promise<Restored> {
  const { keys } = await verifyKeys(evidence);
  return restoreFromEvidence(database, {
    evidence,
    keys: EVIDENCE_KEYS,
    parseKey,
    roots: STREAM_ROOTS,
    decodeRecord,
    async decodeCheckpoint(bytes, signature) {
      const checkpoint = decodeCheckpoint(bytes);
      const key = keys.get(checkpoint.key_id);
      if (key === undefined || !(await verifyCheckpoint(bytes, signature, key))) {
        throw new TocsinError('restore-broken', `Checkpoint ${checkpoint.size} of ${checkpoint.incident_id} is not signed by a key of this store.`);
      }
      return { size: checkpoint.size, head: checkpoint.head, sha256: sha256(bytes) };
    },
    evolve: (stream, state, record) => (isIncident(stream) ? evolved(state, record) : stream === SYSTEM_STREAM ? systemAfter(state, record) : null),
    counterOf,
    incidentIndex(stream, state) {
      const incident = isIncident(stream) ? incidentOf(state) : null;
      return incident === null ? null : indexOf(incident, channelsOf(incident.service));
    },
    timers(stream, state) {
      const incident = isIncident(stream) ? incidentOf(state) : null;
      return incident === null ? [] : timersOf(incident);
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
      await tx.enqueue(QUEUES.edit, { stream: incident.id }, { key: incident.id });
      for (const plan of pendingPlans(incident)) await adoptPlan(tx, incident.id, plan);
      for (const { run } of beingPlanned(incident)) await tx.startRun({ id: `${run}:adopt`, kind: 'adopt', input: { incident: incident.id, run } });
      if (incident.room === null && hasOwnChannel(incident, channelsOf(incident.service))) {
        await tx.startRun({ id: `${incident.id}:room:restored`, kind: 'room', input: { incident: incident.id } });
      }
    });
  }
}

/** What was under way: reverts go on, everything else is settled by a run when the bot starts (DESIGN, Flow: restored approvals are void). */
async function adoptPlan(tx: StoreTx, incident: string, plan: Plan): Promise<void> {
  const input = { incident, plan: plan.id };
  if (plan.status === 'applied') return tx.startRun({ id: revertRunId(plan.id), kind: 'revert', input });
  if (plan.status === 'reverting') {
    return tx.startRun({ id: revertRunId(plan.id), kind: 'revert', input: { ...input, because: 'it was under way when the database was lost' } });
  }
  await tx.startRun({ id: `${plan.id}:adopt`, kind: 'adopt', input });
}

function evolved(state: Json | null, record: StoredRecord): Json | null {
  const next = evolve(incidentOf(state), record as IncidentRecord);
  return next === null ? null : ({ v: STATE_VERSION, incident: next } as unknown as Json);
}

function incidentOf(state: Json | null): Incident | null {
  return state === null ? null : (state as unknown as { incident: Incident }).incident;
}

function isIncident(stream: string): boolean {
  return /^(?:INC|DRL)-/.test(stream);
}

/** `INC-2026-0042` is number 42 of `INC-2026`. */
function counterOf(stream: string): { counter: string; number: number } | null {
  const match = /^((?:INC|DRL)-\d{4})-(\d+)$/.exec(stream);
  return match?.[1] === undefined ? null : { counter: match[1], number: Number(match[2]) };
}
