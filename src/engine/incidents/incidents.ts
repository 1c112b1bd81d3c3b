import { randomUUID } from 'node:crypto';
import { beingPlanned, pendingPlans } from '../../domain/change/plans.ts';
import { assertOnlyDrill } from '../../domain/drill/decide-drill.ts';
import { UserError } from '../../domain/errors.ts';
import type { Declaration, Person, PersonCommand, SystemCommand } from '../../domain/incident/commands.ts';
import { decide, refusal } from '../../domain/incident/decide.ts';
import type { IncidentEvent, IncidentRecord } from '../../domain/incident/events.ts';
import { evolve, replay } from '../../domain/incident/evolve.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import { timerRowsOf } from '../../domain/incident/timers.ts';
import { asJson, readBack } from '../../domain/json.ts';
import { CARD_MESSAGE, callsPeople } from '../../domain/messages/messages.ts';
import type { Json, StoredRecord } from '../../domain/record.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { toIso } from '../../lib/time.ts';
import type { ChainRecord } from '../../ports/evidence.ts';
import type { IncidentFilter, IncidentIndex, OutgoingMessage, Store, StoreTx, StreamHead } from '../../ports/store.ts';
import { EDIT, MESSAGE } from '../queues.ts';
import { destinationOf } from './destination.ts';
import { createListing, type ListingDeps } from './listing.ts';
import type { Destination, Notice, ServiceChannels } from './notice.ts';
import { noticesOf } from './notices.ts';

/** Raise it when Incident changes shape: states stored by older versions are then replayed from their records. */
export const STATE_VERSION = 12;

export interface IncidentsDeps {
  readonly store: Store;
  readonly chain: ChainRecord;
  /** Where a service talks. Must answer for services that were since removed from the configuration. */
  readonly channelsOf: (service: string) => ServiceChannels;
  /** Alarms that something in the database was not written by Tocsin, and returns the error to throw. */
  readonly wrong: ListingDeps['wrong'];
  /** Called after the transaction's work is written, before it commits, for every stream that grew. */
  readonly onGrown?: (stream: string) => void;
}

/** What became of an incident by one command. */
export interface Change {
  readonly id: string;
  readonly incident: Incident;
  readonly records: readonly IncidentRecord[];
}

export interface Incidents {
  /** Decides, records and sets going what follows, in the caller's transaction; `new` gives the incident its id. @throws UserError */
  ask(tx: StoreTx, incident: string, by: Person, ask: PersonCommand): Promise<Change>;
  /** Opens one by a rule, without a person. */
  declare(tx: StoreTx, declaration: Declaration): Promise<Change>;
  /** The same as `ask` for what Tocsin itself tells an incident. */
  tell(tx: StoreTx, incident: string, ask: SystemCommand): Promise<Change | null>;
  /** Records that a person was refused, in the stream of an incident that exists, or else in `system`. */
  refuse(tx: StoreTx, incident: string | null, by: string, command: string, error: UserError): Promise<void>;
  /** The state as it stands; `null` when there is no such incident. */
  find(id: string): Promise<Incident | null>;
  /** Those that the index finds, the newest first. @throws TocsinError `database-altered` when an incident's sealed state says otherwise */
  list(filter: IncidentFilter): Promise<readonly Incident[]>;
  /** How many the index knows. */
  count(filter: IncidentFilter): Promise<number>;
  /** The incident whose message stands at a place in Slack; `null` when it is none's. */
  at(channel: string, ts: string): Promise<Incident | null>;
}

/** The one way from a command to records and what follows from them (ADR 1). */
export function createIncidents(deps: IncidentsDeps): Incidents {
  async function ask(tx: StoreTx, target: string, by: Person, wanted: PersonCommand): Promise<Change> {
    const id = target === 'new' ? await begin(tx, wanted) : target;
    if (wanted.type === 'merge' && wanted.into !== id) return merge(tx, id, by, wanted);
    return apply(tx, id, (state, at) => decide(state, { at, by, ask: wanted }));
  }

  /** The id of what begins. The counter of drills is locked by now, so of two that begin at once the second one sees the first. */
  async function begin(tx: StoreTx, wanted: PersonCommand): Promise<string> {
    if (wanted.type !== 'declare' || wanted.drill === undefined) return newId(tx, await tx.now());
    const id = await newId(tx, await tx.now(), 'DRL');
    for (const open of await tx.incidents({ open: true, service: wanted.service, drills: true })) {
      const head = await tx.head(open.id);
      assertOnlyDrill(head === null ? null : await incidentOf(head, tx.records));
    }
    return id;
  }

  /** Two streams grow together, so both are locked in one order whoever merges into whom. */
  async function merge(tx: StoreTx, id: string, by: Person, wanted: Extract<PersonCommand, { type: 'merge' }>): Promise<Change> {
    for (const stream of [id, wanted.into].toSorted()) await tx.lockStream(stream);
    const from = await incidentOf(await tx.lockStream(id), tx.records);
    const into = await incidentOf(await tx.lockStream(wanted.into), tx.records);
    if (into === null) throw new UserError('no-incident', `There is no incident ${wanted.into}. \`/incident list\` shows the open ones.`);
    if (into.status === 'closed') throw new UserError('closed', `${wanted.into} is closed. Reopen it first.`, { refusal: true });
    // A private one is found by those who are in it.
    const room = into.private ? undefined : into.room?.channel;
    const asked: PersonCommand = { ...wanted, private: into.private, ...(room === undefined ? {} : { room }) };
    const merged = await apply(tx, id, (state, at) => decide(state, { at, by, ask: asked }));
    await apply(tx, wanted.into, (state, at) =>
      decide(state, { at, by, ask: { type: 'absorb', from: id, title: from?.title ?? id, private: from?.private ?? true } }),
    );
    return merged;
  }

  async function tell(tx: StoreTx, id: string, wanted: SystemCommand): Promise<Change | null> {
    // Messages of `system` have no incident to tell.
    if (id === SYSTEM_STREAM || (await tx.lockStream(id)).state === null) return null;
    return apply(tx, id, (state, at) => decide(state, { at, by: null, ask: wanted }));
  }

  async function declare(tx: StoreTx, declaration: Declaration): Promise<Change> {
    return apply(tx, await newId(tx, await tx.now()), (state, at) => decide(state, { at, by: null, ask: declaration }));
  }

  async function refuse(tx: StoreTx, incident: string | null, by: string, command: string, error: UserError): Promise<void> {
    if (incident !== null) {
      await apply(tx, incident, () => [refusal(incident, by, command, error)]);
      return;
    }
    const head = await tx.lockStream(SYSTEM_STREAM);
    const context = { stream: SYSTEM_STREAM, time: toIso(await tx.now()), eventId: randomUUID() };
    await tx.append(head, [deps.chain(head, refusal(SYSTEM_STREAM, by, command, error), context)], head.state);
    deps.onGrown?.(SYSTEM_STREAM);
  }

  /** Locks first and reads the clock then, so that a stream's times never go backwards. */
  async function apply(tx: StoreTx, id: string, decideOn: (state: Incident | null, at: number) => readonly IncidentEvent[]): Promise<Change> {
    const head = await tx.lockStream(id);
    const at = await tx.now();
    const before = await incidentOf(head, tx.records);
    const events = decideOn(before, at);
    const states: (Incident | null)[] = [];
    let state = before;
    const records = await write(tx, head, events, at, (record) => {
      state = evolve(state, record);
      states.push(state);
      return state;
    });
    if (state === null) throw new UserError('no-incident', 'There is no such incident. `/incident list` shows the open ones.');
    const after: Incident = state;
    if (records.length > 0) await follow(tx, after, records, states);
    return { id, incident: after, records };
  }

  async function write(
    tx: StoreTx,
    head: StreamHead,
    events: readonly IncidentEvent[],
    at: number,
    step: (record: IncidentRecord) => Incident | null,
  ): Promise<IncidentRecord[]> {
    if (events.length === 0) return [];
    const records: IncidentRecord[] = [];
    const chained = [];
    let position = { seq: head.seq, hash: head.hash };
    let state: Incident | null = null;
    for (const event of events) {
      const subject = event.subject === 'new' ? head.stream : event.subject;
      const next = deps.chain(position, { ...event, subject }, { stream: head.stream, time: toIso(at), eventId: randomUUID() });
      const record = next.record as IncidentRecord;
      state = step(record);
      chained.push(next);
      records.push(record);
      position = { seq: record.seq, hash: next.hash };
    }
    await tx.append(head, chained, state === null ? null : storedState(state));
    deps.onGrown?.(head.stream);
    return records;
  }

  async function follow(tx: StoreTx, after: Incident, records: readonly IncidentRecord[], states: readonly (Incident | null)[]): Promise<void> {
    const channels = deps.channelsOf(after.service);
    await tx.setTimers(after.id, timerRowsOf(after));
    await tx.saveIncidentIndex(indexOf(after, channels));
    for (const [i, record] of records.entries()) {
      for (const notice of noticesOf(record, states[i] ?? after, channels)) await act(tx, after.id, record.seq, notice);
    }
    await tx.enqueue(EDIT.job({ stream: after.id }, { key: after.id }));
  }

  async function find(id: string): Promise<Incident | null> {
    const head = await deps.store.head(id);
    return head === null ? null : incidentOf(head, deps.store.records);
  }

  async function at(channel: string, ts: string): Promise<Incident | null> {
    const stream = await deps.store.streamAt(channel, ts);
    return stream === null || stream === SYSTEM_STREAM ? null : find(stream);
  }

  const stateOf = (head: StreamHead) => incidentOf(head, deps.store.records);
  const list = createListing({ store: deps.store, find, incidentOf: stateOf, wrong: deps.wrong });
  return { ask, declare, tell, refuse, find, list, count: deps.store.countIncidents, at };
}

/** Does what a record gives notice of. */
async function act(tx: StoreTx, incident: string, seq: number, notice: Notice): Promise<void> {
  if (notice.kind === 'signal') return tx.signalRun(notice.run, notice.name, notice.payload);
  if (notice.kind === 'run') return tx.startRun({ id: notice.id, kind: notice.run, input: notice.input });
  const { key, to, template, data } = notice;
  await sendMessage(tx, { key, stream: incident, seq, lane: laneOf(incident, to), template, to: { ...to }, data });
}

/** The incident of a head: its state as it is sealed, or what its records make of it where another release wrote that. */
export async function incidentOf(head: StreamHead, records: (stream: string) => Promise<StoredRecord[]>): Promise<Incident | null> {
  if (head.state === null) return null;
  const stored = readBack<{ v: number; incident: Incident }>(head.state);
  if (stored.v === STATE_VERSION) return stored.incident;
  return replay((await records(head.stream)) as IncidentRecord[]);
}

/** What every state that this release stored begins with. */
export const STATE_BEGINS = `{"v":${STATE_VERSION},`;

/** The state of an incident as the database keeps it. */
export function storedState(incident: Incident): Json {
  return asJson({ v: STATE_VERSION, incident });
}

/** Stores the state of a head anew where an older release stored it, so that nobody replays its records for it again. `incident`: what they make of it. */
export async function renewState(store: Pick<Store, 'transaction'>, before: StreamHead, incident: Incident): Promise<void> {
  if (readBack<{ v: number } | null>(before.state)?.v === STATE_VERSION) return;
  await store.transaction(async (tx) => {
    const head = await tx.lockStream(before.stream);
    if (head.seq === before.seq && head.hash === before.hash) await tx.append(head, [], storedState(incident));
  });
}

/** Stores a message and the job that sends it, in one transaction. */
export async function sendMessage(tx: StoreTx, message: Parameters<StoreTx['addMessage']>[0]): Promise<void> {
  await tx.addMessage(message);
  await deliverMessage(tx, message);
}

/** Has a stored message sent, or brought up to date. */
export function deliverMessage(tx: StoreTx, message: ToDeliver): Promise<void> {
  return tx.enqueue(MESSAGE.job({ key: message.key }, { key: message.lane, priority: priorityOf(message) }));
}

/** Lanes of what somebody hears on joining a channel. Nobody waits for it: where many join at once, no answer stands behind it. */
const CATCH_UPS = 'catch-up:';

/** The lane of what somebody hears on joining. */
export function catchUpLane(user: string): string {
  return `${CATCH_UPS}${user}`;
}

type ToDeliver = Pick<OutgoingMessage, 'key' | 'lane' | 'to' | 'template'>;

/** The priority of what calls somebody. */
export const CALLING = 3;

/** What goes first where Slack takes less than there is to say: what calls a person, an answer that somebody waits for, a card, all else. */
function priorityOf({ to, template, lane }: Pick<ToDeliver, 'to' | 'template' | 'lane'>): number {
  const place = destinationOf({ to });
  if (place?.kind === 'person' || callsPeople(template)) return CALLING;
  if (place === null) return lane.startsWith(CATCH_UPS) ? 0 : 2;
  return template === CARD_MESSAGE.name ? 1 : 0;
}

/** What is kept beside the state so that incidents are found by channel and status. */
export function indexOf(incident: Incident, channels: ServiceChannels): IncidentIndex {
  return {
    id: incident.id,
    service: incident.service,
    severity: incident.severity,
    status: incident.status,
    open: isOpen(incident),
    private: incident.private,
    channel: ownChannelOf(incident, channels),
    declaredAt: incident.milestones.declared,
    pending: pendingPlans(incident).length + beingPlanned(incident).length > 0,
  };
}

/** A channel that means one incident: never a thread’s, and never the one where all of a service’s incidents are. */
function ownChannelOf({ room }: Incident, channels: ServiceChannels): string | null {
  return room === null || room.threadTs !== null || room.channel === channels.incidents ? null : room.channel;
}

function laneOf(incident: string, to: Destination): string {
  if (to.kind === 'channel') return to.channel;
  return to.kind === 'person' ? to.user : incident;
}

/** `INC-2026-0042`, or `DRL-2026-0007` for a drill: the UTC year, without gaps. */
async function newId(tx: StoreTx, at: number, kind: 'INC' | 'DRL' = 'INC'): Promise<string> {
  const counter = `${kind}-${new Date(at).getUTCFullYear()}`;
  return `${counter}-${String(await tx.nextNumber(counter)).padStart(4, '0')}`;
}
