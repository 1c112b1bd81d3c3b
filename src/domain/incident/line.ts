import { LEVELS } from '../conditions.ts';
import { isIncidentType } from '../incident-type.ts';
import type { IncidentPolicy, Who } from '../policy.ts';
import type { EventData } from './events.ts';
import type { Incident } from './incident.ts';

/** One step of the line: everybody in it is called at once. */
export interface LineStep {
  /** What the step of a type's line is called. */
  readonly name?: string;
  readonly who: readonly Who[];
  readonly after_ms: number | null;
  /** PagerDuty pages its on-call in this step as well. */
  readonly pagerduty?: true;
}

/** What says who is in line. */
export type InLine = Pick<Incident, 'policy' | 'type'>;

function contactsOf({ policy, type }: InLine) {
  return isIncidentType(type) ? policy.by_type?.[type] : undefined;
}

/** Whether the type of the incident has its own line. */
export function hasOwnLine(incident: InLine): boolean {
  return contactsOf(incident) !== undefined;
}

/** Who is called first: the primary contacts of the incident's type where the service has some, else the responders. */
export function respondersOf(incident: InLine): readonly Who[] {
  return contactsOf(incident)?.primary ?? incident.policy.responders;
}

/** The line that is climbed: primary, secondary and executive of the incident's type, else the service's own. */
export function lineOf(incident: InLine): readonly LineStep[] {
  const contacts = contactsOf(incident);
  if (contacts === undefined) return incident.policy.escalation.map(({ who, ...step }) => ({ who: [who], ...step }));
  const { primary, secondary, executive, after_ms } = contacts;
  const steps = [
    { name: 'Primary', who: primary },
    { name: 'Secondary', who: secondary },
    { name: 'Executive', who: executive },
  ];
  return steps.filter(({ who }) => who.length > 0).map((step, i) => ({ ...step, after_ms: i === 0 ? null : after_ms }));
}

/** Whom an escalation calls. */
export function calledBy({ who, also = [] }: Pick<EventData['incident.escalated'], 'who' | 'also'>): readonly Who[] {
  return [who, ...also];
}

/** Everybody whom a policy names: for their names, and for the groups that texts may show. */
export function namedIn({ responders, escalation, by_type: byType = {}, levels }: IncidentPolicy): readonly Who[] {
  const contacts = Object.values(byType).flatMap(({ primary, secondary, executive }) => [...primary, ...secondary, ...executive]);
  return [...responders, ...escalation.map(({ who }) => who), ...contacts, ...LEVELS.flatMap((level) => levels?.[level] ?? [])];
}

/** The rotas that a policy names. */
export function rotasIn(policy: IncidentPolicy): readonly string[] {
  return [...new Set(namedIn(policy).flatMap((who) => ('rota' in who ? [who.rota] : [])))];
}
