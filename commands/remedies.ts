import { safe } from '../blocks/outside.ts';
import { titleOf } from '../blocks/plan-words.ts';
import { declared, note } from '../blocks/replies.ts';
import { type RemedyShown, type RunbookShown, runModal, severityFor } from '../blocks/runbooks.ts';
import { severityNeeded } from '../src/domain/change/plans.ts';
import { UserError } from '../src/domain/errors.ts';
import type { PersonCommand } from '../src/domain/incident/commands.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { searches } from '../src/engine/runbooks/load/expressions.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import type { Remedy } from '../src/engine/runbooks/load/schema.ts';
import { assertNoPlaceholder } from '../src/engine/runbooks/load/values.ts';
import { assertMay, neededRoles, remedyOf } from '../src/engine/runbooks/remedy/planning.ts';
import { own } from '../src/lib/own.ts';
import { nearest } from '../src/lib/suggest.ts';
import type { Answer, LookUp, Request, Service } from './command.ts';
import { typed } from './words.ts';

const MAX_VALUE = 200;

/** What somebody wants to be done, as far as they said it. */
export interface Wanted {
  readonly runbook: Runbook;
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly reason: string;
  /** The incident that was chosen in a form: an id, or `new`; `null` when nobody was asked. */
  readonly where: string | null;
}

/**
 * Asks for a remedy: at once when everything was said, otherwise by a form with what was given. Without an incident it declares one, in
 * the same transaction; open ones of the service are offered first.
 * @throws UserError when it is not possible, before anybody fills in a form
 */
export async function runRemedy(request: Request, look: LookUp, wanted: Wanted): Promise<Answer> {
  const { runbook, name, reason } = wanted;
  const remedy = remedyOf(runbook, name);
  const values = checkedArguments(remedy, wanted.arguments);
  const incident = await incidentOf(request, look, wanted.where);
  if (incident !== null) assertPossible(runbook, remedy, incident);
  const candidates = incident === null && wanted.where === null ? await openOf(runbook.service, look) : [];
  const complete = reason.trim() !== '' && missingArguments(remedy, values).length === 0 && candidates.length === 0;
  if (!complete) {
    const draft = { reason, arguments: { ...filledIn(incident, runbook.id, name), ...values }, incidents: candidates };
    return { modal: runModal(shownRunbook(runbook), shownRemedy(name, remedy), incident, draft) };
  }
  const ask = asking(request, runbook, name, remedy, { ...defaultsOf(remedy), ...values }, reason);
  if (incident === null) return declaring(serviceNamed(runbook.service, look), runbook, remedy, ask);
  // Making the plan takes a moment, in which the room shows nothing.
  const reply = note(`Asked for *${safe(remedy.title)}* in *${incident.id}*. Its plan appears there in a moment.`);
  return { asks: [{ incident: incident.id, ask }], reply };
}

/** What the newest diagnosis found that the remedy asks for: it stands in the form, and people decide. */
function filledIn(incident: Incident | null, runbook: string, remedy: string): Readonly<Record<string, string>> {
  return own(own(incident?.diagnoses ?? {}, runbook)?.fills ?? {}, remedy) ?? {};
}

/** Whether this remedy may be asked for in this incident at all. @throws UserError */
function assertPossible(runbook: Runbook, remedy: Remedy, incident: Incident): void {
  if (runbook.service !== incident.service) {
    throw new UserError(
      'other-service',
      `${runbook.id} changes ${runbook.service}, but ${incident.id} is an incident of ${incident.service}, whose responders decide only about that service. Run it in an incident of ${runbook.service}.`,
      { refusal: true },
    );
  }
  const severity = severityNeeded(remedy.risk, incident.severity);
  if (severity !== null) {
    throw new UserError(
      'severity-needed',
      `“${safe(remedy.title)}” is for ${severity} incidents only, and ${incident.id} is ${incident.severity}. If it truly is ${severity}: \`/incident severity ${severity} why\`, then ask again.`,
      { refusal: true },
    );
  }
  assertMay(runbook, remedy, incident);
}

async function incidentOf(request: Request, look: LookUp, where: string | null): Promise<Incident | null> {
  if (where === 'new') return null;
  if (where === null) return request.incident;
  const incident = await look.incident(where);
  if (incident === null) throw new UserError('no-incident', `There is no incident ${typed(where)}. \`/incident list\` shows the open ones.`);
  return incident;
}

async function openOf(service: string, look: LookUp): Promise<readonly Incident[]> {
  return (await look.openIncidents()).filter((incident) => incident.service === service);
}

function asking(
  request: Request,
  runbook: Runbook,
  name: string,
  remedy: Remedy,
  values: Readonly<Record<string, string>>,
  reason: string,
): Extract<PersonCommand, { type: 'request-remedy' }> {
  return {
    type: 'request-remedy',
    run: request.id,
    runbook: runbook.id,
    revision: runbook.revision,
    remedy: name,
    title: titleOf({ title: remedy.title, lastResort: remedy.last_resort }),
    risk: remedy.risk,
    needs: neededRoles(remedy),
    arguments: values,
    reason: reason.trim(),
  };
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
      { incident: 'new', ask: declare },
      { incident: 'declared', ask },
    ],
    reply: ([change]) => (change === undefined ? null : declared(change.incident, service.room === 'thread' ? service.incidents : null)),
  };
}

/** A service by its id. @throws UserError `unknown-service` */
function serviceNamed(id: string, look: LookUp): Service {
  const service = look.services.find((one) => one.id === id);
  if (service !== undefined) return service;
  throw new UserError('unknown-service', `There is no service ${id} in tocsin.yml, so its runbooks cannot be run. Ask whoever runs Tocsin.`);
}

function missingArguments(remedy: Remedy, given: Readonly<Record<string, string>>): string[] {
  return Object.entries(remedy.arguments).flatMap(([name, { default: byDefault }]) =>
    own(given, name) === undefined && byDefault === undefined ? [name] : [],
  );
}

function defaultsOf(remedy: Remedy): Record<string, string> {
  return Object.fromEntries(Object.entries(remedy.arguments).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])));
}

/** What was given for a remedy's arguments, each as the runbook wants it. Empty values count as not given. @throws UserError */
export function checkedArguments(remedy: Pick<Remedy, 'arguments'>, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const known = Object.keys(remedy.arguments);
  for (const [name, value] of Object.entries(given)) {
    const argument = own(remedy.arguments, name);
    if (argument === undefined) throw unknownArgument(name, known);
    if (value === '') continue;
    if (value.length > MAX_VALUE) throw new UserError('argument-invalid', `\`${name}\` has more than ${MAX_VALUE} characters.`);
    assertNoPlaceholder(name, value);
    if (argument.pattern !== undefined && !searches(`^(?:${argument.pattern})$`, value)) {
      throw new UserError(
        'argument-invalid',
        `\`${name}\` cannot be \`${typed(value)}\`: ${safe(argument.about)}. It has to match \`${argument.pattern}\`.`,
      );
    }
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

function unknownArgument(name: string, known: readonly string[]): UserError {
  const near = nearest(name, known);
  const meant = near === null ? '' : ` Did you mean \`${near}=\`?`;
  const has =
    known.length === 0
      ? 'This remedy takes no arguments; write the reason without `=` in its first word.'
      : `It has: ${known.map((one) => `\`${one}\``).join(', ')}.`;
  return new UserError('unknown-argument', `There is no argument \`${typed(name)}\`.${meant} ${has}`);
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
    remedies: Object.entries(runbook.remedies).map(([name, remedy]) => shownRemedy(name, remedy)),
  };
}

export function shownRemedy(name: string, remedy: Remedy): RemedyShown {
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
  };
}
