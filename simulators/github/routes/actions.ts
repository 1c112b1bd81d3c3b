import { z } from 'zod';
import { type Asked, of, PAGED } from '../http/asked.ts';
import { ApiError, invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, page, type Route, route, textIn } from '../http/router.ts';
import { newestChecks } from '../world/merging.ts';
import type { Attempt, Run, Workflow } from '../world/state.ts';
import { definitionOf, workflowNamed, workflowsOf } from '../world/workflows.ts';
import { apiUrl, time } from './addresses.ts';
import { commitOf } from './commits.ts';
import { checkJson, jobJson, runJson, workflowJson } from './shapes-actions.ts';
import { repositoryJson } from './shapes-repository.ts';

const MONTH = 30 * 24 * 3_600_000;
const RUN = '/repos/:owner/:repo/actions/runs/:run';

const STATES = ['completed', 'action_required', 'cancelled', 'failure', 'neutral', 'skipped', 'stale', 'success', 'timed_out'] as const;
const WAITING = ['in_progress', 'queued', 'requested', 'waiting', 'pending'] as const;

const RUNS: Asked = {
  query: { ...PAGED, actor: of.text(), branch: of.text(), event: of.text(), head_sha: of.text(), status: of.choice(...STATES, ...WAITING) },
  unplayed: ['created', 'exclude_pull_requests', 'check_suite_id'],
};

export const ACTION_ROUTES: readonly Route[] = [
  route(
    'GET',
    '/repos/:owner/:repo/actions/workflows',
    'actions=read',
    (call) =>
      page(
        call,
        workflowsOf(call.world, call.repository).map((workflow) => workflowJson(call.world, call.repository, workflow)),
        'workflows',
      ),
    { query: PAGED },
  ),
  route('GET', '/repos/:owner/:repo/actions/workflows/:workflow', 'actions=read', (call) => ({
    status: 200,
    json: workflowJson(call.world, call.repository, workflowOf(call)),
  })),
  route(
    'GET',
    '/repos/:owner/:repo/actions/workflows/:workflow/runs',
    'actions=read',
    (call) => {
      const workflow = workflowOf(call);
      return listRuns(call, (run) => run.workflow === workflow);
    },
    RUNS,
  ),
  route('POST', '/repos/:owner/:repo/actions/workflows/:workflow/dispatches', 'actions=write', dispatch, {
    body: { ref: z.string() },
    unplayed: ['inputs', 'return_run_details'],
  }),
  route('GET', '/repos/:owner/:repo/actions/runs', 'actions=read', (call) => listRuns(call, () => true), RUNS),
  route('GET', RUN, 'actions=read', (call) => ({ status: 200, json: runJson(call.world, call.repository, runOf(call)) }), {
    unplayed: ['exclude_pull_requests'],
  }),
  route(
    'GET',
    `${RUN}/attempts/:attempt`,
    'actions=read',
    (call) => {
      const run = runOf(call);
      return { status: 200, json: runJson(call.world, call.repository, run, attemptOf(call, run)) };
    },
    { unplayed: ['exclude_pull_requests'] },
  ),
  route('POST', `${RUN}/rerun`, 'actions=write', (call) => rerun(call, false), { body: { enable_debug_logging: of.flag() } }),
  route('POST', `${RUN}/rerun-failed-jobs`, 'actions=write', (call) => rerun(call, true), { body: { enable_debug_logging: of.flag() } }),
  route(
    'GET',
    `${RUN}/jobs`,
    'actions=read',
    (call) => {
      const run = runOf(call);
      const attempts = call.request.query.get('filter') === 'all' ? run.attempts : run.attempts.slice(-1);
      // A run that is queued, or waits for an approval, has no jobs yet.
      const begun = attempts.filter(({ status, conclusion }) => status !== 'queued' && conclusion !== 'action_required');
      return page(
        call,
        begun.map((attempt) => jobJson(call.repository, run, attempt)),
        'jobs',
      );
    },
    { query: { ...PAGED, filter: of.choice('latest', 'all') } },
  ),
  route(
    'GET',
    `${RUN}/attempts/:attempt/jobs`,
    'actions=read',
    (call) => {
      const run = runOf(call);
      return page(call, [jobJson(call.repository, run, attemptOf(call, run))], 'jobs');
    },
    { query: PAGED },
  ),
  route('GET', '/repos/:owner/:repo/actions/jobs/:job/logs', 'actions=read', (call) => {
    const found = jobOf(call);
    if (found === undefined || found.log === null) throw notFound();
    return { status: 302, headers: { location: `${call.origin}/simulated-logs/${call.repository.id}-${found.jobId}` } };
  }),
  route('GET', '/simulated-logs/:log', '', downloadLog),
  route(
    'GET',
    '/repos/:owner/:repo/commits/:ref/check-runs',
    'checks=read',
    (call) => {
      const { sha } = commitOf(call.repository, call.params['ref'] ?? '');
      const name = call.request.query.get('check_name');
      const all =
        call.request.query.get('filter') === 'all' ? call.repository.checks.filter((check) => check.sha === sha) : newestChecks(call.repository, sha);
      const shown = all.filter((check) => name === null || check.name === name);
      return page(
        call,
        shown.map((check) => checkJson(call.world, call.repository, check)),
        'check_runs',
      );
    },
    { query: { ...PAGED, check_name: of.text(), filter: of.choice('latest', 'all') }, unplayed: ['status', 'app_id'] },
  ),
  route(
    'GET',
    '/repos/:owner/:repo/commits/:ref/status',
    'statuses=read',
    (call) => {
      const { world, repository } = call;
      const { sha } = commitOf(repository, call.params['ref'] ?? '');
      const commit = apiUrl(repository, `/commits/${sha}`);
      const json = { state: 'pending', statuses: [], sha, total_count: 0, repository: repositoryJson(world, repository), commit_url: commit };
      return { status: 200, json: { ...json, url: `${commit}/status` } };
    },
    { query: PAGED },
  ),
];

function workflowOf({ world, repository, params }: Call): Workflow {
  const workflow = workflowNamed(world, repository, params['workflow'] ?? '');
  if (workflow === undefined) throw notFound();
  return workflow;
}

function runOf({ repository, params }: Call): Run {
  const run = repository.runs.find(({ id }) => String(id) === params['run']);
  if (run === undefined) throw notFound();
  return run;
}

function attemptOf({ params }: Call, run: Run): Attempt {
  const attempt = run.attempts.find(({ number }) => String(number) === params['attempt']);
  if (attempt === undefined) throw notFound();
  return attempt;
}

function jobOf({ repository, params }: Call): Attempt | undefined {
  return repository.runs.flatMap((run) => run.attempts).find(({ jobId }) => String(jobId) === params['job']);
}

function listRuns(call: Call, belongs: (run: Run) => boolean) {
  const { world, repository, request } = call;
  const asked = (name: string): string | null => request.query.get(name);
  const runs = repository.runs.filter(belongs).filter((run) => {
    const newest = run.attempts.at(-1);
    const status = asked('status');
    return (
      (asked('branch') ?? run.branch) === run.branch &&
      (asked('event') ?? run.event) === run.event &&
      (asked('head_sha') ?? run.sha) === run.sha &&
      (asked('actor') ?? run.actor) === run.actor &&
      (status === null || status === newest?.status || status === newest?.conclusion)
    );
  });
  return page(
    call,
    runs.toReversed().map((run) => runJson(world, repository, run)),
    'workflow_runs',
  );
}

function rerun(call: Call, onlyFailed: boolean) {
  const { repository, runner, world, grant } = call;
  const run = runOf(call);
  const newest = run.attempts.at(-1);
  if (newest?.status !== 'completed') throw new ApiError(403, 'This workflow is already running');
  if (world.now() - run.createdAt > MONTH) throw new ApiError(403, 'Unable to retry this workflow run because it was created over a month ago');
  if (run.workflow.state !== 'active') throw new ApiError(403, 'Unable to retry this workflow run because the workflow is disabled');
  if (onlyFailed && newest.conclusion === 'success') throw new ApiError(403, 'There are no failed jobs to re-run');
  runner.again(repository, run, grant.login);
  return { status: 201, json: {} };
}

function dispatch(call: Call) {
  const { repository, runner, grant } = call;
  const workflow = workflowOf(call);
  const ref = textIn(bodyOf(call), 'ref').replace(/^refs\/heads\//, '');
  const sha = repository.branches.get(ref);
  if (sha === undefined) throw invalid(`No ref found for: ${ref}`);
  if (workflow.state !== 'active') throw invalid("Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  if (definitionOf(repository, workflow.path, sha)?.dispatch !== true) throw invalid("Workflow does not have 'workflow_dispatch' trigger");
  runner.start(repository, workflow, { event: 'workflow_dispatch', branch: ref, sha, actor: grant.login });
  return { status: 204 };
}

/** Each line of a log begins with its time, to seven digits. */
function downloadLog({ world, params }: Call) {
  const [repositoryId, job] = (params['log'] ?? '').split('-');
  const repository = [...world.repositories.values()].find(({ id }) => String(id) === repositoryId);
  const attempt = repository?.runs.flatMap((run) => run.attempts).find(({ jobId }) => String(jobId) === job);
  if (attempt?.log == null) throw notFound();
  const stamp = `${time(attempt.updatedAt).slice(0, 19)}.0000000Z`;
  const lines = attempt.log.replace(/\n$/, '').split('\n');
  return { status: 200, text: `\uFEFF${lines.map((line) => `${stamp} ${line}`).join('\n')}\n` };
}
