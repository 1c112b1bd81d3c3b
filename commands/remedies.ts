import { safe } from '../blocks/outside.ts';
import { note } from '../blocks/replies.ts';
import { type RemedyShown, type RunbookShown, runModal, severityFor } from '../blocks/runbooks.ts';
import { UserError } from '../src/domain/errors.ts';
import type { PersonCommand } from '../src/domain/incident/commands.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import type { Remedy } from '../src/engine/runbooks/load/schema.ts';
import { neededRoles, remedyOf } from '../src/engine/runbooks/remedy/planning.ts';
import { assertPossible, checkedArguments, missingArguments, requestOf } from '../src/engine/runbooks/remedy/request.ts';
import { typed } from '../src/lib/echo.ts';
import { own } from '../src/lib/own.ts';
import { type Answer, askOf, assertResponder, type LookUp, type Request, type Service } from './command.ts';
import { sayDeclared } from './incident/declare.ts';

/** How many open incidents of the service a form offers: the newest, and no more than Slack shows. */
const OFFERED = 90;

/** What somebody wants to be done, as far as they said it. */
export interface Wanted {
  readonly runbook: Runbook;
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly reason: string;
  /** The incident that was chosen in a form: an id, or `new`; `null` when nobody was asked. */
  readonly where: string | null;
  /** It was asked for in the room of another service's incident: that is not the one that it belongs to. */
  readonly outside?: boolean;
  /** The run of the diagnosis whose button was pressed, outside of an incident. */
  readonly diagnosis?: string | null;
}

/**
 * Asks for a remedy: at once when everything was said, otherwise by a form with what was given. Without an incident it declares one, in
 * the same transaction; open ones of the service are offered first.
 * @throws UserError when it is not possible, before anybody fills in a form
 */
export async function runRemedy(request: Request, look: LookUp, wanted: Wanted): Promise<Answer> {
  const { runbook, name, reason, outside = false } = wanted;
  assertOfDrill(request.incident, runbook);
  const remedy = remedyOf(runbook, name);
  const values = checkedArguments(remedy, wanted.arguments);
  const incident = await incidentOf(outside ? { ...request, incident: null } : request, look, wanted.where);
  if (incident !== null) assertPossible(runbook, name, incident);
  const candidates = incident === null && wanted.where === null ? await openOf(runbook.service, look) : [];
  const complete = reason.trim() !== '' && missingArguments(remedy, values).length === 0 && candidates.length === 0;
  if (!complete) {
    if (incident === null) await assertResponder(look, runbook.service);
    const filled = await filledIn(look, wanted, incident);
    const draft = { reason, arguments: { ...filled, ...values }, incidents: candidates, outside };
    return { modal: runModal(shownRunbook(runbook), shownRemedy(name, remedy, runbook), incident, draft) };
  }
  const ask = requestOf({ run: request.id, runbook, name, given: values, reason }, incident);
  if (incident === null) return declaring(serviceNamed(runbook.service, look), runbook, remedy, ask);
  // Making the plan takes a moment, in which the room shows nothing.
  const reply = note(`Asked for *${safe(remedy.title)}* in *${incident.id}*. Its plan appears there in a moment.`);
  return { asks: [askOf(incident.id, ask)], reply };
}

/** In the channel of a drill nobody asks for something real by mistake. @throws UserError `is-drill` */
function assertOfDrill(incident: Incident | null, { service }: Runbook): void {
  if (incident?.drill === undefined || incident.service === service) return;
  throw new UserError(
    'is-drill',
    `This is a drill of ${incident.service}, and that remedy is for ${service}. If it is meant for real, ask for it outside of this channel.`,
    { refusal: true },
  );
}

/** What a diagnosis found that the remedy asks for: the incident's newest, or the one whose button was pressed. It stands in the form, and people decide. */
async function filledIn(
  look: LookUp,
  { runbook, name, diagnosis = null }: Wanted,
  incident: Incident | null,
): Promise<Readonly<Record<string, string>>> {
  const fills = incident !== null ? own(incident.diagnoses, runbook.id)?.fills : diagnosis === null ? {} : await look.fills(diagnosis, runbook.id);
  return own(fills ?? {}, name) ?? {};
}

async function incidentOf(request: Request, look: LookUp, where: string | null): Promise<Incident | null> {
  if (where === 'new') return null;
  if (where === null) return request.incident;
  const incident = await look.incident(where);
  if (incident === null) throw new UserError('no-incident', `There is no incident ${typed(where)}. \`/incident list\` shows the open ones.`);
  return incident;
}

function openOf(service: string, look: LookUp): Promise<readonly Incident[]> {
  return look.openIncidents(OFFERED, service);
}

function declaring(service: Service, runbook: Runbook, remedy: Remedy, ask: PersonCommand): Answer {
  const declare: PersonCommand = {
    type: 'declare',
    title: runbook.title,
    service: service.id,
    serviceName: service.name,
    severity: severityFor(runbook, remedy),
    statusPage: service.statusPage,
    policy: service.policy,
  };
  return {
    asks: [
      { target: { kind: 'new' }, ask: declare },
      { target: { kind: 'declared' }, ask },
    ],
    reply: ([change]) => (change === undefined ? null : sayDeclared(service, change.incident)),
  };
}

/** A service by its id. @throws UserError `unknown-service` */
function serviceNamed(id: string, look: LookUp): Service {
  const service = look.services.find((one) => one.id === id);
  if (service !== undefined) return service;
  throw new UserError('unknown-service', `There is no service ${id} in tocsin.yml, so its runbooks cannot be run. Ask whoever runs Tocsin.`);
}

/** A runbook as the blocks show it. */
export function shownRunbook(runbook: Runbook): RunbookShown {
  return {
    id: runbook.id,
    title: runbook.title,
    service: runbook.service,
    severity: runbook.severity,
    source: runbook.source ?? null,
    symptoms: runbook.symptoms,
    steps: Object.entries(runbook.diagnose).map(([name, { title, uses }]) => ({ title: title ?? name.replaceAll('_', ' '), uses })),
    findings: runbook.findings,
    remedies: Object.entries(runbook.remedies).map(([name, remedy]) => shownRemedy(name, remedy, runbook)),
  };
}

export function shownRemedy(name: string, remedy: Remedy, { proposing }: Pick<Runbook, 'proposing'>): RemedyShown {
  return {
    name,
    title: remedy.title,
    about: remedy.about ?? null,
    risk: remedy.risk,
    lastResort: remedy.last_resort,
    stake: remedy.stake ?? null,
    when: remedy.when ?? null,
    arguments: Object.entries(remedy.arguments).map(([key, { about, pattern, default: byDefault }]) => ({
      name: key,
      about,
      pattern: pattern ?? null,
      default: byDefault ?? null,
    })),
    needs: neededRoles(remedy),
    revertAfterMs: remedy.revert?.after ?? null,
    proposes: proposing.has(name),
  };
}
