import { isLate, rolesNamed, stepsNamed, treeOf } from './syntax.ts';

/** What an expression needs to be evaluated. */
export interface ExpressionNeeds {
  /** The diagnosis steps that it names. */
  readonly steps: readonly string[];
  /** The roles that it asks `approval()` for by name. */
  readonly roles: readonly string[];
  /** Whether it needs what exists only after the approval. */
  readonly late: boolean;
}

/** What expressions need, by their texts. */
export interface Needs {
  of(text: string): ExpressionNeeds;
}

/** Reads what each expression needs once and keeps it: a runbook has one of these, filled when it is loaded. */
export function keepNeeds(): Needs {
  const kept = new Map<string, ExpressionNeeds>();
  return {
    of(text) {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const tree = treeOf(text);
      const needs = { steps: stepsNamed(tree), roles: rolesNamed(tree), late: isLate(tree) };
      kept.set(text, needs);
      return needs;
    },
  };
}
