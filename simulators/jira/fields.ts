import { z } from 'zod';
import { documentSchema, type JiraDocument } from './document.ts';

export const PRIORITIES = ['Highest', 'High', 'Medium', 'Low', 'Lowest'] as const;
const MAX_SUMMARY = 255;

export interface ReadFields {
  readonly summary: string;
  readonly type: string;
  readonly description: JiraDocument | null;
  readonly labels: readonly string[];
  readonly priority: string;
  readonly duedate: string | null;
  readonly assignee: string | null;
}

export interface FieldTerms {
  readonly project: string;
  readonly types: readonly string[];
  /** Ids of accounts that issues may be assigned to. */
  readonly accounts: ReadonlySet<string>;
  /** Fields that the project has not on its screen. */
  readonly hidden: ReadonlySet<string>;
}

const NOT_ON_SCREEN = 'cannot be set. It is not on the appropriate screen, or unknown.';

type Check = (value: unknown, terms: FieldTerms) => string | null;

/** What is wrong with each field, in the words that Jira has for it; `null` for nothing. */
const CHECKS: Readonly<Record<string, Check>> = {
  project: (value, { project }) => (keyOf(value) === project ? null : 'Specify a valid project ID or key'),
  issuetype: (value, { types }) => (types.includes(nameOf(value) ?? '') ? null : 'Specify a valid issue type'),
  summary(value) {
    if (typeof value !== 'string' || value.trim() === '') return 'You must specify a summary of the issue.';
    if (/[\r\n]/.test(value)) return 'The summary is invalid because it contains newline characters.';
    return value.length > MAX_SUMMARY ? `Summary can't exceed ${MAX_SUMMARY} characters.` : null;
  },
  description: (value) =>
    value === null || documentSchema.safeParse(value).success
      ? null
      : 'Operation value must be an Atlassian Document (see the Atlassian Document Format)',
  labels(value) {
    const labels = z.array(z.string()).safeParse(value);
    if (!labels.success) return 'Operation value must be an array of strings';
    const spaced = labels.data.find((label) => /\s/.test(label) || label === '');
    return spaced === undefined ? null : `The label '${spaced}' contains spaces which is invalid.`;
  },
  priority: (value) => (PRIORITIES.some((one) => one === nameOf(value)) ? null : 'Specify a valid value for priority'),
  duedate: (value) => (z.iso.date().safeParse(value).success ? null : `Error parsing date string: ${JSON.stringify(value)}`),
  assignee(value, { accounts }) {
    const account = z.object({ accountId: z.string() }).safeParse(value).data?.accountId;
    return account !== undefined && accounts.has(account) ? null : `User '${account ?? ''}' cannot be assigned issues.`;
  },
};

const NEEDED = ['project', 'issuetype', 'summary'] as const;

/** The fields of an issue that is to be created, or what is wrong with them, by field. */
export function readFields(
  given: Readonly<Record<string, unknown>>,
  terms: FieldTerms,
): ReadFields | { readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  for (const field of new Set([...NEEDED, ...Object.keys(given)])) {
    const check = Object.hasOwn(CHECKS, field) ? CHECKS[field] : undefined;
    const problem = check === undefined || terms.hidden.has(field) ? `Field '${field}' ${NOT_ON_SCREEN}` : check(given[field], terms);
    if (problem !== null) errors[field] = problem;
  }
  if (Object.keys(errors).length > 0) return { errors };
  const { summary, issuetype, description, labels, priority, duedate, assignee } = given;
  return {
    summary: String(summary),
    type: nameOf(issuetype) ?? '',
    description: description == null ? null : documentSchema.parse(description),
    labels: z.array(z.string()).parse(labels ?? []),
    priority: nameOf(priority) ?? 'Medium',
    duedate: typeof duedate === 'string' ? duedate : null,
    assignee: z.object({ accountId: z.string() }).safeParse(assignee).data?.accountId ?? null,
  };
}

function keyOf(value: unknown): string | null {
  return z.object({ key: z.string() }).safeParse(value).data?.key ?? null;
}

function nameOf(value: unknown): string | null {
  return z.object({ name: z.string() }).safeParse(value).data?.name ?? null;
}
