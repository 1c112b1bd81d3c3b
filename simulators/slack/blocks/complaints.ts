import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Slack's way of saying what is wrong with blocks and views, one line for each issue:
 * `[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
 */
export function complaints(error: z.ZodError, root: string): string[] {
  return [...new Set(error.issues.flatMap((issue) => describe(issue, root)))];
}

/** One line in the same form, for rules that no schema holds. */
export function complaint(text: string, pointer: string): string {
  return `[ERROR] ${text} [json-pointer:${pointer}]`;
}

function describe(issue: Issue, root: string): string[] {
  const pointer = [root, ...issue.path.map(String)].join('/');
  switch (issue.code) {
    case 'too_big':
      return [complaint(tooBig(issue), pointer)];
    case 'too_small':
      return [complaint(tooSmall(issue), pointer)];
    case 'unrecognized_keys':
      return issue.keys.map((key) => complaint(`no additional properties allowed: ${key}`, `${pointer}/${key}`));
    case 'invalid_union':
      return issue.errors.length > 0 ? [complaint('must match one of the allowed schemas', pointer)] : [complaint('unsupported type', pointer)];
    case 'invalid_type':
      return [complaint(issue.input === undefined ? missing(issue) : `must provide ${article(issue.expected)}`, pointer)];
    case 'invalid_value':
      return [complaint(`must be a valid enum value (${issue.values.join(', ')})`, pointer)];
    default:
      return [complaint(`failed to match the expected format: ${issue.message}`, pointer)];
  }
}

function tooBig(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === 'string') return `must be less than ${Number(issue.maximum) + 1} characters`;
  if (issue.origin === 'array') return `no more than ${issue.maximum} items allowed`;
  return `must be less than or equal to ${issue.maximum}`;
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return `must be more than ${Number(issue.minimum) - 1} characters`;
  if (issue.origin === 'array') return `must have at least ${issue.minimum} items`;
  return `must be greater than or equal to ${issue.minimum}`;
}

function missing(issue: z.core.$ZodIssueInvalidType): string {
  return `missing required field: ${String(issue.path.at(-1) ?? issue.expected)}`;
}

function article(expected: string): string {
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}
