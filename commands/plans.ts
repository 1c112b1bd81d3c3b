import type { Waiting } from '../blocks/approvals.ts';
import { safe } from '../blocks/outside.ts';
import { note } from '../blocks/replies.ts';
import { revertModal } from '../blocks/reverting.ts';
import type { Plan } from '../src/domain/change/plans.ts';
import { assertRevertible } from '../src/domain/change/reverting.ts';
import { waitingPlans, waitsFor } from '../src/domain/change/waiting.ts';
import { UserError } from '../src/domain/errors.ts';
import type { PersonCommand } from '../src/domain/incident/commands.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { PlannedStep } from '../src/domain/records/data/plans.ts';
import { own } from '../src/lib/own.ts';
import { nearest } from '../src/lib/suggest.ts';
import { type Answer, askOf, incidentOf, type LookUp, type Request } from './command.ts';

const PLAN_ID = /^PLN-[0-9A-Z]{4,16}$/i;

export interface FoundPlan {
  readonly incident: Incident;
  readonly plan: Plan;
}

/** Plans that can still be approved, each with its steps out of its record and whether the person's approval would count. */
export async function waitingEntries(request: Request, look: LookUp, incidents: readonly Incident[]): Promise<readonly Waiting[]> {
  const found: Waiting[] = [];
  for (const incident of incidents) {
    const waiting = waitingPlans(incident, request.now);
    if (waiting.length === 0) continue;
    const mine = new Set(waitsFor(incident, await look.personIn(incident.service), request.now).map(({ id }) => id));
    const records = await look.records(incident.id);
    for (const plan of waiting) {
      found.push({ incident, plan, steps: stepsOf(plan, records), mine: mine.has(plan.id) });
    }
  }
  return found.sort((a, b) => a.plan.expiresAt - b.plan.expiresAt);
}

/** A plan's steps, which only its record has. */
function stepsOf(plan: Plan, records: readonly IncidentRecord[]): readonly PlannedStep[] {
  const record = records.find(({ seq, type }) => seq === plan.seq && type === 'plan.made');
  return record?.type === 'plan.made' ? record.data.steps : [];
}

/** The plan of a button: its id stands behind the incident's. @throws UserError `unknown-plan` */
export function planOfButton(request: Request): FoundPlan {
  return planIn(incidentOf(request), request.value ?? '');
}

/** The plan that a form was opened for. @throws UserError `unknown-plan` */
export function planOfForm(request: Request): FoundPlan {
  return planIn(incidentOf(request), String(request.remember.plan ?? ''));
}

function planIn(incident: Incident, id: string): FoundPlan {
  const plan = own(incident.plans, id);
  if (plan === undefined)
    throw new UserError(
      'unknown-plan',
      `${incident.id} no longer has this plan. \`/approvals\` lists what waits, \`/bypass status\` what is in force.`,
    );
  return { incident, plan };
}

/** A plan's id at the beginning of a text, or `null`. */
export function planWord(word: string): string | null {
  return PLAN_ID.test(word) ? word.toUpperCase() : null;
}

/**
 * A plan by its id: the incident's, or outside of an incident any that the person may see. Roles are looked up for the incident that was
 * asked about, so a plan of another one is never meant. One that is over is found too, to be told what became of it.
 * @throws UserError `unknown-plan` with the nearest one, `other-incident`
 */
export async function planNamed(request: Request, look: LookUp, id: string): Promise<FoundPlan> {
  const { incident: here } = request;
  const inHere = here === null ? null : planAmong(id, [here]);
  if (inHere !== null) return inHere;
  // Most that is named goes on: all others are read only where it does not.
  const found = planAmong(id, await look.pendingIncidents()) ?? planAmong(id, await look.unclosedIncidents());
  if (found !== null && here === null) return found;
  if (found !== null) {
    const other = found.incident.id;
    throw new UserError('other-incident', `${id} is a plan of ${other}. Put it first: \`${other} ${id}\`.`);
  }
  const near = nearest(
    id,
    (here === null ? await look.unclosedIncidents() : [here]).flatMap(({ plans }) => Object.keys(plans)),
  );
  throw new UserError(
    'unknown-plan',
    `There is no plan ${id}.${near === null ? '' : ` Did you mean \`${near}\`?`} \`/bypass status\` shows what is in force.`,
  );
}

function planAmong(id: string, incidents: readonly Incident[]): FoundPlan | null {
  for (const incident of incidents) {
    const plan = own(incident.plans, id);
    if (plan !== undefined) return { incident, plan };
  }
  return null;
}

/** An answer for those who do not see the incident's room, where everybody is told. */
export function unlessThere(request: Request, incident: Incident, text: string): Answer['reply'] {
  if (incident.room !== null && incident.room.channel === request.channel) return undefined;
  return note(text);
}

/** `ask` with an answer that only those get who are elsewhere. */
export function askHere(request: Request, incident: Incident, ask: PersonCommand, text: string): Answer {
  const reply = unlessThere(request, incident, text);
  return { asks: [askOf(incident.id, ask)], ...(reply === undefined ? {} : { reply }) };
}

/**
 * Reverts what a plan changed; without a reason, a form says what that restores and asks for it.
 * @throws UserError when it cannot be reverted, before anybody fills in a form
 */
export async function revertPlan(request: Request, look: LookUp, { incident, plan }: FoundPlan, reason: string): Promise<Answer> {
  if (reason === '') assertRevertible(incident, plan);
  if (reason === '') return { modal: revertModal(incident, plan, stepsOf(plan, await look.records(incident.id))) };
  return askHere(
    request,
    incident,
    { type: 'revert', plan: plan.id, reason },
    `*${safe(plan.title)}* is being reverted; *${incident.id}* shows how it goes.`,
  );
}
