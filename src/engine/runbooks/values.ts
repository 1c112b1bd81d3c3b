import type { Json } from '../../domain/record.ts';
import type { Expressions, LateValues } from './expressions.ts';

export type Inputs = Readonly<Record<string, Json>>;

/** A text that begins with `=` is an expression (DESIGN, Runbooks). */
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

/**
 * Inputs with their expressions evaluated. Without `late`, an expression that needs what does not exist yet becomes `⟨expression⟩`,
 * which is what the plan shows.
 */
export function evaluateInputs(
  inputs: Inputs,
  expressions: Expressions,
  values: Readonly<Record<string, Json | undefined>>,
  late?: LateValues,
): Inputs {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, evaluated(value, expressions, values, late)]));
}

function evaluated(value: Json, expressions: Expressions, values: Readonly<Record<string, Json | undefined>>, late: LateValues | undefined): Json {
  if (isExpression(value)) {
    const text = value.slice(1).trim();
    if (late === undefined && expressions.isLate(text)) return `⟨${text}⟩`;
    return expressions.evaluate(text, values, late);
  }
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) return value.map((item) => evaluated(item, expressions, values, late));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, evaluated(item, expressions, values, late)]));
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
