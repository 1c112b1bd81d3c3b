import type { Incident } from '../../../domain/incident/incident.ts';
import type { Arguments } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import { type Fills, fillsOf } from './filling.ts';
import { type Judgement, judge, type Results } from './judging.ts';
import { remediesInForce, type Standing, standingFindings } from './standing.ts';
import { type Offered, offeredBy } from './suggesting.ts';

/** What follows from a diagnosis. */
interface Drawn extends Judgement {
  readonly offered: Offered;
  readonly fills: Fills;
  /** What earlier diagnoses of the incident have said that has to be granted. */
  readonly said: readonly string[];
}

/** The same with the time at which it was drawn, ms. */
export interface Concluded extends Drawn {
  readonly at: number;
}

/** What the results say, after what is in force; what is offered after them, and what fills the forms. */
export function conclude(runbook: Runbook, results: Results, given: Arguments, incident: Incident | null, standing: Standing): Drawn {
  const judged = judge(runbook, results, given);
  const judgement = { ...judged, findings: [...standingFindings(standing, incident?.id ?? null), ...judged.findings] };
  const said = Object.values(incident?.diagnoses ?? {}).flatMap(({ needs = [] }) => needs);
  const offered = offeredBy(runbook, judgement.findings, results, given, incident, remediesInForce(standing, runbook));
  return { ...judgement, said, offered, fills: fillsOf(runbook, results, given) };
}
