import type { Action, ActionContext, Check, ReadAction } from '../../../src/ports/action.ts';

/** What an action's pre-flight says of an input. */
export async function preflightOf(action: Action, input: unknown, context: ActionContext): Promise<readonly Check[]> {
  const known = action as unknown as ReadAction<unknown>;
  if (known.preflight === undefined) throw new Error(`${known.name} has no pre-flight`);
  return known.preflight(known.input.parse(input), context);
}
