import { parse } from 'yaml';
import { z } from 'zod';
import type { GitHub, WorkflowRun } from '../../ports/github.ts';
import { unlessDenied } from './checks.ts';
import type { Place } from './place.ts';

/** Runs of workflows, and pull requests, that are looked through for those of the repository. */
const RUNS = 50;
const PULLS = 50;
/** Pull requests of the repository whose commits are looked at. */
const COMMITS = 5;
/** Workflows whose jobs are looked at, and of each how many runs until one has jobs. */
const WORKFLOWS = 20;
const TRIES = 3;

/** A check that people want, and what of it reports. */
export interface WantedCheck {
  /** As people call it: the check, or the workflow that it is of. */
  readonly wanted: string;
  /**
   * Names under which it has reported, which is what a protection has to ask for; empty when nothing has. `null` when that is not known:
   * the credentials may not read all that could have reported it.
   */
  readonly names: readonly string[] | null;
  /** For which pull requests it does not run, in words; `null` when it runs for all or that is not known. */
  readonly notFor: string | null;
}

/**
 * What has reported lately under the names that are wanted. GitHub reports a job under its `name`, and under its id where it has none
 * (docs.github.com, Workflow syntax, `jobs.<job_id>.name`); the name of the workflow is none of them. Only commits of the repository itself
 * count: a fork's pull request runs the workflows as the fork has written them.
 */
export async function reportedChecks(place: Place, branch: string, head: string, wanted: readonly string[]): Promise<readonly WantedCheck[]> {
  if (wanted.length === 0) return [];
  const { github } = place;
  const pulls = await unlessDenied(github.pulls({ state: 'all', base: branch, limit: PULLS }));
  const proposed = (pulls ?? []).filter((pull) => pull.head.own).slice(0, COMMITS);
  const commits = [...new Set([head, ...proposed.map((pull) => pull.head.sha)])];
  const [checks, runs] = await Promise.all([
    Promise.all(commits.map((sha) => unlessDenied(github.checks(sha)))),
    unlessDenied(completedRuns(github, branch, commits)),
  ]);
  const seen = new Set(checks.flatMap((all) => (all ?? []).map(({ name }) => name)));
  const workflows = await jobsOf(place, { branch, head, runs: runs ?? [] }, wanted);
  const allSeen = pulls !== null && runs !== null && !checks.includes(null) && workflows.every(({ jobs }) => jobs !== null);
  return await Promise.all(
    wanted.map(async (name) => {
      const own = workflows.find(({ jobs }) => jobs?.includes(name));
      if (seen.has(name) || own !== undefined) return { wanted: name, names: [name], notFor: await filterOf(place, head, own) };
      const workflow = workflows.find((one) => one.name === name);
      const names = workflow === undefined ? (allSeen ? [] : null) : workflow.jobs;
      return { wanted: name, names, notFor: await filterOf(place, head, workflow) };
    }),
  );
}

/**
 * Completed runs of the repository's own commits, newest first. GitHub cannot leave out forks, and theirs may fill its list: pushes to the
 * branch and runs of given commits are asked for besides.
 */
async function completedRuns(github: GitHub, branch: string, commits: readonly string[]): Promise<readonly WorkflowRun[]> {
  const completed = { status: 'completed', limit: RUNS };
  const lists = await Promise.all([
    github.runs(completed),
    github.runs({ ...completed, branch, event: 'push' }),
    ...commits.map((sha) => github.runs({ ...completed, sha })),
  ]);
  const runs = [...new Map(lists.flat().map((run) => [run.id, run])).values()];
  return runs.filter((run) => run.own && run.conclusion !== 'action_required').toSorted((one, other) => other.id - one.id);
}

interface Ran {
  readonly name: string;
  /** The workflow's file. */
  readonly path: string;
  /** `null` when they are not known. */
  readonly jobs: readonly string[] | null;
}

interface Runs {
  readonly branch: string;
  readonly head: string;
  /** Newest first. */
  readonly runs: readonly WorkflowRun[];
}

/** What each workflow has reported; first the workflows whose names are wanted. */
async function jobsOf({ github }: Place, { branch, head, runs }: Runs, wanted: readonly string[]): Promise<readonly Ran[]> {
  const workflows = [...Map.groupBy(runs, ({ path }) => path)].map(([path, ofPath]) => ({ path, runs: ofPath }));
  const isWanted = ({ runs: ofPath }: Pick<Runs, 'runs'>): boolean => ofPath.some(({ name }) => wanted.includes(name));
  const ordered = [...workflows.filter(isWanted), ...workflows.filter((one) => !isWanted(one))];
  return await Promise.all(
    ordered.map(async ({ path, runs: ofPath }, index) => {
      if (index >= WORKFLOWS) return { name: ofPath[0]?.name ?? path, path, jobs: null };
      const telling = await tellingRuns(github, path, { branch, head, runs: ofPath });
      return { name: telling[0]?.name ?? path, path, jobs: await unlessDenied(reportedJobs(github, telling)) };
    }),
  );
}

/** Of a workflow's runs those that count: where it runs for pushes, those to the branch, not what a topic has made of the workflow. */
async function tellingRuns(github: GitHub, path: string, { branch, head, runs }: Runs): Promise<readonly WorkflowRun[]> {
  const pushes = runs.filter((run) => run.event === 'push' && run.branch === branch);
  if (pushes.length === 0 || pushes[0] === runs[0]) return runs;
  const on = await triggersOf(github, path, head);
  return on !== null && !('push' in on) ? runs : pushes;
}

/** Jobs of the newest run that has any: one that was cancelled while it waited has none. */
async function reportedJobs(github: GitHub, runs: readonly WorkflowRun[]): Promise<readonly string[]> {
  for (const { id } of runs.slice(0, TRIES)) {
    const jobs = await github.jobs(id);
    if (jobs.length > 0) return [...new Set(jobs.map(({ name }) => name))];
  }
  return [];
}

const filter = z.looseObject({ paths: z.array(z.string()).optional(), 'paths-ignore': z.array(z.string()).optional() }).nullable();
const workflowFile = z.looseObject({
  on: z.union([
    z.string().transform((event) => ({ [event]: null })),
    z.array(z.string()).transform((all) => Object.fromEntries(all.map((event) => [event, null]))),
    z.record(z.string(), z.unknown()),
  ]),
});

/** Events by name that start a workflow, with their filters; `null` when its file cannot be read or understood. */
async function triggersOf(github: GitHub, path: string, head: string): Promise<Readonly<Record<string, unknown>> | null> {
  const file = await unlessDenied(github.file(path, head));
  const read = workflowFile.safeParse(file === null ? null : parsed(Buffer.from(file.bytes).toString('utf8')));
  return read.success ? read.data.on : null;
}

/** For which pull requests a workflow does not run, by its file; a required check that does not run blocks them for ever. */
async function filterOf({ github }: Place, head: string, workflow: Ran | undefined): Promise<string | null> {
  if (workflow === undefined) return null;
  const { path } = workflow;
  const on = await triggersOf(github, path, head);
  if (on === null) return null;
  const event = ['pull_request', 'pull_request_target'].find((name) => name in on);
  if (event === undefined) return `${path} does not run for pull requests at all`;
  const { data } = filter.safeParse(on[event]);
  if (data?.paths !== undefined) return `${path} runs only for pull requests that touch ${data.paths.join(', ')}`;
  const ignored = data?.['paths-ignore'];
  return ignored === undefined ? null : `${path} does not run for pull requests that touch nothing but ${ignored.join(', ')}`;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
