import { largest } from '../../lib/numbers.ts';
import { plural } from '../../lib/plural.ts';
import type { Incident } from '../incident/incident.ts';
import type { IncidentPolicy } from '../policy.ts';
import { type Notice, type NoticeFields, SERVICE_STATES, type ServiceState } from '../records/data/notices.ts';

/** The terms of a service that says nothing of notices: people send them by hand. */
const UNSAID = { subject: 'Service Disruption Notice', every_ms: 30 * 60_000, approval: true, places: [] } as const;

type Terms = NonNullable<IncidentPolicy['notices']>;

/** On what terms customers hear of an incident. */
export function termsOf({ policy, serviceName }: Pick<Incident, 'policy' | 'serviceName'>): Omit<Terms, 'first_ms'> {
  return policy.notices ?? { ...UNSAID, name: serviceName };
}

/** What the form of the next notice begins with: what customers read last, or what the record says of the impact. A person edits it before anybody reads it. */
export function draftNotice(incident: Incident, over: boolean): NoticeFields {
  const { name, subject } = termsOf(incident);
  const last = incident.notices?.last ?? null;
  return {
    subject: last?.subject ?? `${subject} - ${name}`,
    facts: over ? `The issues with ${name} are resolved.` : (last?.facts ?? `We are currently experiencing issues with ${name}.`),
    impact: last?.impact ?? incident.impact ?? '',
    doing: over ? 'The service works again' : (last?.doing ?? 'We are actively working on resolution'),
    eta: over ? '' : (last?.eta ?? incident.eta ?? ''),
  };
}

/** The notice as customers read it (SK-71). Pure: the same words, the same text. */
export function noticeText(
  { facts, impact, doing, eta }: NoticeFields,
  status: Notice['status'],
  { every_ms: every, contact }: Pick<Terms, 'every_ms' | 'contact'>,
): string {
  const lines = impact.split('\n').map((line) => line.trim().replace(/^[•*-]\s*/, ''));
  const affected = lines.filter((line) => line !== '').map((line) => `- ${line}`);
  const next = status === 'resolved' ? 'This is our last update on this issue.' : `We will provide updates every ${sayEvery(every)}.`;
  return [
    facts,
    ...(affected.length === 0 ? [] : [['Impact:', ...affected].join('\n')]),
    [`Status: ${doing}`, ...(eta === '' ? [] : [`ETA: ${eta}`])].join('\n'),
    next,
    ...(contact === undefined ? [] : [`For urgent issues, please contact: ${contact}`]),
  ].join('\n\n');
}

/** How well the service works, by the severity of what is wrong with it. */
export function stateOf({ severity }: Pick<Incident, 'severity'>, status: Notice['status']): ServiceState {
  if (status === 'resolved') return 'operational';
  if (severity === 'P0') return 'major_outage';
  return severity === 'P1' ? 'partial_outage' : 'degraded_performance';
}

/** How a service works that several incidents are about; of none, it works. */
export function gravestOf(states: readonly ServiceState[]): ServiceState {
  return SERVICE_STATES[Math.max(0, largest(states.map((state) => SERVICE_STATES.indexOf(state))))] ?? 'operational';
}

function sayEvery(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const [count, unit] = minutes % 60 === 0 ? ([minutes / 60, 'hour'] as const) : ([minutes, 'minute'] as const);
  return count === 1 ? unit : plural(count, unit);
}
