import { UserError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/record.ts';
import type { Expressions, LateValues } from './expressions.ts';

export type Inputs = Readonly<Record<string, Json>>;

/** A text that begins with `=` is an expression (ADR 6). */
export function isExpression(value: Json): value is string {
  return typeof value === 'string' && value.startsWith('=');
}

/** Each expression inside of inputs, with its path. */
export function expressionsIn(value: Json, path: readonly (string | number)[] = []): readonly { path: readonly (string | number)[]; text: string }[] {
  if (isExpression(value)) return [{ path, text: value.slice(1).trim() }];
  if (value === null || typeof value !== 'object') return [];
  if (isArray(value)) return value.flatMap((item, i) => expressionsIn(item, [...path, i]));
  return Object.entries(value).flatMap(([key, item]) => expressionsIn(item, [...path, key]));
}

export interface EvaluateOptions {
  /** What exists once the plan is approved. */
  readonly late?: LateValues;
  /** What stands for an expression that cannot be evaluated, e.g. because a step that it needs has failed; without it that is an error. */
  readonly unknown?: (text: string) => Json;
}

/**
 * Inputs with their expressions evaluated. Without `late`, an expression that needs what does not exist yet becomes `⟨expression⟩`,
 * which is what the plan shows.
 * @throws TocsinError `expression-failed`
 */
export function evaluateInputs(
  inputs: Inputs,
  expressions: Expressions,
  values: Readonly<Record<string, Json | undefined>>,
  options: EvaluateOptions = {},
): Inputs {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, evaluated(value, expressions, values, options)]));
}

/**
 * Inputs once the plan is approved: what was known is what the plan has, and only the late expressions are evaluated. Nothing that somebody
 * approved as one value becomes another.
 * @throws TocsinError `expression-failed`
 */
export function approvedInputs(
  { with: given, input }: { readonly with: Inputs; readonly input: Inputs },
  expressions: Expressions,
  values: Readonly<Record<string, Json | undefined>>,
  late: LateValues,
): Inputs {
  const walk = (node: Json, known: Json | undefined): Json => {
    if (isExpression(node)) {
      const text = node.slice(1).trim();
      return expressions.isLate(text) ? expressions.evaluate(text, values, late) : (known ?? null);
    }
    if (node === null || typeof node !== 'object') return node;
    if (isArray(node)) return node.map((item, i) => walk(item, (known as readonly Json[] | undefined)?.[i]));
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, (known as Inputs | undefined)?.[key])]));
  };
  return walk(given, input) as Inputs;
}

/** How a value that is not known yet stands in a plan. */
export function placeholder(text: string): string {
  return `⟨${text}⟩`;
}

/** Nobody types what a plan would show as a value that comes later. @throws UserError `argument-invalid` */
export function assertNoPlaceholder(argument: string, value: string): void {
  if (/[⟨⟩]/.test(value)) {
    throw new UserError('argument-invalid', `\`${argument}\` cannot have \`⟨\` or \`⟩\` in it: a plan marks later values with them. Remove them.`);
  }
}

function evaluated(value: Json, expressions: Expressions, values: Readonly<Record<string, Json | undefined>>, options: EvaluateOptions): Json {
  if (isExpression(value)) return evaluatedText(value.slice(1).trim(), expressions, values, options);
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) return value.map((item) => evaluated(item, expressions, values, options));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluated(item, expressions, values, options)]));
}

function evaluatedText(text: string, expressions: Expressions, values: Readonly<Record<string, Json | undefined>>, options: EvaluateOptions): Json {
  const { late, unknown } = options;
  if (late === undefined && expressions.isLate(text)) return placeholder(text);
  if (unknown === undefined) return expressions.evaluate(text, values, late);
  try {
    return expressions.evaluate(text, values, late);
  } catch {
    return unknown(text);
  }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
