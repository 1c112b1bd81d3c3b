import { parse } from 'yaml';
import { z } from 'zod';
import type { WorkflowRun } from '../../engine/ports/github.ts';
import { resultsAt, unlessDenied } from './checks.ts';
import type { Place } from './place.ts';

/** Runs of workflows, and pull requests, that are looked at for what reports. */
const RUNS = 50;
const PULLS = 5;
/** Workflows whose jobs are looked at. */
const WORKFLOWS = 12;

/** A check that people want, and what of it reports. */
export interface WantedCheck {
  /** As people call it: the check, or the workflow that it is of. */
  readonly wanted: string;
  /** Names under which it has reported, which is what a protection has to ask for; empty when nothing has. */
  readonly names: readonly string[];
  /** For which pull requests it does not run, in words; `null` when it runs for all or that is not known. */
  readonly notFor: string | null;
}

/**
 * What has reported lately under the names that are wanted. GitHub reports a job under its `name`, and under its id where it has none
 * (docs.github.com, Workflow syntax, `jobs.<job_id>.name`); the name of the workflow is none of them. `null` when checks may not be seen.
 */
export async function reportedChecks(place: Place, branch: string, head: string, wanted: readonly string[]): Promise<readonly WantedCheck[] | null> {
  if (wanted.length === 0) return [];
  const { github } = place;
  const [pulls, runs] = await Promise.all([
    unlessDenied(github.pulls({ state: 'all', base: branch, limit: PULLS })),
    unlessDenied(github.runs({ limit: RUNS })),
  ]);
  const commits = new Set([head, ...(pulls ?? []).map((pull) => pull.head.sha)]);
  const results = await Promise.all([...commits].map((sha) => resultsAt(github, sha)));
  if (runs === null && !results.some(({ checksSeen }) => checksSeen)) return null;
  const seen = new Set(results.flatMap(({ checks }) => checks.map(({ name }) => name)));
  const workflows = await jobsOf(place, runs ?? []);
  return await Promise.all(
    wanted.map(async (name) => {
      const own = workflows.find(({ jobs }) => jobs.includes(name));
      if (seen.has(name) || own !== undefined) return { wanted: name, names: [name], notFor: await filterOf(place, head, own) };
      const workflow = workflows.find((one) => one.name === name);
      return { wanted: name, names: workflow?.jobs ?? [], notFor: await filterOf(place, head, workflow) };
    }),
  );
}

interface Ran {
  readonly name: string;
  /** The workflow's file. */
  readonly path: string;
  readonly jobs: readonly string[];
}

/** The jobs of the newest run of each workflow. */
async function jobsOf({ github }: Place, runs: readonly WorkflowRun[]): Promise<readonly Ran[]> {
  const newest = new Map<string, WorkflowRun>();
  for (const run of runs.toReversed()) newest.set(run.path, run);
  return await Promise.all(
    [...newest.values()].slice(-WORKFLOWS).map(async ({ id, name, path }) => {
      const jobs = (await unlessDenied(github.jobs(id))) ?? [];
      return { name, path, jobs: [...new Set(jobs.map((job) => job.name))] };
    }),
  );
}

const filter = z.looseObject({ paths: z.array(z.string()).optional(), 'paths-ignore': z.array(z.string()).optional() }).nullable();
const workflowFile = z.looseObject({
  on: z.union([
    z.string().transform((event) => ({ [event]: null })),
    z.array(z.string()).transform((all) => Object.fromEntries(all.map((event) => [event, null]))),
    z.record(z.string(), z.unknown()),
  ]),
});

/** For which pull requests a workflow does not run, by its file; a required check that does not run blocks them for ever. */
async function filterOf({ github }: Place, head: string, workflow: Ran | undefined): Promise<string | null> {
  const file = workflow === undefined ? null : await unlessDenied(github.file(workflow.path, head));
  if (file === null) return null;
  const read = workflowFile.safeParse(parsed(Buffer.from(file.bytes).toString('utf8')));
  if (!read.success) return null;
  const { on } = read.data;
  const event = ['pull_request', 'pull_request_target'].find((name) => name in on);
  if (event === undefined) return `${file.path} does not run for pull requests at all`;
  const { data } = filter.safeParse(on[event]);
  if (data?.paths !== undefined) return `${file.path} runs only for pull requests that touch ${data.paths.join(', ')}`;
  const ignored = data?.['paths-ignore'];
  return ignored === undefined ? null : `${file.path} does not run for pull requests that touch nothing but ${ignored.join(', ')}`;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
