import { randomUUID } from 'node:crypto';
import {
  type Alert,
  type AlertCommand,
  type AlertRecord,
  type Alerts,
  decideAlert,
  evolveAlerts,
  type FiredAlert,
} from '../../domain/alert/alerts.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import { replay } from '../../domain/incident/evolve.ts';
import type { Who } from '../../domain/policy.ts';
import type { Json, StoredRecord } from '../../domain/record.ts';
import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import type { ChainRecord, Store, StoreTx, StreamHead } from '../../ports/index.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { putBoard } from '../runbooks/board.ts';
import { carryRunId } from './carrying.ts';

/** Raise it when Alert changes shape: states stored by older versions are then replayed from their records. */
const STATE_VERSION = 2;
const SYSTEM = 'system';

export interface AlertsDeps {
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly incidents: Incidents;
  /** The channel that a service's alerts go to. */
  readonly channelOf: (service: string) => string;
  /** Who answers for a service, the next in line by `level`; empty when there is nobody. */
  readonly callees: (service: string, level: number) => readonly Who[];
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
  /** Fires an alert, with the run that watches it. */
  fire(tx: StoreTx, fired: FiredAlert): Promise<AlertChange | null>;
  /** Puts an alert under an incident, in the streams of both. */
  attach(tx: StoreTx, alert: Alert, incident: string, by: Extract<AlertCommand, { type: 'attach' }>['by']): Promise<void>;
  find(id: string): Promise<Alert | null>;
  open(): Promise<readonly Alert[]>;
}

export function createAlerts(deps: AlertsDeps): AlertBook {
  async function tell(tx: StoreTx, command: AlertCommand): Promise<AlertChange | null> {
    const head = await tx.lockStream(SYSTEM);
    const at = await tx.now();
    const before = await alertsOf(head, tx.records);
    const events = decideAlert(before, command, at);
    if (events.length === 0) return null;
    let position = { seq: head.seq, hash: head.hash };
    let after = before;
    const chained = events.map((event) => {
      const next = deps.chain(position, event, { stream: SYSTEM, time: toIso(at), eventId: randomUUID() });
      position = { seq: next.record.seq, hash: next.hash };
      after = evolveAlerts(after, next.record);
      return next;
    });
    await tx.append(head, chained, stateOf(after));
    const records = chained.map(({ record }) => record as AlertRecord);
    let change: AlertChange | null = null;
    for (const record of records) {
      const id = record.type === 'alert.opened' ? `ALR-${record.seq}` : record.data.alert;
      const alert = after[id] ?? before[id];
      if (alert === undefined) continue;
      change = { alert, goesOn: after[id] !== undefined, records };
      await show(tx, change, record, at);
    }
    return change;
  }

  /** The card of an alert, posted once and edited as it goes on. */
  async function show(tx: StoreTx, { alert, goesOn }: AlertChange, record: AlertRecord, now: number): Promise<void> {
    const to = { kind: 'channel', channel: deps.channelOf(alert.service) } as const;
    const over = goesOn
      ? null
      : { recovered: record.type === 'alert.recovered', summary: 'summary' in record.data ? record.data.summary : '', at: now };
    const who = deps.callees(alert.service, 0);
    const view = { alert, over, who } as unknown as Json;
    await putBoard(tx, { key: cardKey(alert.id), stream: SYSTEM, to, template: 'alert' }, record.seq, view);
    // An edited card calls nobody: what makes somebody look is a message of its own.
    if (record.type !== 'alert.confirmed' && record.type !== 'alert.overdue') return;
    const overdue = record.type === 'alert.overdue';
    const called = overdue ? deps.callees(alert.service, 1) : who;
    const call = { alert, overdue, who: called } as unknown as Json;
    const key = `${alert.id}:${record.type}`;
    await putBoard(tx, { key, stream: SYSTEM, to, template: 'alert-call' }, record.seq, call);
    const reach = { key, service: alert.service, who: called.map((one) => ({ ...one })) };
    await tx.startRun({ id: `${record.event_id}:reach`, kind: 'alert-call', input: reach });
  }

  return {
    tell,
    async fire(tx, fired) {
      const closed = await closedIncidents(tx, fired.key);
      const change = await tell(tx, { type: 'fire', fired, closedIncidents: closed });
      if (change !== null && change.records.some(({ type }) => type === 'alert.opened'))
        await tx.startRun({ id: `${change.alert.id}:watch`, kind: 'alert-watch', input: { alert: change.alert.id } });
      return change;
    },
    async attach(tx, alert, incident, by) {
      // The incident's stream first, as everybody does who locks both.
      const { id, title, source, summary } = alert;
      await deps.incidents.tell(tx, incident, { type: 'attach-alert', by: by?.id ?? null, data: { alert: id, title, source, summary } });
      const change = await tell(tx, { type: 'attach', alert: id, incident, by });
      const run = change?.alert.investigation ?? null;
      // What was found already is not looked for again.
      if (run !== null) await tx.startRun({ id: carryRunId(incident, run), kind: 'diagnosis-carry', input: { incident, alert: id, run } });
    },
    async find(id) {
      return own(await current(), id) ?? null;
    },
    open: async () => Object.values(await current()),
  };

  async function current(): Promise<Alerts> {
    const head = await deps.store.head(SYSTEM);
    return head === null ? {} : alertsOf(head, deps.store.records);
  }

  /** Whether the incident of the alert that goes on under this key is closed. */
  async function closedIncidents(tx: StoreTx, key: string): Promise<ReadonlySet<string>> {
    const known = Object.values(await alertsOf(await tx.lockStream(SYSTEM), tx.records)).find((alert) => alert.key === key);
    if (known?.incident === undefined || known.incident === null) return new Set();
    // By the transaction: the store is not asked beside it, and no lock is taken that others take before ours.
    const incident = replay((await tx.records(known.incident)) as IncidentRecord[]);
    return incident === null || incident.status === 'closed' ? new Set([known.incident]) : new Set();
  }
}

/** The key of an alert's card among the messages. */
export function cardKey(alert: string): string {
  return `${alert}:card`;
}

/** The state of `system` after a record, for a restored database. */
export function systemAfter(state: Json | null, record: StoredRecord): Json | null {
  return stateOf(evolveAlerts(read(state) ?? {}, record));
}

function stateOf(alerts: Alerts): Json {
  return { v: STATE_VERSION, alerts } as unknown as Json;
}

function read(state: Json | null): Alerts | null {
  const stored = state as unknown as { v: number; alerts: Alerts } | null;
  return stored?.v === STATE_VERSION ? stored.alerts : null;
}

async function alertsOf(head: StreamHead, records: (stream: string) => Promise<StoredRecord[]>): Promise<Alerts> {
  const known = read(head.state);
  if (known !== null || head.seq === 0) return known ?? {};
  return (await records(SYSTEM)).reduce<Alerts>(evolveAlerts, {});
}
