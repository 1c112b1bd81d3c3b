import { type CheckResult, type GitHub, GitHubError } from '../../ports/github.ts';

/** What ran on a commit. */
export interface ResultsAt {
  /** Check runs and statuses, by the names that a protection knows. Empty when they may not be seen. */
  readonly checks: readonly CheckResult[];
  /** Workflows by their own names, which people use: the check of a workflow's job is called as the job. */
  readonly workflows: readonly CheckResult[];
  /** False where the credentials may not see checks; a fine-grained token cannot have the permission. */
  readonly checksSeen: boolean;
}

/** Checks, statuses and workflow runs of a commit. What may not be seen is left out. */
export async function resultsAt(github: GitHub, sha: string): Promise<ResultsAt> {
  const [checks, runs] = await Promise.all([unlessDenied(github.checks(sha)), unlessDenied(github.runs({ sha, limit: 50 }))]);
  const workflows = new Map<string, CheckResult>();
  for (const { name, conclusion, url } of (runs ?? []).toReversed()) workflows.set(name, { name, conclusion, url });
  return { checks: checks ?? [], workflows: [...workflows.values()], checksSeen: checks !== null };
}

/** The result that people mean by a name: a check of that name, or the workflow of that name. */
export function resultNamed({ checks, workflows }: ResultsAt, name: string): CheckResult | null {
  return checks.find((one) => one.name === name) ?? workflows.find((one) => one.name === name) ?? null;
}

export async function unlessDenied<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitHubError && error.reason === 'denied') return null;
    throw error;
  }
}
