import type { z } from 'zod';
import { type Action, type ActionContext, changeAction } from '../../ports/action.ts';
import type { onRepository, Place } from './place.ts';
import { applyProposal, type Proposal, planProposal, proposalOutput, proposalScope, revertProposal } from './proposal.ts';

/** What an action proposes, and what the approvers have to know besides. */
export interface Proposed {
  readonly proposal: Proposal;
  readonly notes?: readonly string[];
}

interface ProposalAction<I extends z.ZodType<{ readonly target: string }>, P extends Place> extends ReturnType<typeof onRepository> {
  readonly name: string;
  readonly about: string;
  readonly input: I;
  readonly place: (context: ActionContext, target: string) => P;
  /** The branch to merge into, when that is not the place's own. */
  readonly base?: (asked: z.output<I>) => string | undefined;
  /** Worked out for the plan, and again before it is applied; then `branch` is the one that an earlier try may have made. */
  readonly propose: (place: P, asked: z.output<I>, base: string, branch: string | null) => Promise<Proposed>;
}

/** An action whose change is a pull request with files: people review and merge it, and a revert closes it. */
export function proposalAction<I extends z.ZodType<{ readonly target: string }>, P extends Place>(written: ProposalAction<I, P>): Action {
  const { name, about, input, permissions, preflight, place: placeAt, base: baseOf, propose } = written;
  return changeAction({
    name,
    about,
    effect: 'change',
    proposes: true,
    input,
    output: proposalOutput,
    permissions,
    preflight,
    async plan(asked, context) {
      const place = placeAt(context, asked.target);
      const { proposal, notes } = await propose(place, asked, baseOf?.(asked) ?? (await place.branch()), null);
      return await planProposal(place.github, proposal, context, notes);
    },
    async apply(asked, planned, context) {
      const place = placeAt(context, asked.target);
      const { base, branch } = proposalScope.parse(planned.scope);
      const { proposal } = await propose(place, asked, base, branch);
      return await applyProposal(place.github, proposal, planned, context);
    },
    revert: async ({ target }, planned, context, force) => revertProposal(placeAt(context, target).github, planned, force),
  });
}
