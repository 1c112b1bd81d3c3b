import { sayDuration } from '../../lib/time.ts';
import { type Condition, LEVEL_OF, LEVELS, type Level, MARKS, sayConditions } from '../conditions.ts';
import type { Actor } from '../record.ts';
import { isGraver, type Severity } from '../severity.ts';
import type { Person, PersonCommand } from './commands.ts';
import { event, optional, person } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import { type Incident, isOpen } from './incident.ts';

/** What of an incident its conditions are read from. */
type Conditioned = Pick<Incident, 'customerImpact' | 'dataExposure' | 'marks'>;
type Recorded = Exclude<Condition, 'unresolved'>;

/**
 * Customer impact raises the severity where the service says so (VQ-07); its end never lowers it. To P0, where emergency changes become
 * possible, only by somebody who may raise it. A condition that is new escalates to its level at once (SK-60).
 */
export function changeImpact(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'change-impact' }>): readonly IncidentEvent[] {
  const customerImpact = ask.customerImpact ?? state.customerImpact;
  const dataExposure = ask.dataExposure ?? state.dataExposure;
  const marks = MARKS.filter((mark) => ask.marks?.[mark] ?? state.marks?.includes(mark) ?? false);
  const changed = event(person(by), state.id, 'impact.changed', {
    impact: ask.impact === undefined ? state.impact : optional(ask.impact),
    customer_impact: customerImpact,
    data_exposure: dataExposure,
    ...(marks.length === 0 && state.marks === undefined ? {} : { marks }),
  });
  if (!isOpen(state)) return [changed];
  return [changed, ...raise(state, by, customerImpact), ...callLevels(state, newIn(state, { customerImpact, dataExposure, marks }), person(by))];
}

function raise(state: Incident, by: Person, customerImpact: boolean): readonly IncidentEvent[] {
  const severity = customerImpact ? raised(state.severity, state.policy.customer_impact_severity) : state.severity;
  const mayRaise = severity !== 'P0' || by.roles.includes('responder');
  if (severity === state.severity || !mayRaise) return [];
  const actor: Actor = { kind: 'tocsin', id: 'policy' };
  return [event(actor, state.id, 'severity.changed', { from: state.severity, to: severity, reason: 'Customers are affected.' })];
}

function newIn(before: Conditioned, after: Conditioned): readonly Recorded[] {
  const had = conditionsOf(before);
  return conditionsOf(after).filter((one) => !had.includes(one));
}

export function conditionsOf({ customerImpact, dataExposure, marks = [] }: Conditioned): readonly Recorded[] {
  return [...marks, ...(dataExposure ? (['data'] as const) : []), ...(customerImpact ? (['customers'] as const) : [])];
}

/** What an incident is as far as its levels are concerned; one that is being declared has no id yet. */
type Levelled = Pick<Incident, 'id' | 'policy' | 'escalation'>;

/** Everybody of a level is called once for all of its conditions; a level that names nobody calls nobody. */
export function callLevels(state: Levelled, conditions: readonly Recorded[], actor: Actor): readonly IncidentEvent[] {
  return LEVELS.flatMap((level) => {
    const fresh = conditions.filter((one) => LEVEL_OF[one] === level);
    return fresh.length === 0 ? [] : callLevel(state, level, fresh, sayConditions(fresh), actor);
  });
}

/** It is not resolved in the time that the service gives. */
export function callUnresolved(state: Incident, actor: Actor): readonly IncidentEvent[] {
  const reason = `Not resolved within ${sayDuration(state.policy.levels?.unresolved_ms ?? 0)}.`;
  return callLevel(state, LEVEL_OF.unresolved, ['unresolved'], reason, actor);
}

function callLevel(state: Levelled, level: Level, conditions: readonly Condition[], reason: string, actor: Actor): readonly IncidentEvent[] {
  const [who, ...also] = state.policy.levels?.[level] ?? [];
  if (who === undefined) return [];
  const { level: step } = state.escalation;
  const more = also.length === 0 ? {} : { also };
  return [
    event(actor, state.id, 'incident.escalated', { level: step, who, ...more, reason, cause: 'condition', last: false, to: level, conditions }),
  ];
}

export function raised(severity: Severity, atLeast: Severity | null): Severity {
  return atLeast !== null && isGraver(atLeast, severity) ? atLeast : severity;
}
