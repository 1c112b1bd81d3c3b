import { severityNeeded } from '../../../domain/change/plans.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { Json } from '../../../domain/record.ts';
import type { Arguments } from '../load/needs.ts';
import { incidentValues, type Runbook } from '../load/runbook.ts';
import type { Remedy } from '../load/schema.ts';
import { diagnosisValues, type Finding, type Results } from './judging.ts';

/** Who reads a diagnosis at night chooses among few. */
const MOST = 3;

/** A runbook's remedies after a diagnosis. */
export interface Offered {
  /** Best first, at most three. */
  readonly suggested: readonly string[];
  /** What else may be asked for. */
  readonly others: readonly string[];
}

/**
 * What is offered after a diagnosis. Suggested remedies stand in the order of the findings, those of one finding in the order in which it names
 * them; what is for emergencies and last resorts comes after all others. A remedy that cannot work by what was found is not offered; one that
 * this incident does not allow, or what is in force, is not suggested.
 */
export function offeredBy(
  runbook: Runbook,
  findings: readonly Finding[],
  results: Results,
  given: Arguments,
  incident: Incident | null,
  inForce: readonly string[] = [],
): Offered {
  const values = diagnosisValues(runbook, results, given);
  const possible = Object.keys(runbook.remedies).filter((name) => isPossible(runbook, runbook.remedies[name], values));
  const named = new Set(findings.flatMap(({ suggests }) => suggests));
  const suggested = [...named]
    .filter((name) => possible.includes(name) && !inForce.includes(name) && isAllowed(runbook, runbook.remedies[name], incident))
    .map((name) => ({ name, last: lastness(runbook.remedies[name]) }))
    .sort((one, other) => one.last - other.last)
    .slice(0, MOST)
    .map(({ name }) => name);
  return { suggested, others: possible.filter((name) => !suggested.includes(name)) };
}

/** What could not be read takes no remedy away: its plan looks again. */
function isPossible(runbook: Runbook, remedy: Remedy | undefined, values: Readonly<Record<string, Json>>): boolean {
  if (remedy?.possible === undefined) return true;
  try {
    return runbook.overDiagnosis.evaluate(remedy.possible, values) !== false;
  } catch {
    return true;
  }
}

/** Outside of an incident it is judged by the severity that this runbook's incidents have. */
function isAllowed(runbook: Runbook, remedy: Remedy | undefined, incident: Incident | null): boolean {
  if (remedy === undefined) return false;
  if (severityNeeded(remedy.risk, incident?.severity ?? runbook.severity) !== null) return false;
  if (remedy.when === undefined || incident === null) return true;
  return runbook.overIncident.evaluate(remedy.when, { incident: incidentValues(incident) }) === true;
}

function lastness(remedy: Remedy | undefined): number {
  if (remedy?.last_resort === true) return 2;
  return remedy?.risk === 'emergency' ? 1 : 0;
}
