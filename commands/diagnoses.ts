import { safe } from '../blocks/outside.ts';
import { note } from '../blocks/replies.ts';

import { UserError } from '../src/domain/errors.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import { own } from '../src/lib/own.ts';
import { type Answer, assertResponder, type LookUp, type Request } from './command.ts';
import { placeOf } from './place.ts';
import { askHere } from './plans.ts';
import { typed } from './words.ts';

/** Starts a diagnosis. In an incident of its service it is a record of that incident; elsewhere it is shown where it was asked for. */
export async function startDiagnosis(
  request: Request,
  look: LookUp,
  runbook: Runbook,
  given: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { incident } = request;
  const asked = Object.keys(given).length === 0 ? {} : { arguments: given };
  if (incident === null) {
    await assertResponder(look, runbook.service);
    const input = { incident: null, runbook: runbook.id, by: request.person.id, to: placeOf(request), ...asked };
    return { run: { kind: 'diagnosis', input }, reply: note(`Diagnosing *${safe(runbook.title)}*; the result follows.`) };
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
    incident: request.incident?.id ?? null,
    by: request.person.id,
    to: placeOf(request),
  };
  return { run: { kind: 'watch', input }, reply: note(`Watching: *${safe(watch.title)}*. The message is updated until it is over.`) };
}
