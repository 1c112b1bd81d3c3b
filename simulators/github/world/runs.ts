import { runJson, workflowJson } from '../routes/shapes-actions.ts';
import type { Attempt, CheckRun, Conclusion, Fork, Repository, Run, Workflow, World } from './state.ts';
import { definitionOf } from './workflows.ts';

/** What a run did. `log` is what its job printed, without times. */
export interface Outcome {
  readonly conclusion: Conclusion;
  readonly log?: string;
  /** How long it took, ms by the simulator's clock. */
  readonly ms?: number;
}

/** A run as whoever decides it sees it. */
export interface RunView {
  readonly repository: string;
  readonly id: number;
  readonly attempt: number;
  /** `guardrail-drift.yml` */
  readonly workflow: string;
  readonly name: string;
  readonly event: string;
  readonly branch: string;
  readonly sha: string;
  readonly actor: string;
  /** A file as the run's commit has it. */
  file(path: string): string | null;
}

/** Decides what a run does; a promise keeps it in progress until it is settled. */
export type OnRun = (run: RunView) => Outcome | Promise<Outcome>;

const QUEUED_MS = 2_000;
const TAKES_MS = 20_000;
const ACTIONS_APP = { id: 15368, slug: 'github-actions' };

export interface Runner {
  start(
    repository: Repository,
    workflow: Workflow,
    by: { readonly event: string; readonly branch: string; readonly sha: string; readonly actor: string; readonly fork?: Fork | null },
  ): Run;
  again(repository: Repository, run: Run, actor: string): Attempt;
  /** Lets time pass for every run: what is due begins or ends. */
  tick(): void;
  /** Those whose outcome is still being decided. */
  undecided(): readonly Promise<unknown>[];
}

export interface Kit {
  readonly world: World;
  readonly runner: Runner;
}

/** Runs of workflows: queued, in progress, completed by the clock or when whoever decides has decided. */
export function createRunner(world: World, onRun: OnRun): Runner {
  const waiting = new Set<Promise<unknown>>();

  function begin(repository: Repository, run: Run, actor: string): Attempt {
    const now = world.now();
    const definition = definitionOf(repository, run.workflow.path, run.sha);
    const check: CheckRun = {
      id: world.nextId(),
      name: definition?.job ?? 'build',
      sha: run.sha,
      app: ACTIONS_APP,
      status: 'queued',
      conclusion: null,
      startedAt: now,
      completedAt: null,
    };
    repository.checks.push(check);
    const attempt: Attempt = {
      number: run.attempts.length + 1,
      jobId: check.id,
      triggeredBy: actor,
      startedAt: now,
      status: 'queued',
      conclusion: null,
      log: null,
      updatedAt: now,
      endsAt: null,
      outcome: null,
      check,
    };
    run.attempts.push(attempt);
    tell(repository, run, 'requested');
    return attempt;
  }

  function decide(repository: Repository, run: Run, attempt: Attempt): void {
    const name = definitionOf(repository, run.workflow.path, run.sha)?.name ?? run.workflow.path;
    const view: RunView = {
      repository: `${repository.owner}/${repository.name}`,
      id: run.id,
      attempt: attempt.number,
      workflow: run.workflow.path.split('/').at(-1) ?? '',
      name,
      event: run.event,
      branch: run.branch,
      sha: run.sha,
      actor: run.actor,
      file(path) {
        const commit = repository.git.commit(run.sha);
        const entry = commit === undefined ? undefined : repository.git.files(commit.tree).get(path);
        return entry === undefined ? null : (repository.git.blob(entry.sha)?.toString('utf8') ?? null);
      },
    };
    const settle = ({ conclusion, log, ms }: Outcome, taken: number): void => {
      attempt.outcome = { conclusion, log: log ?? `Run ${name}\nDone.\n` };
      attempt.endsAt = attempt.startedAt + QUEUED_MS + (ms ?? taken);
    };
    const outcome = onRun(view);
    if (!(outcome instanceof Promise)) return settle(outcome, TAKES_MS);
    const done = outcome
      .then(
        (decided) => settle(decided, 0),
        (error: unknown) => settle({ conclusion: 'failure', log: `##[error]${String(error)}\n` }, 0),
      )
      .finally(() => waiting.delete(done));
    waiting.add(done);
  }

  function tell(repository: Repository, run: Run, action: string): void {
    world.emit(
      'workflow_run',
      repository,
      { action, workflow_run: runJson(world, repository, run), workflow: workflowJson(world, repository, run.workflow) },
      run.attempts.at(-1)?.triggeredBy ?? run.actor,
    );
  }

  function pass(repository: Repository, run: Run): void {
    const attempt = run.attempts.at(-1);
    if (attempt === undefined || attempt.status === 'completed') return;
    const now = world.now();
    if (attempt.status === 'queued' && now >= attempt.startedAt + QUEUED_MS) {
      attempt.status = 'in_progress';
      attempt.check.status = 'in_progress';
      attempt.updatedAt = attempt.startedAt + QUEUED_MS;
      tell(repository, run, 'in_progress');
      decide(repository, run, attempt);
    }
    if (attempt.outcome === null || attempt.endsAt === null || now < attempt.endsAt) return;
    const { conclusion, log } = attempt.outcome;
    const ended = Math.max(attempt.endsAt, attempt.updatedAt);
    Object.assign(attempt, { status: 'completed', conclusion, log, updatedAt: ended });
    Object.assign(attempt.check, { status: 'completed', conclusion, completedAt: ended });
    tell(repository, run, 'completed');
  }

  return {
    start(repository, workflow, { event, branch, sha, actor, fork = null }) {
      const number = repository.runs.filter((other) => other.workflow === workflow).length + 1;
      const run: Run = { id: world.nextId(), number, workflow, event, fork, branch, sha, actor, createdAt: world.now(), attempts: [] };
      repository.runs.push(run);
      begin(repository, run, actor);
      return run;
    },
    again: begin,
    tick() {
      for (const repository of world.repositories.values()) for (const run of repository.runs) pass(repository, run);
    },
    undecided: () => [...waiting],
  };
}
