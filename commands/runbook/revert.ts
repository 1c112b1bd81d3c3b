import { isRevertible } from '../../src/domain/change/reverting.ts';
import { UserError } from '../../src/domain/errors.ts';
import { clamp } from '../../src/lib/clamp.ts';
import { typed } from '../../src/lib/echo.ts';
import type { LookUp, Request, Subcommand } from '../command.ts';
import { type FoundPlan, planNamed, planWord, revertPlan } from '../plans.ts';
import { firstWord } from '../words.ts';

/** So many changes stand in the question which one is meant. */
const NAMED = 5;

export const revert: Subcommand = {
  name: 'revert',
  usage: 'revert [PLN-...] [reason]',
  summary: 'Reverts what a remedy changed, if there is a way back. Without an id: the only change that can be reverted.',
  incident: 'none',
  async run(request, look) {
    const [word, rest] = firstWord(request.text);
    const id = planWord(word);
    if (id !== null) return revertPlan(request, look, await planNamed(request, look, id), rest);
    return revertPlan(request, look, await onlyOne(request, look), request.text.trim());
  },
};

/** The only change that can be reverted: of the incident, or of all that the person can see. @throws UserError `nothing-to-revert`, `which-plan` */
async function onlyOne({ incident }: Request, look: LookUp): Promise<FoundPlan> {
  const incidents = incident === null ? await look.unclosedIncidents() : [incident];
  const found = incidents.flatMap((one) =>
    Object.values(one.plans)
      .filter(isRevertible)
      .map((plan) => ({ incident: one, plan })),
  );
  const [only] = found;
  if (only === undefined) {
    const where = incident === null ? 'of an incident that you can see' : `of ${incident.id}`;
    throw new UserError(
      'nothing-to-revert',
      `No applied change ${where} can be reverted. To hear why, name its plan: \`/runbook revert PLN-... reason\`.`,
    );
  }
  if (found.length === 1) return only;
  const names = found
    .slice(-NAMED)
    .map(({ incident: { id }, plan }) => `\`${incident === null ? `${id} ` : ''}${plan.id}\` ${typed(clamp(plan.title, 80))}`);
  throw new UserError('which-plan', `Which change? \`/runbook revert PLN-... reason\`. The newest: ${names.join(', ')}.`);
}
