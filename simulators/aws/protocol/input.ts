import { z } from 'zod';
import type { ApiError } from './error.ts';
import type { InputProblem, Operation, Service } from './service.ts';

/** Reads an operation's input, or throws the service's own error for the first thing that is wrong with it. */
export function parseInput(service: Service, operation: Operation, raw: unknown): unknown {
  // Without its input, an issue does not say whether a member is missing or of a wrong type.
  const result = operation.input.safeParse(raw, { reportInput: true });
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw first === undefined ? new Error('An input is refused without a reason.') : invalid(service, operation, first);
}

function invalid(service: Service, operation: Operation, issue: z.core.$ZodIssue): ApiError {
  return service.invalid(problemOf(issue), operation.name);
}

function problemOf(issue: z.core.$ZodIssue): InputProblem {
  const path = issue.path.map((part) => (typeof part === 'number' ? `${part + 1}.member` : String(part))).join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return { kind: 'unknown', path: issue.keys[0] ?? path, text: `Unknown member: ${issue.keys.join(', ')}` };
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return { kind: 'missing', path, text: constraint(path, 'Member must not be null') };
  }
  if (issue.code === 'invalid_type') return { kind: 'type', path, text: `Expected ${issue.expected} at '${path}'` };
  return { kind: 'constraint', path, text: constraint(path, reasonOf(issue)) };
}

function constraint(path: string, reason: string): string {
  return `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${reason}`;
}

function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern?.slice(1, -1) ?? issue.format}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    default:
      return issue.message;
  }
}

function measure(origin: string): string {
  return origin === 'number' || origin === 'int' ? 'value' : 'length';
}

/** A string as Smithy models constrain one: UTF-16 length and a pattern that the whole text must match. */
export function text(min: number, max: number, pattern?: RegExp): z.ZodString {
  const limited = z.string().min(min).max(max);
  return pattern === undefined ? limited : limited.regex(new RegExp(`^(?:${pattern.source})$`, pattern.flags));
}

/** A time: seconds since the epoch in JSON, ISO 8601 in query strings and forms. */
export const timestamp = z.union([z.number(), z.string()]).transform((value, context) => {
  const date = new Date(typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : value);
  if (!Number.isNaN(date.getTime())) return date;
  context.addIssue({ code: 'custom', message: 'Member must be a timestamp' });
  return z.NEVER;
});

/** An integer that comes as text in query strings and forms. */
export function textInteger(min: number, max: number): z.ZodPreprocess<z.ZodNumber> {
  return z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value), z.number().int().min(min).max(max));
}

/** A boolean that comes as text in query strings and forms. */
export const textBoolean = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean());
