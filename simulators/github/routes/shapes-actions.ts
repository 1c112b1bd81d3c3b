import { type Attempt, accountOf, type CheckRun, type Pull, type Repository, type Run, type Workflow, type World } from '../world/state.ts';
import { definitionOf } from '../world/workflows.ts';
import { apiUrl, nodeId, time, webUrl } from './addresses.ts';
import { integrationJson, userJson } from './shapes-people.ts';
import { headRepositoryJson, repositoryJson } from './shapes-repository.ts';

export function workflowJson(_world: World, repository: Repository, { id, path, state, createdAt }: Workflow) {
  const head = repository.branches.get(repository.defaultBranch) ?? '';
  return {
    id,
    node_id: nodeId('W', id),
    name: definitionOf(repository, path, head)?.name ?? path,
    path,
    state,
    created_at: time(createdAt),
    updated_at: time(createdAt),
    url: apiUrl(repository, `/actions/workflows/${id}`),
    html_url: webUrl(repository, `/blob/${repository.defaultBranch}/${path}`),
    badge_url: webUrl(repository, `/workflows/${path}/badge.svg`),
  };
}

/** A run as its newest attempt, or the given one, has it. */
export function runJson(world: World, repository: Repository, run: Run, attempt: Attempt | undefined = run.attempts.at(-1)) {
  const { id, number, workflow, event, fork, branch, sha, actor, createdAt } = run;
  const commit = repository.git.commit(sha);
  const message = commit?.message ?? '';
  const name = definitionOf(repository, workflow.path, sha)?.name ?? workflow.path;
  return {
    id,
    name,
    node_id: nodeId('WFR', id),
    head_branch: branch,
    head_sha: sha,
    path: workflow.path,
    display_title: event === 'push' || event === 'pull_request' ? (message.split('\n')[0] ?? '') : name,
    run_number: number,
    event,
    status: attempt?.status ?? 'queued',
    conclusion: attempt?.conclusion ?? null,
    workflow_id: workflow.id,
    check_suite_id: id + 1,
    check_suite_node_id: nodeId('CS', id + 1),
    check_suite_url: apiUrl(repository, `/check-suites/${id + 1}`),
    artifacts_url: apiUrl(repository, `/actions/runs/${id}/artifacts`),
    cancel_url: apiUrl(repository, `/actions/runs/${id}/cancel`),
    previous_attempt_url:
      attempt === undefined || attempt.number === 1 ? null : apiUrl(repository, `/actions/runs/${id}/attempts/${attempt.number - 1}`),
    url: apiUrl(repository, `/actions/runs/${id}`),
    html_url: webUrl(repository, `/actions/runs/${id}`),
    pull_requests: repository.pulls
      // GitHub names none of a fork.
      .filter((pull) => pull.state === 'open' && pull.fork === null && pull.headSha === sha)
      .map((pull) => pullOfRunJson(repository, pull)),
    created_at: time(createdAt),
    updated_at: time(attempt?.updatedAt ?? createdAt),
    run_started_at: time(attempt?.startedAt ?? createdAt),
    actor: userJson(accountOf(world, actor)),
    triggering_actor: userJson(accountOf(world, attempt?.triggeredBy ?? actor)),
    run_attempt: attempt?.number ?? 1,
    referenced_workflows: [],
    head_commit:
      commit === undefined
        ? null
        : {
            id: sha,
            tree_id: commit.tree,
            message,
            timestamp: time(commit.committer.at),
            author: { name: commit.author.name, email: commit.author.email },
            committer: { name: commit.committer.name, email: commit.committer.email },
          },
    jobs_url: apiUrl(repository, `/actions/runs/${id}/jobs`),
    logs_url: apiUrl(repository, `/actions/runs/${id}/logs`),
    rerun_url: apiUrl(repository, `/actions/runs/${id}/rerun`),
    workflow_url: apiUrl(repository, `/actions/workflows/${workflow.id}`),
    repository: repositoryJson(world, repository),
    head_repository: headRepositoryJson(world, repository, fork),
  };
}

/** The little that a run says of a pull request. */
function pullOfRunJson(repository: Repository, { id, number, head, headSha, base }: Pull) {
  const repo = { id: repository.id, url: apiUrl(repository, ''), name: repository.name };
  return {
    id,
    number,
    url: apiUrl(repository, `/pulls/${number}`),
    head: { ref: head, sha: headSha, repo },
    base: { ref: base, sha: repository.branches.get(base) ?? '', repo },
  };
}

export function jobJson(repository: Repository, run: Run, attempt: Attempt) {
  const { check } = attempt;
  return {
    id: attempt.jobId,
    run_id: run.id,
    run_url: apiUrl(repository, `/actions/runs/${run.id}`),
    node_id: nodeId('CR', check.id),
    run_attempt: attempt.number,
    workflow_name: definitionOf(repository, run.workflow.path, run.sha)?.name ?? '',
    head_branch: run.branch,
    head_sha: run.sha,
    status: attempt.status,
    conclusion: attempt.conclusion,
    created_at: time(attempt.startedAt),
    started_at: time(attempt.startedAt),
    completed_at: check.completedAt === null ? null : time(check.completedAt),
    name: check.name,
    steps: [],
    labels: ['ubuntu-latest'],
    runner_id: attempt.status === 'queued' ? null : 1,
    runner_name: attempt.status === 'queued' ? null : 'GitHub Actions 1',
    runner_group_id: attempt.status === 'queued' ? null : 0,
    runner_group_name: attempt.status === 'queued' ? null : 'GitHub Actions',
    url: apiUrl(repository, `/actions/jobs/${attempt.jobId}`),
    html_url: webUrl(repository, `/actions/runs/${run.id}/job/${attempt.jobId}`),
    check_run_url: apiUrl(repository, `/check-runs/${check.id}`),
  };
}

export function checkJson(world: World, repository: Repository, check: CheckRun) {
  const { id, name, sha, app, status, conclusion, startedAt, completedAt } = check;
  return {
    id,
    node_id: nodeId('CR', id),
    name,
    head_sha: sha,
    status,
    conclusion,
    started_at: time(startedAt),
    completed_at: completedAt === null ? null : time(completedAt),
    url: apiUrl(repository, `/check-runs/${id}`),
    html_url: webUrl(repository, `/runs/${id}`),
    details_url: webUrl(repository, `/runs/${id}`),
    external_id: '',
    app: integrationJson(world, app),
    check_suite: { id: id + 1 },
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: 0,
      annotations_url: apiUrl(repository, `/check-runs/${id}/annotations`),
    },
    pull_requests: [],
  };
}
