import { bypassStatus } from '../../blocks/approvals.ts';
import { safe } from '../../blocks/outside.ts';
import { extendModal } from '../../blocks/plan.ts';
import { activeBypasses } from '../../src/domain/change/plans.ts';
import { UserError } from '../../src/domain/errors.ts';
import { planId } from '../../src/engine/runbooks/remedy/remedy-plan.ts';
import { typed } from '../../src/lib/echo.ts';
import { parseDuration, sayDuration } from '../../src/lib/time.ts';
import { type Answer, type Handler, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { askHere, type FoundPlan, planNamed, planOfButton, planOfForm, planWord, revertPlan } from '../plans.ts';
import { firstWord } from '../words.ts';
import { extendSchema, revertSchema } from './schema.ts';

export const status: Subcommand = {
  name: 'status',
  usage: 'status',
  summary: 'Shows what is in force, since when, and when it reverts.',
  incident: 'none',
  run: async (request, look) => ({ reply: bypassStatus(await look.pendingIncidents(), await look.hiddenBypasses(), request.now) }),
};

export const revert: Subcommand = {
  name: 'revert',
  usage: 'revert [PLN-...] [reason]',
  summary: 'Reverts a change now instead of at its deadline.',
  incident: 'none',
  async run(request, look) {
    const { found, rest } = await meant(request, look);
    if (found === null) return several(request, look);
    return revertPlan(request, look, found, rest);
  },
};

export const revertButton: Handler = (request, look) => revertPlan(request, look, planOfButton(request), '');

export const revertView = view({
  schema: revertSchema,
  submit: (request, input, look) => revertPlan(request, look, planOfForm(request), input.text),
});

export const extend: Subcommand = {
  name: 'extend',
  usage: 'extend [PLN-...] [30m] [reason]',
  summary: 'Asks for more time; needs the same approvals as the change.',
  incident: 'none',
  async run(request, look) {
    const { found, rest } = await meant(request, look);
    if (found === null) return several(request, look);
    const [word, after] = firstWord(rest);
    const length = parseDuration(word);
    if (length === null && /^\d/.test(word)) throw notADuration(word);
    const reason = length === null ? rest : after;
    if (length === null || reason === '') {
      const given = { ...(length === null ? {} : { length: word.toLowerCase() }), reason };
      return { modal: extendModal(found.incident, found.plan, given) };
    }
    return extendBy(request, found, length, reason);
  },
};

export const extendButton: Handler = (request) => {
  const { incident, plan } = planOfButton(request);
  return { modal: extendModal(incident, plan, {}) };
};

export const extendView = view({
  schema: extendSchema,
  submit(request, input) {
    const length = parseDuration(input.length);
    if (length === null) throw notADuration(input.length);
    return extendBy(request, planOfForm(request), length, input.text);
  },
});

/** The plan that is named, or the only one in force: in the incident first, then everywhere. `found` is `null` when several could be meant. */
async function meant(request: Request, look: LookUp): Promise<{ readonly found: FoundPlan | null; readonly rest: string }> {
  const [word, rest] = firstWord(request.text);
  const id = planWord(word);
  if (id !== null) return { found: await planNamed(request, look, id), rest };
  const incidents = await look.pendingIncidents();
  const here = incidents.filter((incident) => request.incident === null || incident.id === request.incident.id);
  const inForce = here.flatMap((incident) => activeBypasses(incident).map((plan) => ({ incident, plan })));
  const [only] = inForce;
  if (only === undefined)
    throw new UserError(
      'no-bypass',
      `${request.incident === null ? 'You can see no bypass that is in force' : `No bypass is in force in ${request.incident.id}`}. \`/bypass status\` shows all.`,
    );
  return { found: inForce.length === 1 ? only : null, rest: request.text.trim() };
}

/** Several are in force: each with its buttons. */
async function several(request: Request, look: LookUp): Promise<Answer> {
  return { reply: bypassStatus(await look.pendingIncidents(), await look.hiddenBypasses(), request.now) };
}

function extendBy(request: Request, { incident, plan }: FoundPlan, ms: number, reason: string): Answer {
  const ask = { type: 'request-extension', plan: plan.id, id: planId(request.id, 1), ms, reason } as const;
  return askHere(request, incident, ask, `Asked for ${sayDuration(ms)} more for *${safe(plan.title)}*. It needs the same approvals as the change.`);
}

function notADuration(word: string): UserError {
  return new UserError('not-a-duration', `“${typed(word)}” is not a length of time. Write it as \`15m\` or \`30m\`, then the reason.`);
}
