import type { Plan } from '../../src/domain/change/plans.ts';
import { UserError } from '../../src/domain/errors.ts';
import type { Runbook } from '../../src/engine/runbooks/load/runbook.ts';
import { typed } from '../../src/lib/echo.ts';
import { own } from '../../src/lib/own.ts';
import type { Answer, LookUp, Request } from '../command.ts';
import { isElsewhere } from '../place.ts';
import { type FoundPlan, revertPlan } from '../plans.ts';
import { runRemedy } from '../remedies.ts';

/** The remedy that takes a schedule away, and the one that sets one. */
export const OFF = 'schedule-off';
const ON = 'schedule-on';

interface Asked {
  readonly runbook: Runbook;
  readonly given: Readonly<Record<string, string>>;
  readonly reason: string;
}

/**
 * Brings a schedule back (VQ-08): the one that is named, else the old one, by reverting the change that took it away and kept it.
 * @throws UserError `no-schedule-kept`
 */
export async function scheduleOn(request: Request, look: LookUp, { runbook, given, reason }: Asked): Promise<Answer> {
  const outside = isElsewhere(request, runbook.service);
  if (given.schedule !== undefined) return runRemedy(request, look, { runbook, name: ON, arguments: given, reason, where: null, outside });
  const source = given.source ?? own(runbook.remedies, OFF)?.arguments.source?.default ?? '';
  const kept = await keptIn(request, look, runbook, source);
  if (kept !== null) return revertPlan(request, look, kept, reason);
  throw new UserError(
    'no-schedule-kept',
    `No open incident that you can see has taken the schedule of ${typed(source)} away, so none is kept. Say which: \`/sync schedule on schedule="cron(0 3 * * ? *)" reason\`.`,
  );
}

/** The newest change that took the schedule of this source away and stands: in the incident, or in any that is not closed. */
async function keptIn(request: Request, look: LookUp, runbook: Runbook, source: string): Promise<FoundPlan | null> {
  const here = isElsewhere(request, runbook.service) ? null : request.incident;
  const incidents = here === null ? await look.unclosedIncidents() : [here];
  const found: FoundPlan[] = [];
  for (const incident of incidents.filter(({ service }) => service === runbook.service)) {
    const plans = Object.values(incident.plans).filter(({ remedy, status }) => remedy === OFF && status === 'applied');
    for (const plan of plans) if ((await sourceOf(look, incident.id, plan)) === source) found.push({ incident, plan });
  }
  return found.toSorted((one, other) => other.plan.madeAt - one.plan.madeAt)[0] ?? null;
}

async function sourceOf(look: LookUp, incident: string, { run }: Plan): Promise<string | undefined> {
  const asked = (await look.records(incident)).find(({ type, data }) => type === 'remedy.requested' && 'run' in data && data.run === run);
  return asked?.type === 'remedy.requested' ? asked.data.arguments.source : undefined;
}
