import { safe } from '../blocks/outside.ts';
import { note } from '../blocks/replies.ts';
import { UserError } from '../src/domain/errors.ts';
import { DIAGNOSIS, WATCH } from '../src/engine/run-kinds.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import { typed } from '../src/lib/echo.ts';
import { own } from '../src/lib/own.ts';
import { type Answer, assertResponder, type LookUp, type Request } from './command.ts';
import { knownArguments } from './known-arguments.ts';
import { incidentOfService, placeOf } from './place.ts';
import { askHere } from './plans.ts';

/**
 * Starts a diagnosis. In an incident of its service it is a record of that incident; elsewhere it is shown where it was asked for. What is not given is as
 * the incident knows it: commands/known-arguments.ts.
 */
export async function startDiagnosis(
  request: Request,
  look: LookUp,
  runbook: Runbook,
  given: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const incident = incidentOfService(request, runbook.service);
  const filled = { ...(incident === null ? {} : await knownArguments(incident, look, runbook)), ...given };
  const asked = Object.keys(filled).length === 0 ? {} : { arguments: filled };
  if (incident === null) {
    await assertResponder(look, runbook.service);
    const input = { incident: null, runbook: runbook.id, by: request.person.id, to: placeOf(request), ...asked };
    return { run: DIAGNOSIS.with(input), reply: note(`Diagnosing *${safe(runbook.title)}*; the result follows.`) };
  }
  const ask = { type: 'request-diagnosis', run: request.id, runbook: runbook.id, title: runbook.title, ...asked } as const;
  return askHere(request, incident, ask, `Diagnosing *${safe(runbook.title)}* in *${incident.id}*.`);
}

/** Watches something until it is over, in one message where it was asked for. @throws UserError `nothing-to-watch` */
export async function startWatch(
  request: Request,
  look: LookUp,
  runbook: Runbook,
  name: string,
  given: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const watch = own(runbook.watches, name);
  if (watch === undefined) throw new UserError('nothing-to-watch', `${runbook.id} has no watch called ${typed(name)}.`);
  await assertResponder(look, runbook.service);
  const input = {
    runbook: runbook.id,
    watch: name,
    arguments: given,
    incident: incidentOfService(request, runbook.service)?.id ?? null,
    by: request.person.id,
    to: placeOf(request),
  };
  return { run: WATCH.with(input), reply: note(`Watching: *${safe(watch.title)}*. The message is updated until it is over.`) };
}
