import { randomUUID } from 'node:crypto';
import {
  type Alert,
  type AlertCommand,
  type AlertRecord,
  type Alerts,
  alertOfKey,
  decideAlert,
  type EndedIncident,
  type FiredAlert,
} from '../../domain/alert/alerts.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import { ALERT_BOARD, ALERT_CALL_BOARD } from '../../domain/messages/messages.ts';
import type { Who } from '../../domain/policy.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { asCalled, type Rotas } from '../../domain/rota/called.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import type { ChainRecord } from '../../ports/evidence.ts';
import type { Store, StoreTx, StreamHead } from '../../ports/store.ts';
import { type Incidents, incidentOf } from '../incidents/incidents.ts';
import { ALERT_CALL, ALERT_WATCH, DIAGNOSIS_CARRY } from '../run-kinds.ts';
import { putBoard } from '../runbooks/board.ts';
import { evolveSystem, storedSystem, systemAt } from '../system-state.ts';
import { carryRunId } from './carrying.ts';
import { isNews } from './order.ts';

export interface AlertsDeps {
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly incidents: Incidents;
  /** The channel that a service's alerts go to. */
  readonly channelOf: (service: string) => string;
  /** Who answers for a service, the next in line by `level`; empty when there is nobody. */
  readonly callees: (service: string, level: number) => readonly Who[];
  /** The rotas that they may name, as a transaction sees them. */
  readonly rotasIn: (tx: StoreTx) => Promise<Rotas['rotas']>;
}

/** What a command has changed: the alert as it is now, or was last, and whether it goes on. */
export interface AlertChange {
  readonly alert: Alert;
  readonly goesOn: boolean;
  readonly records: readonly AlertRecord[];
}

/** The alerts that go on (ADR 11; they are the state of the stream `system`). */
export interface AlertBook {
  /** Decides, records and brings the card up to date, in the caller's transaction; `null` when nothing follows. @throws UserError */
  tell(tx: StoreTx, command: AlertCommand): Promise<AlertChange | null>;
  /**
   * Fires an alert, with the run that watches it. `at`: when it happened (ms, by the event itself); what comes late opens nothing. `goesOn`: of a
   * sender that repeats that time for as long as it goes on.
   */
  fire(tx: StoreTx, fired: FiredAlert, at?: number | null, goesOn?: boolean): Promise<AlertChange | null>;
  /** Ends the alert of a key. `at`: when that happened; an alert that has fired again since goes on. */
  recover(tx: StoreTx, key: string, summary: string, at?: number | null): Promise<AlertChange | null>;
  /** Puts an alert under an incident, in the streams of both. By Tocsin (`null`): unless it belongs to one by now. @throws UserError */
  attach(tx: StoreTx, alert: Alert, incident: string, by: Extract<AlertCommand, { type: 'attach' }>['by']): Promise<void>;
  /** Takes an alert along from an incident that was merged to the one that it was merged into. */
  follow(tx: StoreTx, alert: Alert, from: string, into: string): Promise<void>;
  /** Says on the card of an alert where its incident meets by now. */
  place(tx: StoreTx, alert: Alert, incident: Incident): Promise<void>;
  find(id: string): Promise<Alert | null>;
  /** Those that go on, as a transaction sees them; the stream `system` is locked. */
  inTx(tx: StoreTx): Promise<Alerts>;
  open(): Promise<readonly Alert[]>;
}

export function createAlerts(deps: AlertsDeps): AlertBook {
  async function tell(tx: StoreTx, command: AlertCommand): Promise<AlertChange | null> {
    const head = await tx.lockStream(SYSTEM_STREAM);
    const at = await tx.now();
    const system = await systemAt(head, tx.records);
    const before = system.alerts;
    const events = decideAlert(before, command, at);
    if (events.length === 0) return null;
    let position = { seq: head.seq, hash: head.hash };
    let after = system;
    const chained = events.map((event) => {
      const next = deps.chain(position, event, { stream: SYSTEM_STREAM, time: toIso(at), eventId: randomUUID() });
      position = { seq: next.record.seq, hash: next.hash };
      after = evolveSystem(after, next.record);
      return next;
    });
    await tx.append(head, chained, storedSystem(after));
    const rotas = { rotas: await deps.rotasIn(tx), swaps: after.rotas.swaps };
    const records = chained.map(({ record }) => record as AlertRecord);
    let change: AlertChange | null = null;
    for (const record of records) {
      const id = record.type === 'alert.opened' ? `ALR-${record.seq}` : record.data.alert;
      const alert = after.alerts[id] ?? before[id];
      if (alert === undefined) continue;
      change = { alert, goesOn: after.alerts[id] !== undefined, records };
      await show(tx, change, record, at, (level) => deps.callees(alert.service, level).flatMap((one) => asCalled(rotas, one, at)));
    }
    return change;
  }

  /** The card of an alert, posted once and edited as it goes on. */
  async function show(
    tx: StoreTx,
    { alert, goesOn }: AlertChange,
    record: AlertRecord,
    now: number,
    callees: (level: number) => readonly Who[],
  ): Promise<void> {
    const to = { kind: 'channel', channel: deps.channelOf(alert.service) } as const;
    const over = goesOn
      ? null
      : { recovered: record.type === 'alert.recovered', summary: 'summary' in record.data ? record.data.summary : '', at: now };
    const who = callees(0);
    const card = { key: cardKey(alert.id), stream: SYSTEM_STREAM, to };
    await putBoard(tx, card, record.seq, ALERT_BOARD.with({ alert, over, who }));
    // An edited card calls nobody: what makes somebody look is a message of its own.
    if (record.type !== 'alert.confirmed' && record.type !== 'alert.overdue') return;
    const overdue = record.type === 'alert.overdue';
    const called = overdue ? callees(1) : who;
    const key = `${alert.id}:${record.type}`;
    await putBoard(tx, { key, stream: SYSTEM_STREAM, to }, record.seq, ALERT_CALL_BOARD.with({ alert, overdue, who: called }));
    const reach = { key, service: alert.service, who: called.map((one) => ({ ...one })) };
    await tx.startRun({ id: `${record.event_id}:reach`, ...ALERT_CALL.with(reach) });
  }

  return {
    tell,
    async fire(tx, fired, at = null, goesOn = false) {
      if (!(await isNews(tx, fired.key, 'firing', at, goesOn))) return null;
      const ended = await endedIncident(tx, fired.key);
      const change = await tell(tx, { type: 'fire', fired, ended });
      if (change !== null && change.records.some(({ type }) => type === 'alert.opened'))
        await tx.startRun({ id: `${change.alert.id}:watch`, ...ALERT_WATCH.with({ alert: change.alert.id }) });
      return change;
    },
    async recover(tx, key, summary, at = null) {
      return (await isNews(tx, key, 'resolved', at)) ? tell(tx, { type: 'recover', key, summary }) : null;
    },
    async attach(tx, alert, incident, by) {
      if (by === null && !(await isIn(tx, alert.id, incident, null))) return;
      const room = await tellIncident(tx, alert, incident, by?.id ?? null);
      const change = await tell(tx, { type: 'attach', alert: alert.id, incident, room, by });
      await carry(tx, change, incident);
    },
    async follow(tx, alert, from, into) {
      if (!(await isIn(tx, alert.id, into, from))) return;
      const room = await tellIncident(tx, alert, into, null);
      const change = await tell(tx, { type: 'follow', alert: alert.id, from, incident: into, room });
      await carry(tx, change, into);
    },
    async place(tx, alert, incident) {
      const room = roomOf(incident);
      if (alert.incident === incident.id && room !== null) await tell(tx, { type: 'attach', alert: alert.id, incident: incident.id, room, by: null });
    },
    async find(id) {
      return own(await current(), id) ?? null;
    },
    inTx: async (tx) => alertsAt(await tx.lockStream(SYSTEM_STREAM), tx.records),
    open: async () => Object.values(await current()),
  };

  /** Whether an alert goes on and is in that incident (`null`: in none) now. The incident's stream is locked first, as everybody does who locks both. */
  async function isIn(tx: StoreTx, id: string, into: string, incident: string | null): Promise<boolean> {
    await tx.lockStream(into);
    return own(await alertsAt(await tx.lockStream(SYSTEM_STREAM), tx.records), id)?.incident === incident;
  }

  /** Records in an incident that an alert belongs to it, and returns where it meets. */
  async function tellIncident(tx: StoreTx, { id, title, source, summary }: Alert, incident: string, by: string | null): Promise<string | null> {
    const told = await deps.incidents.tell(tx, incident, { type: 'attach-alert', by, data: { alert: id, title, source, summary } });
    return told === null ? null : roomOf(told.incident);
  }

  /** What was found already is not looked for again. */
  async function carry(tx: StoreTx, change: AlertChange | null, incident: string): Promise<void> {
    const run = change?.alert.investigation ?? null;
    if (change === null || run === null) return;
    await tx.startRun({ id: carryRunId(incident, run), ...DIAGNOSIS_CARRY.with({ incident, alert: change.alert.id, run }) });
  }

  async function current(): Promise<Alerts> {
    return alertsAt(await deps.store.head(SYSTEM_STREAM), deps.store.records);
  }

  /** The incident of the alert that goes on under this key, where it is over; `null` where somebody still works on it, or there is none. */
  async function endedIncident(tx: StoreTx, key: string): Promise<EndedIncident | null> {
    const id = alertOfKey(await alertsAt(await tx.lockStream(SYSTEM_STREAM), tx.records), key)?.incident ?? null;
    return id === null ? null : ending(tx, id, id, false);
  }

  /** A merged incident is as open as the one that it was merged into. */
  async function ending(tx: StoreTx, id: string, of: string, hidden: boolean): Promise<EndedIncident | null> {
    // By the transaction: the store is not asked beside it, and no lock is taken that others take before ours.
    const head = await tx.head(of);
    const incident = head === null ? null : await incidentOf(head, tx.records);
    const isHidden = hidden || incident?.private === true;
    if (incident?.mergedInto) return ending(tx, id, incident.mergedInto, isHidden);
    if (incident === null) return { id, how: 'closed', hidden: isHidden };
    return isOpen(incident) ? null : { id, how: incident.status === 'closed' ? 'closed' : 'resolved', hidden: isHidden };
  }
}

/** Where an incident meets, for everybody: of a private one nobody is told. */
function roomOf({ room, private: isPrivate }: Incident): string | null {
  return isPrivate ? null : (room?.channel ?? null);
}

/** The key of an alert's card among the messages. */
export function cardKey(alert: string): string {
  return `${alert}:card`;
}

async function alertsAt(head: StreamHead | null, records: (stream: string) => Promise<StoredRecord[]>): Promise<Alerts> {
  return (await systemAt(head, records)).alerts;
}
