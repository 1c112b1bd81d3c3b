import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Link } from '../domain/records/data/alerts.ts';
import type { Severity } from '../domain/severity.ts';
import { boundLabels, type LabelledSignal } from '../engine/alerts/signal.ts';
import { clamp } from '../lib/clamp.ts';
import { plural } from '../lib/plural.ts';
import { guardTripSignal, parseGuardTrip, saysGuardTrip } from './guard-trip.ts';
import { type Read, sayIssue } from './labelled.ts';
import { severityOf } from './severities.ts';

/** More alerts than this in one body are no group of Alertmanager's. */
const MAX_ALERTS = 5_000;

const texts = z.record(z.string(), z.string()).nullish();
const time = z.iso.datetime({ offset: true });
const address = z.string().nullish();

/** The webhook of Alertmanager, version 4 (prometheus.io/docs/alerting: webhook_config), and what Grafana's contact point adds to it. */
const bodySchema = z.object({
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().nullish(),
  truncatedAlerts: z.number().int().min(0).default(0),
  externalURL: address,
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: texts,
        annotations: texts,
        startsAt: time.nullish(),
        endsAt: time.nullish(),
        generatorURL: address,
        fingerprint: z.string().max(200).nullish(),
        dashboardURL: address,
        panelURL: address,
        silenceURL: address,
      }),
    )
    .max(MAX_ALERTS),
});
type Body = z.infer<typeof bodySchema>;
type OneAlert = Body['alerts'][number];

export interface AlertmanagerTerms {
  readonly otherwise: string | null;
  readonly severities: Readonly<Record<string, Severity>>;
  /** Services that the label `service` may name. */
  readonly services: readonly string[];
}

/** What a body of Alertmanager says: each of its alerts by itself. A guard trip among them is the same thing as one that comes another way (PF-01). Pure. */
export function readAlertmanager(body: unknown, terms: AlertmanagerTerms): Read {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: sayIssue(parsed.error) };
  const { alerts, truncatedAlerts, externalURL } = parsed.data;
  const more = truncatedAlerts === 0 ? [] : [`Alertmanager left out ${plural(truncatedAlerts, 'more alert')} of this group.`];
  return { ok: true, signals: alerts.map((alert) => signalOf(alert, externalURL, more, terms)) };
}

function signalOf(alert: OneAlert, externalURL: Body['externalURL'], more: readonly string[], terms: AlertmanagerTerms): LabelledSignal {
  const labels = alert.labels ?? {};
  const annotations = alert.annotations ?? {};
  const state = alert.status;
  const at = momentOf(state === 'firing' ? alert.startsAt : alert.endsAt);
  const links = linksOf(alert, annotations, externalURL);
  const said = [annotations.summary, annotations.description, annotations.message].filter((text) => text !== undefined && text !== '');
  const trip = saysGuardTrip(labels) ? parseGuardTrip({ ...labels, event: undefined, reason: labels.reason ?? annotations.summary }) : null;
  if (trip?.ok === true) {
    const signal = guardTripSignal({ ...trip.trip, at, metadata: labels }, { from: 'alertmanager', otherwise: terms.otherwise });
    return {
      ...signal,
      state,
      links,
      service: serviceOf(labels, terms),
      severity: severityOf(labels.severity, terms.severities),
      summary: clamp([signal.summary, ...more].join(' '), 1_500),
    };
  }
  const broken = trip === null ? [] : [`Its labels look like a guard trip and are none: ${trip.problem}.`];
  const name = labels.alertname ?? 'Alert of Alertmanager';
  return {
    source: 'alertmanager',
    from: 'alertmanager',
    key: `alertmanager:${alert.fingerprint || fingerprintOf(labels)}`,
    state,
    title: clamp(labels.instance === undefined ? name : `${name} on ${labels.instance}`, 150),
    summary: clamp([...(said.length === 0 ? [`${name} is ${state}.`] : said), ...broken, ...more].join('\n'), 1_500),
    severity: severityOf(labels.severity, terms.severities),
    service: serviceOf(labels, terms),
    otherwise: terms.otherwise,
    labels: boundLabels(labels),
    at,
    links,
  };
}

function serviceOf({ service }: Readonly<Record<string, string>>, { services }: AlertmanagerTerms): string | null {
  return service !== undefined && services.includes(service) ? service : null;
}

/** By its labels, whatever their order; Alertmanager's own fingerprint is made of them too. */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

/** `0001-01-01T00:00:00Z` is how Go writes no time. */
function momentOf(text: string | null | undefined): number | null {
  const at = text == null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? null : at;
}

function linksOf(
  { generatorURL, dashboardURL, panelURL, silenceURL }: OneAlert,
  annotations: Readonly<Record<string, string>>,
  externalURL: Body['externalURL'],
): Link[] {
  const candidates: readonly (readonly [string, string | null | undefined])[] = [
    ['Runbook', annotations.runbook_url],
    ['Dashboard', dashboardURL],
    ['Panel', panelURL],
    ['Source', generatorURL],
    ['Silence', silenceURL],
    ['Alertmanager', externalURL],
  ];
  return webLinks(candidates);
}

/** Those that are addresses of the web, as people may click. */
export function webLinks(candidates: readonly (readonly [string, string | null | undefined])[]): Link[] {
  return candidates.flatMap(([title, url]) =>
    typeof url === 'string' && url.length <= 2_000 && /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? [{ title, url }] : [],
  );
}
