import { z } from 'zod';
import { headOf } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, type Reading, readAction } from '../../ports/action.ts';
import type { GitHub, Job, WorkflowRun } from '../../ports/github.ts';
import { ago, branchField, integer, short, subject, workflowField } from './fields.ts';
import { patchIn, printed } from './log-patch.ts';
import { onWorkflow, permissions, workflowAt, workflowOf } from './place.ts';
import { isFailed, runFields, runOutput, sayState } from './runs.ts';

/** How far back a failed run is looked for. */
const LOOK_BACK = 50;
/** Characters of a patch in the output; all of it is in the file. */
const MAX_PATCH = 16_000;

const input = z.strictObject({
  target: workflowField,
  which: z.enum(['any', 'failed']).default('any').describe('The newest run, or the newest that failed'),
  branch: branchField.optional(),
  run: integer.nullable().optional().describe('This run instead of the newest'),
  log: z.boolean().default(false).describe('Reads the log of the job that failed, and the patch in it'),
});
type Input = z.infer<typeof input>;
const output = z.strictObject({ ...runFields, job: z.string(), patch: z.string() });

const NEEDS = permissions(['actions', 'read']);

/** VO-02. */
export const githubWorkflowRun = readAction({
  name: 'github.workflow-run',
  about: 'Shows the newest run of a workflow: who, which commit, how it ended; and the patch that its log has.',
  input,
  output,
  ...onWorkflow(NEEDS),
  async run(asked, context) {
    const { github, file } = workflowAt(context, asked.target);
    const now = await context.now();
    const run = await find(github, file, asked);
    if (run === null) {
      await workflowOf({ github }, file);
      const what = asked.which === 'failed' ? `No failed run of ${file} among the last ${LOOK_BACK}` : `${file} has not run yet`;
      return { output: { ...runOutput(null, now), job: '', patch: '' }, summary: what };
    }
    const logged = asked.log && run.status === 'completed' ? await logOf(github, run, context) : null;
    const title = `${run.name} #${run.number}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`;
    const reading: Reading<z.infer<typeof output>> = {
      output: { ...runOutput(run, now), job: logged?.job.name ?? '', patch: headOf(logged?.patch ?? '', MAX_PATCH) },
      summary: `${title}: ${sayState(run)}, ${ago(run.created, now)} ago on ${short(run.sha)} by ${run.triggeredBy}${logged === null ? '' : sayLog(logged)}`,
      table: {
        columns: ['', title],
        rows: [
          ['State', sayState(run)],
          ['Commit', `${short(run.sha)} ${subject(run.message)}`],
          ['Branch', run.branch],
          ['Event', run.event],
          ['By', run.actor === run.triggeredBy ? run.actor : `${run.actor}, this attempt by ${run.triggeredBy}`],
          ['Began', `${ago(run.started, now)} ago`],
          ['Link', run.url],
        ],
      },
      ...(logged === null ? {} : { text: { name: `${file.replace(/\.ya?ml$/, '')}-${run.id}-${run.attempt}.log`, content: logged.text } }),
      ...(logged === null || logged.patch === '' ? {} : { files: [{ name: `drift-${run.id}.patch`, content: logged.patch }] }),
    };
    return reading;
  },
});

async function find(github: GitHub, file: string, { which, branch, run }: Input): Promise<WorkflowRun | null> {
  if (run !== null && run !== undefined) return await github.run(run);
  const limit = which === 'failed' ? LOOK_BACK : 1;
  const runs = await github.runs({ workflow: file, limit, ...(branch === undefined ? {} : { branch }) });
  return (which === 'failed' ? runs.find(isFailed) : runs[0]) ?? null;
}

interface Logged {
  readonly job: Job;
  readonly text: string;
  readonly patch: string;
}

/** The log of the job that failed, else of the last one; `null` where GitHub has none any more. */
async function logOf(github: GitHub, run: WorkflowRun, context: ActionContext): Promise<Logged | null> {
  const jobs = await github.jobs(run.id);
  const job = jobs.find(isFailed) ?? jobs.at(-1);
  const log = job === undefined ? null : await github.log(job.id);
  if (job === undefined || log === null) {
    context.say('GitHub no longer has the log of this run.');
    return null;
  }
  return { job, text: printed(log).join('\n'), patch: patchIn(log) };
}

function sayLog({ job, patch }: Logged): string {
  const changed = patch.split('\n').filter((line) => /^[+-](?!\+\+ |-- )/.test(line)).length;
  return patch === '' ? `; the log of ${job.name} has no patch` : `; its patch changes ${plural(changed, 'line')}`;
}
