import { z } from 'zod';
import { textField } from '../words.ts';

/** Inputs of the forms, by block id. */
export const pickSchema = z.object({ runbook: z.string({ error: 'Please choose a runbook.' }).min(1) });

/** Arguments are fields of their own: `arg_user`. */
export const runSchema = z.looseObject({ reason: textField, where: z.string().nullish() });

/** The arguments among a form's fields, by their names; what was left empty is not given. */
export function argumentsIn(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(input).flatMap(([key, value]) =>
    key.startsWith('arg_') && typeof value === 'string' && value.trim() !== '' ? [[key.slice('arg_'.length), value.trim()] as const] : [],
  );
  return Object.fromEntries(given);
}
