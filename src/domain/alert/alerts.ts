import { assertNever } from '../../lib/assert-never.ts';
import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import { UserError } from '../errors.ts';
import type { Person } from '../incident/commands.ts';
import type { Actor, NewRecord, StoredRecord } from '../record.ts';
import type { ALERT_DATA, AlertSource, Labels, Link } from '../records/data/alerts.ts';
import type { DataOf } from '../records/data/data-of.ts';
import type { Severity } from '../severity.ts';
import { TOCSIN } from '../streams.ts';

/** Something a system told us, while it goes on (ADR 11). Repeats of one `key` are one alert. */
export interface Alert {
  /** `ALR-142`: the record of `system` that opened it. */
  readonly id: string;
  /** What is the same when the same thing is told again. */
  readonly key: string;
  readonly service: string;
  /** The runbook that looks into it, and which of its triggers it was; `null` when none names it. */
  readonly runbook: string | null;
  readonly trigger: number | null;
  readonly source: AlertSource;
  readonly title: string;
  /** What was told last. */
  readonly summary: string;
  /** What is affected: a connector, an index, a guardrail (VQ-06). */
  readonly component: string | null;
  readonly severity: Severity;
  readonly links: readonly Link[];
  /** What its sender says of it by name; missing where that is nothing. */
  readonly labels?: Labels;
  /** The severity of the incident that it opens by rule; missing where no rule says so. */
  readonly declare?: Severity;
  /** `watching`: it counts only once it has lasted until `watchedUntil`. */
  readonly status: 'watching' | 'firing';
  readonly watchedUntil: number | null;
  readonly count: number;
  readonly openedAt: number;
  readonly lastAt: number;
  /** By when somebody has to take it, ms. */
  readonly dueAt: number;
  readonly acknowledged: { readonly by: string; readonly withinMs: number } | null;
  readonly incident: string | null;
  /** The channel where its incident meets; missing until that is known, and where it is private. */
  readonly room?: string;
  /** The run of the last diagnosis that somebody asked for on its card. */
  readonly investigation: string | null;
}

/** The alerts that go on, by id: the state of the stream `system`. */
export type Alerts = Readonly<Record<string, Alert>>;

/** What was told, matched with a service and perhaps a trigger of a runbook. */
export interface FiredAlert
  extends Pick<
    Alert,
    'key' | 'service' | 'runbook' | 'trigger' | 'source' | 'title' | 'summary' | 'component' | 'severity' | 'links' | 'labels' | 'declare'
  > {
  /** How long (ms) it has to last before it counts; 0 at once. */
  readonly lastsMs: number;
  /** Within what time (ms) somebody has to take it. */
  readonly respondMs: number;
}

type AlertEventData = DataOf<typeof ALERT_DATA>;

export type AlertEventType = keyof AlertEventData;
export type AlertEvent = { [T in AlertEventType]: NewRecord<T, AlertEventData[T]> }[AlertEventType];
export type AlertRecord = { [T in AlertEventType]: StoredRecord<T, AlertEventData[T]> }[AlertEventType];

/** What may happen to alerts. `by` is `null` for what Tocsin does itself. */
export type AlertCommand =
  | { readonly type: 'fire'; readonly fired: FiredAlert; readonly closedIncidents: ReadonlySet<string> }
  | { readonly type: 'recover'; readonly key: string; readonly summary: string }
  | { readonly type: 'confirm' | 'dismiss'; readonly alert: string; readonly summary: string }
  | { readonly type: 'overdue'; readonly alert: string }
  | { readonly type: 'attach'; readonly alert: string; readonly incident: string; readonly room?: string | null; readonly by: Person | null }
  /** Its incident `from` was merged into `incident`: the alert belongs to that. */
  | { readonly type: 'follow'; readonly alert: string; readonly from: string; readonly incident: string; readonly room?: string | null }
  | { readonly type: 'investigate'; readonly alert: string; readonly run: string; readonly by: Person }
  | { readonly type: 'acknowledge'; readonly alert: string; readonly by: Person };

/** What happens to the alerts: the events, in order. Pure. `at` is ms of the one clock. @throws UserError */
export function decideAlert(alerts: Alerts, command: AlertCommand, at: number): readonly AlertEvent[] {
  switch (command.type) {
    case 'fire':
      return fire(alerts, command.fired, command.closedIncidents, at);
    case 'recover': {
      const alert = alertOfKey(alerts, command.key);
      return alert === null ? [] : [event('alert.recovered', alert.id, { alert: alert.id, summary: command.summary })];
    }
    case 'confirm':
    case 'dismiss': {
      const alert = own(alerts, command.alert);
      if (alert === undefined || alert.status !== 'watching') return [];
      return [event(command.type === 'confirm' ? 'alert.confirmed' : 'alert.dismissed', alert.id, { alert: alert.id, summary: command.summary })];
    }
    case 'overdue': {
      const alert = own(alerts, command.alert);
      if (alert === undefined || isTaken(alert) || alert.status !== 'firing') return [];
      return [event('alert.overdue', alert.id, { alert: alert.id, late_ms: Math.max(0, at - alert.dueAt) })];
    }
    case 'attach': {
      const alert = command.by === null ? own(alerts, command.alert) : goingOn(alerts, command.alert, command.by);
      if (alert === undefined) return [];
      const { id, incident, room } = alert;
      const attached = event('alert.attached', id, belonging(command), actorOf(command.by));
      if (incident === null) return [attached];
      if (incident === command.incident) return (command.room ?? null) === null || command.room === room ? [] : [attached];
      if (command.by !== null) throw new UserError('alert-attached', `That alert already belongs to ${incident}. Continue there.`);
      return [];
    }
    case 'follow': {
      const alert = own(alerts, command.alert);
      if (alert === undefined || alert.incident !== command.from || command.from === command.incident) return [];
      return [event('alert.attached', alert.id, { ...belonging(command), from: command.from })];
    }
    case 'investigate': {
      const alert = goingOn(alerts, command.alert, command.by);
      return [event('alert.investigated', alert.id, { alert: alert.id, run: command.run }, actorOf(command.by))];
    }
    case 'acknowledge': {
      const alert = goingOn(alerts, command.alert, command.by);
      if (alert.acknowledged !== null) throw new UserError('alert-acknowledged', `<@${alert.acknowledged.by}> has already acknowledged it.`);
      const data = { alert: alert.id, within_ms: Math.max(0, at - alert.openedAt) };
      return [event('alert.acknowledged', alert.id, data, actorOf(command.by))];
    }
    default:
      return assertNever(command);
  }
}

/** The alerts after a record of `system`; records of other types change nothing. */
export function evolveAlerts(alerts: Alerts, stored: StoredRecord): Alerts {
  const record = stored as AlertRecord;
  const at = Date.parse(record.time);
  switch (record.type) {
    case 'alert.opened': {
      const { watched_until, due, ...data } = record.data;
      const watchedUntil = watched_until === null ? null : Date.parse(watched_until);
      const id = alertId(record.seq);
      const status = watchedUntil === null ? 'firing' : 'watching';
      const fresh = { count: 1, openedAt: at, lastAt: at, dueAt: Date.parse(due), acknowledged: null, incident: null, investigation: null } as const;
      return { ...alerts, [id]: { ...data, ...fresh, id, status, watchedUntil } };
    }
    case 'alert.repeated':
      return changed(alerts, record.data.alert, {
        count: record.data.count,
        summary: record.data.summary,
        lastAt: at,
        ...(record.data.labels === undefined ? {} : { labels: record.data.labels }),
      });
    case 'alert.confirmed':
      return changed(alerts, record.data.alert, { status: 'firing', summary: record.data.summary });
    case 'alert.acknowledged':
      return changed(alerts, record.data.alert, { acknowledged: { by: record.actor.id, withinMs: record.data.within_ms } });
    case 'alert.attached':
      return inIncident(alerts, record.data);
    case 'alert.investigated':
      return changed(alerts, record.data.alert, { investigation: record.data.run });
    case 'alert.recovered':
    case 'alert.dismissed': {
      const { [record.data.alert]: _over, ...rest } = alerts;
      return rest;
    }
    default:
      return alerts;
  }
}

/** `ALR-142`. */
export function alertId(seq: number): string {
  return `ALR-${seq}`;
}

/** The alert that goes on under a key, or `null`. */
export function alertOfKey(alerts: Alerts, key: string): Alert | null {
  return Object.values(alerts).find((alert) => alert.key === key) ?? null;
}

/** Whether somebody is on it. */
export function isTaken({ acknowledged, incident }: Alert): boolean {
  return acknowledged !== null || incident !== null;
}

/** A repeat is counted. One that comes after its incident was closed is a new alert: nobody looks at the old one any more. */
function fire(alerts: Alerts, fired: FiredAlert, closed: ReadonlySet<string>, at: number): readonly AlertEvent[] {
  const known = alertOfKey(alerts, fired.key);
  if (known !== null && !(known.incident !== null && closed.has(known.incident)))
    return [event('alert.repeated', known.id, { alert: known.id, count: known.count + 1, summary: fired.summary, ...newLabels(known, fired) })];
  const { lastsMs, respondMs, ...told } = fired;
  const over =
    known === null
      ? []
      : [event('alert.recovered', known.id, { alert: known.id, summary: `${known.incident ?? 'Its incident'} is closed, so this is a new alert.` })];
  const data = { ...told, watched_until: lastsMs === 0 ? null : toIso(at + lastsMs), due: toIso(at + lastsMs + respondMs) };
  return [...over, event('alert.opened', fired.service, data)];
}

/** Labels of a repeat, where they are others than before. */
function newLabels({ labels: before = {} }: Alert, { labels }: FiredAlert): { readonly labels?: Labels } {
  if (labels === undefined) return {};
  const same =
    Object.keys(labels).length === Object.keys(before).length && Object.entries(labels).every(([name, value]) => own(before, name) === value);
  return same ? {} : { labels };
}

function goingOn(alerts: Alerts, id: string, by: Person): Alert {
  const alert = own(alerts, id);
  if (alert === undefined) throw new UserError('alert-over', 'That alert is over: it has recovered. `/incident alerts` lists the active ones.');
  if (!by.trusted)
    throw new UserError('not-trusted', 'Guests, bots and people of other workspaces cannot take alerts. Ask a full member to do it.', {
      refusal: true,
    });
  if (!by.roles.includes('responder'))
    throw new UserError('role-needed', `That is for the responders of ${alert.service}. Ask one of them, or \`/incident declare\`.`, {
      refusal: true,
    });
  return alert;
}

function changed(alerts: Alerts, id: string, change: Partial<Alert>): Alerts {
  const alert = own(alerts, id);
  return alert === undefined ? alerts : { ...alerts, [id]: { ...alert, ...change } };
}

/** Where it belongs, for the record. */
function belonging({ alert, incident, room }: { readonly alert: string; readonly incident: string; readonly room?: string | null }) {
  return { alert, incident, ...(room ? { room } : {}) };
}

/** A room of the incident before is not the room of this one. */
function inIncident(alerts: Alerts, { alert: id, incident, room }: AlertEventData['alert.attached']): Alerts {
  const alert = own(alerts, id);
  if (alert === undefined) return alerts;
  const { room: _before, ...rest } = alert;
  return { ...alerts, [id]: { ...rest, incident, ...(room === undefined ? {} : { room }) } };
}

function event<T extends AlertEventType>(type: T, subject: string, data: AlertEventData[T], actor: Actor = TOCSIN): AlertEvent {
  return { type, v: 1, actor, subject, outcome: 'done', data } as AlertEvent;
}

function actorOf(by: Person | null): Actor {
  return by === null ? TOCSIN : { kind: 'person', id: by.id };
}
