import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { changeAction, type Touch } from '../../ports/action.ts';
import { type GitHub, GitHubError, type WorkflowRun } from '../../ports/github.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { branchField, integer, short, subject, workflowField } from './fields.ts';
import { headOf, onWorkflow, permissions, workflowAt, workflowOf } from './place.ts';
import { isFailed, isPassed, sayState } from './runs.ts';

const LOOK_BACK = 50;
/** GitHub runs nothing again that is older, ms ("Re-running workflows and jobs"). */
const RERUN_WITHIN = 30 * 24 * 3_600_000;

const input = z.strictObject({
  target: workflowField,
  run: integer.nullable().optional().describe('This run instead of the newest that failed'),
  branch: branchField.optional(),
  only: z.enum(['failed', 'all']).default('all').describe('All jobs of the run again, or only those that failed'),
  how: z
    .enum(['auto', 'rerun', 'dispatch'])
    .default('auto')
    .describe('A run that is repeated checks out its old commit; auto starts a new one where the branch has moved on and the workflow allows it'),
});
type Input = z.infer<typeof input>;
const output = z.strictObject({ mode: z.enum(['rerun', 'dispatch']), run: integer, attempt: integer, url: z.string(), already: z.boolean() });

/** `after`: the newest run of the workflow when this was planned; ids only grow. */
const scopeSchema = z.strictObject({
  mode: z.enum(['rerun', 'dispatch']),
  run: integer,
  attempt: integer,
  branch: z.string(),
  after: integer,
});
type Scope = z.infer<typeof scopeSchema>;

const NEEDS = permissions(['actions', 'write'], ['contents', 'read']);

/** VO-07, VO-14. */
export const githubRerunWorkflow = changeAction({
  name: 'github.rerun-workflow',
  about: 'Runs a workflow again: the newest failed run, or a new one on the head of the branch where that is what counts.',
  effect: 'change',
  oneWay: 'What a workflow did is not undone by Tocsin. Cancel the run on GitHub if it is still running, or revert there what it changed.',
  input,
  output,
  ...onWorkflow(NEEDS),

  async plan(asked, context) {
    const place = workflowAt(context, asked.target);
    const { github, file } = place;
    const [now, workflow, branch] = await Promise.all([context.now(), workflowOf(place, file), asked.branch ?? place.branch()]);
    const [head, runs] = await Promise.all([headOf(place, branch), github.runs({ workflow: file, branch, limit: LOOK_BACK })]);
    const chosen = asked.run == null ? (runs.find(isFailed) ?? null) : await github.run(asked.run);
    const busy = runs.find((run) => run.status !== 'completed') ?? null;
    const passed = runs.find((run) => isPassed(run) && run.id > (chosen?.id ?? run.id)) ?? null;
    const dispatchable = await canDispatch(github, workflow.path, head);
    const { mode, notes } = decide(asked, { chosen, head, branch, now, dispatchable, file });
    const scope: Scope = { mode, run: chosen?.id ?? 0, attempt: chosen?.attempt ?? 0, branch, after: runs[0]?.id ?? 0 };
    const what =
      mode === 'rerun' && chosen !== null
        ? `Runs ${workflow.name} #${chosen.number} (${short(chosen.sha)}) again`
        : `Starts ${workflow.name} on ${branch} (${short(head)})`;
    return {
      summary: busy === null ? what : `${workflow.name} #${busy.number} is already in progress (${sayState(busy)}): nothing to start.`,
      diff:
        busy === null
          ? [
              ...(chosen === null ? [] : [`- ${describe(chosen)}`]),
              `+ ${mode === 'rerun' ? `attempt ${scope.attempt + 1} on the same commit` : `a new run on ${short(head)}`}`,
            ].join('\n')
          : null,
      noPlan: busy === null ? null : 'Nothing would change.',
      notes: [...notes, ...(passed === null ? [] : [`${workflow.name} #${passed.number} has passed since (${short(passed.sha)}).`])],
      touches: [touchOf(github, scope, chosen)],
      changes: busy === null,
      scope,
      // Runs come up all the time; what counts is the run that is repeated.
      asListed: true,
      snapshot: null,
    };
  },

  async apply(asked, planned, context) {
    const { github, file } = workflowAt(context, asked.target);
    const scope = scopeSchema.parse(planned.scope);
    const done = await startedSince(github, file, scope);
    if (done !== null) return reading(scope, done, true);
    const chosen = scope.run === 0 ? null : await github.run(scope.run);
    assertFresh(planned, [touchOf(github, scope, chosen)]);
    try {
      if (scope.mode === 'rerun') await github.rerun(scope.run, asked.only);
      else await github.dispatch(file, scope.branch);
    } catch (error) {
      // Without an answer it may have begun: the look below tells, and the next try looks first.
      if (!(error instanceof GitHubError) || error.reason !== 'uncertain') throw error;
      const begun = await startedSince(github, file, scope);
      if (begun === null) throw error;
      return reading(scope, begun, false);
    }
    return reading(scope, await startedSince(github, file, scope), false);
  },
});

interface Situation {
  readonly chosen: WorkflowRun | null;
  readonly head: string;
  readonly branch: string;
  readonly now: number;
  readonly dispatchable: boolean;
  readonly file: string;
}

/** Whether a run is repeated or a new one started. @throws UserError `github-no-run` when neither is possible */
function decide(
  { how }: Input,
  { chosen, head, branch, now, dispatchable, file }: Situation,
): { readonly mode: Scope['mode']; readonly notes: string[] } {
  const old = chosen !== null && now - chosen.created > RERUN_WITHIN;
  const moved = chosen !== null && chosen.sha !== head;
  const repeatable = chosen !== null && chosen.status === 'completed' && !old;
  if (how !== 'rerun' && dispatchable && (how === 'dispatch' || !repeatable || moved)) {
    if (chosen === null) return { mode: 'dispatch', notes: [`No failed run of ${file} was found on ${branch}.`] };
    if (old) return { mode: 'dispatch', notes: ['The failed run is older than 30 days: GitHub does not run it again.'] };
    return {
      mode: 'dispatch',
      notes: moved ? [`${branch} has moved on since ${short(chosen.sha)}: the failed run again would check the old commit.`] : [],
    };
  }
  if (how !== 'dispatch' && repeatable)
    return {
      mode: 'rerun',
      notes: moved
        ? [
            `It checks out ${short(chosen.sha)} again, not the head of ${branch} (${short(head)}): ${file} has no workflow_dispatch trigger, or this was chosen.`,
          ]
        : [],
    };
  const why =
    chosen === null
      ? `There is no failed run of ${file} on ${branch} to repeat`
      : old
        ? 'The failed run is older than 30 days'
        : 'The run is not over';
  throw new UserError(
    'github-no-run',
    `${why}${dispatchable ? '' : `, and ${file} cannot be started by hand: it has no workflow_dispatch trigger`}. Start it on GitHub, or wait for its schedule.`,
  );
}

/** What has begun since the plan: the run's next attempt, or a new run that was started by hand on the branch. */
async function startedSince(github: GitHub, file: string, scope: Scope): Promise<WorkflowRun | null> {
  if (scope.mode === 'rerun') {
    const run = await github.run(scope.run);
    return run !== null && run.attempt > scope.attempt ? run : null;
  }
  const runs = await github.runs({ workflow: file, branch: scope.branch, event: 'workflow_dispatch', limit: 10 });
  return runs.findLast(({ id }) => id > scope.after) ?? null;
}

/** GitHub lists a run some moments after it was started: until then it is known by what was asked for. */
function reading(scope: Scope, run: WorkflowRun | null, already: boolean) {
  const { mode } = scope;
  const attempt = run?.attempt ?? (mode === 'rerun' ? scope.attempt + 1 : 1);
  const summary =
    run === null
      ? 'It was started; GitHub does not list it yet.'
      : `${run.name} #${run.number}${attempt > 1 ? `, attempt ${attempt}` : ''}: ${sayState(run)}`;
  return { output: { mode, run: run?.id ?? (mode === 'rerun' ? scope.run : 0), attempt, url: run?.url ?? '', already }, summary };
}

function touchOf(github: GitHub, scope: Scope, run: WorkflowRun | null): Touch {
  const state = run === null ? null : { attempt: run.attempt, conclusion: run.conclusion };
  return touch(`${github.repository} run ${scope.run}`, String(scope.run), 'its newest attempt', state);
}

function describe({ name, number, attempt, sha, message, ...state }: WorkflowRun): string {
  return `${name} #${number} attempt ${attempt}: ${sayState(state)} on ${short(sha)} ${subject(message)}`;
}

const triggers = z.object({ on: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]) });

/** Whether the workflow's file lets people start it. */
async function canDispatch(github: GitHub, path: string, sha: string): Promise<boolean> {
  const file = await github.file(path, sha);
  if (file === null) return false;
  try {
    const { on } = triggers.parse(parse(Buffer.from(file.bytes).toString('utf8')));
    return typeof on === 'string' ? on === 'workflow_dispatch' : Array.isArray(on) ? on.includes('workflow_dispatch') : 'workflow_dispatch' in on;
  } catch {
    return false;
  }
}
