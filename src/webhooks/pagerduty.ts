import { z } from 'zod';
import { readPageKey } from '../domain/incident/pagerduty.ts';
import type { PagerDutyAnswer } from '../domain/records/data/pagerduty.ts';
import type { Severity } from '../domain/severity.ts';
import { boundLabels, type LabelledSignal } from '../engine/alerts/signal.ts';
import { clamp } from '../lib/clamp.ts';
import { webLinks } from './alertmanager.ts';
import { type Read, sayIssue } from './labelled.ts';
import { severityOf } from './severities.ts';

const named = z.object({ id: z.string().nullish(), type: z.string().nullish(), summary: z.string().nullish() }).nullish();

/** A webhook of PagerDuty, version 3 (developer.pagerduty.com/docs/webhooks-overview), as far as it is read. */
const bodySchema = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().min(1).max(100),
    occurred_at: z.iso.datetime({ offset: true }),
    agent: named,
    data: z.unknown(),
  }),
});

const incidentSchema = z.object({
  id: z.string().min(1).max(100),
  html_url: z.string().nullish(),
  /** The dedup_key of what triggered it. */
  incident_key: z.string().nullish(),
  number: z.number().nullish(),
  status: z.string().nullish(),
  title: z.string().nullish(),
  urgency: z.string().nullish(),
  priority: named,
  service: named,
  escalation_policy: named,
});
type TheirIncident = z.infer<typeof incidentSchema>;

/** What happened to an incident, in the words of the card. What else there is (notes, responders, status updates) tells nothing of whether it goes on. */
const HAPPENED: Readonly<Record<string, string>> = {
  'incident.triggered': 'Triggered',
  'incident.acknowledged': 'Acknowledged',
  'incident.unacknowledged': 'No longer acknowledged',
  'incident.escalated': 'Escalated',
  'incident.delegated': 'Delegated',
  'incident.reassigned': 'Reassigned',
  'incident.priority_updated': 'Priority changed',
  'incident.reopened': 'Reopened',
  'incident.resolved': 'Resolved',
};

/** What a person did with a page of Tocsin's. */
const ANSWERS: Readonly<Record<string, PagerDutyAnswer>> = {
  'incident.acknowledged': 'acknowledged',
  'incident.unacknowledged': 'unacknowledged',
  'incident.resolved': 'resolved',
};

export interface PagerDutyTerms {
  readonly otherwise: string | null;
  readonly severities: Readonly<Record<string, Severity>>;
}

/** What a webhook of PagerDuty says: one of their incidents is one alert, from when it is triggered until it is resolved. Pure. */
export function readPagerDuty(body: unknown, { otherwise, severities }: PagerDutyTerms): Read {
  const envelope = bodySchema.safeParse(body);
  if (!envelope.success) return { ok: false, problem: sayIssue(envelope.error) };
  const { id, event_type: type, occurred_at: occurred, agent, data } = envelope.data.event;
  const happened = Object.hasOwn(HAPPENED, type) ? HAPPENED[type] : undefined;
  if (happened === undefined) return { ok: true, signals: [], id };
  const parsed = incidentSchema.safeParse(data);
  if (!parsed.success) return { ok: false, problem: sayIssue(parsed.error) };
  const incident = parsed.data;
  const who = agent?.summary == null ? '' : ` by ${agent.summary}`;
  const signal: LabelledSignal = {
    source: 'pagerduty',
    from: 'pagerduty',
    key: `pagerduty:${incident.id}`,
    // A resolved one may change its priority: it stays resolved.
    state: type === 'incident.resolved' || incident.status === 'resolved' ? 'resolved' : 'firing',
    title: clamp(incident.title || `Incident ${incident.id} of PagerDuty`, 150),
    summary: clamp(`${happened} in PagerDuty${who}.${incident.service?.summary == null ? '' : ` Service: ${incident.service.summary}.`}`, 500),
    severity: severityOf(incident.priority?.summary, severities) ?? ownWord(incident.urgency, severities),
    service: null,
    otherwise,
    labels: labelsOf(incident),
    at: Date.parse(occurred),
    links: webLinks([[`Incident ${incident.number ?? incident.id} in PagerDuty`, incident.html_url]]),
    ...answersOf(incident, type, agent),
  };
  return { ok: true, signals: [signal], id };
}

function labelsOf({ id, status, urgency, priority, service, escalation_policy: policy }: TheirIncident) {
  return boundLabels({
    incident: id,
    status,
    urgency,
    priority: priority?.summary,
    service: service?.summary,
    service_id: service?.id,
    escalation_policy: policy?.summary,
  });
}

/** What people do counts; what Tocsin's own events did comes back as the deed of an integration. */
function answersOf({ incident_key: key }: TheirIncident, type: string, agent: z.output<typeof named>): Pick<LabelledSignal, 'answers'> {
  const page = key == null ? undefined : readPageKey(key);
  if (page === undefined) return {};
  const by = agent?.type === 'user_reference' ? (agent.summary ?? agent.id ?? null) : null;
  const what = by !== null && Object.hasOwn(ANSWERS, type) ? (ANSWERS[type] ?? null) : null;
  return { answers: { ...page, what, by: clamp(by ?? '', 100) } };
}

/** Nearly every incident there has a high urgency, so it says something only where the setting says what. */
function ownWord(word: string | null | undefined, severities: Readonly<Record<string, Severity>>): Severity | null {
  return Object.entries(severities).find(([name]) => name.toLowerCase() === word?.toLowerCase())?.[1] ?? null;
}
