import type { Run } from '../../ports/runs.ts';
import { belongingRun } from './belonging.ts';
import { carryRun } from './carrying.ts';
import { scheduleRun } from './scheduling.ts';
import { type WatchingDeps, watchAlertRun } from './watching.ts';

/** The durable runs of alerts: from the first message to its recovery, and looks at regular times. */
export function alertRuns(deps: WatchingDeps): readonly Run[] {
  const { runbooks, alerts } = deps;
  return [watchAlertRun(deps), scheduleRun(deps), carryRun(runbooks), belongingRun({ incidents: runbooks.incidents, alerts })];
}
