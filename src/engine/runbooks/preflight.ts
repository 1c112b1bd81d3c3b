import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import type { Check } from '../ports/action.ts';
import { AwsError } from '../ports/aws.ts';
import { ClusterError, type Right } from '../ports/cluster.ts';
import { GitHubError } from '../ports/github.ts';
import type { RunContext, RunKind } from '../ports.ts';
import { shownBoard } from '../reach/shown.ts';
import { type Board, putBoard } from './board.ts';
import type { RunbookDeps, StepContext } from './deps.ts';
import { type Arguments, diagnosisArguments } from './needs.ts';
import { missingBy, sayError } from './reading.ts';
import { overRemedy, type Runbook } from './runbook.ts';
import { evaluateInputs, type Inputs, placeholder } from './values.ts';

const CHECK_TIMEOUT = 20_000;

const preflightInput = z.object({
  service: z.string(),
  by: z.string(),
  to: z.union([z.object({ kind: z.literal('channel'), channel: z.string() }), z.object({ kind: z.literal('person'), user: z.string() })]),
});

/** What the pre-flight found of one step. */
export interface StepCheck {
  readonly runbook: string;
  /** `diagnose.engine`, `bypass: step 1`. */
  readonly step: string;
  readonly uses: string;
  readonly checks: readonly Check[];
}

export interface PreflightReport {
  readonly service: string;
  readonly at: number;
  readonly runbooks: number;
  readonly steps: readonly StepCheck[];
}

/** Looks at every step of a service's runbooks: would it work tonight? Changes nothing. */
export async function preflight(deps: RunbookDeps, service: string): Promise<PreflightReport> {
  const runbooks = deps.catalogue.list(service);
  if (runbooks.length === 0) throw new UserError('no-runbooks', `There are no runbooks for ${service}. \`/runbook list\` shows all.`);
  const rights = new Map<string, Promise<Check>>();
  const steps = await Promise.all(runbooks.flatMap((runbook) => stepsOf(runbook).map((step) => checkStep(deps, runbook, step, rights))));
  return { service, at: await deps.store.now(), runbooks: runbooks.length, steps };
}

/** The pre-flight as a run: asked for by a person, or nightly. Its report is a record with an artifact. */
export function preflightRun(deps: RunbookDeps): RunKind {
  return async function run(context: RunContext, input: Json): Promise<void> {
    const { service, by, to } = preflightInput.parse(input);
    const board: Board = { key: `${context.id}:board`, stream: 'system', to, template: 'preflight' };
    await context.writeAfter(
      'report',
      () => preflight(deps, service),
      async (tx, report) => {
        const artifact = await tx.putArtifact('system', Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
        const count = (state: Check['state']) => report.steps.filter(({ checks }) => worst(checks) === state).length;
        const data = { service, by, steps: report.steps.length, failures: count('failure'), warnings: count('warning') };
        await deps.recordOutside(tx, 'preflight.finished', data, [artifact as unknown as Json]);
        await putBoard(tx, board, 1, report as unknown as Json);
        return true;
      },
    );
    const posted = await context.step('posted', async () => (await deps.store.message(board.key))?.data ?? null);
    const { view } = posted as { view: Json };
    await shownBoard(context, deps.store, board, by, (tx, on) => putBoard(tx, on, 1, view));
  };
}

/** The gravest of what was found. */
export function worst(checks: readonly Check[]): Check['state'] {
  if (checks.some(({ state }) => state === 'failure')) return 'failure';
  return checks.some(({ state }) => state === 'warning') ? 'warning' : 'ok';
}

export interface Step {
  readonly name: string;
  readonly uses: string;
  readonly input: Inputs;
}

/** Every step of a runbook with its inputs, as far as they are known before anybody asks. */
export function stepsOf(runbook: Runbook, given: Arguments = {}): Step[] {
  const diagnose = Object.entries(runbook.diagnose).map(([name, { uses, with: input }]) => ({
    name: `diagnose ${name}`,
    uses,
    input: evaluateInputs(
      input,
      runbook.overDiagnosis,
      { arg: diagnosisArguments(runbook, given), setting: runbook.setting },
      { unknown: placeholder },
    ),
  }));
  const remedies = Object.entries(runbook.remedies).flatMap(([name, remedy]) => {
    const over = overRemedy(remedy, runbook);
    const sample = {
      incident: SAMPLE_INCIDENT,
      setting: runbook.setting,
      arg: Object.fromEntries(Object.entries(remedy.arguments).map(([key, one]) => [key, given[key] ?? one.default ?? placeholder(key)])),
    };
    const steps = remedy.steps.map((step, i) => ({
      name: `${name}, step ${i + 1}`,
      uses: step.uses,
      input: evaluateInputs(step.with, over, sample, { unknown: placeholder }),
    }));
    const verify =
      remedy.verify === undefined
        ? []
        : [{ name: `${name}, verify`, uses: remedy.verify.uses, input: evaluateInputs(remedy.verify.with, over, sample, { unknown: placeholder }) }];
    return [...steps, ...verify];
  });
  return [...diagnose, ...remedies];
}

const SAMPLE_INCIDENT: Json = {
  id: 'INC-0000-0000',
  title: 'pre-flight',
  service: '',
  severity: 'P0',
  status: 'investigating',
  component: '',
  impact: '',
  customer_impact: false,
  data_exposure: false,
  commander: '',
};

async function checkStep(deps: RunbookDeps, runbook: Runbook, step: Step, rights: Map<string, Promise<Check>>): Promise<StepCheck> {
  const about = { runbook: runbook.id, step: step.name, uses: step.uses };
  const context = deps.context({ service: runbook.service, incident: null, signal: AbortSignal.timeout(CHECK_TIMEOUT) });
  const action = deps.actions.get(step.uses);
  if (action === undefined)
    return { ...about, checks: [{ state: 'failure', what: `there is no action ${step.uses}`, advice: 'Install the package that has it.' }] };
  const parsed = action.input.safeParse(step.input);
  if (!parsed.success) return { ...about, checks: [{ state: 'ok', what: 'what it works with is known only when it is asked for', advice: null }] };
  const input = parsed.data;
  const checks: Check[] = [];
  try {
    const needed = action.rights(input, context);
    checks.push(...(await Promise.all(needed.flatMap(oneVerbEach).map((right) => mayOnce(right, context, rights)))));
    if (action.preflight !== undefined) checks.push(...(await action.preflight(input, context)));
  } catch (error) {
    const absent = missingBy(error) === 'absent';
    checks.push({ state: absent ? 'ok' : 'failure', what: sayError(error, context), advice: absent ? null : adviceFor(error) });
  }
  return { ...about, checks: checks.length === 0 ? [{ state: 'ok', what: 'needs nothing of the cluster', advice: null }] : checks };
}

function adviceFor(error: unknown): string {
  if (error instanceof UserError && error.code === 'target-missing')
    return 'Name the workload that is really there in `targets` of tocsin.yml, or remove the target.';
  if (error instanceof UserError && error.code === 'unknown-target') return 'Add the target to the service in tocsin.yml.';
  if (error instanceof ClusterError && error.reason === 'unreachable')
    return 'Check KUBECONFIG, the context of the service, and the way to the API server.';
  if (error instanceof ClusterError && error.reason === 'forbidden')
    return 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.';
  if (error instanceof AwsError && error.reason === 'denied')
    return 'Give the permission by a policy: deploy/aws/tocsin-policy.json has all that Tocsin uses.';
  if (error instanceof GitHubError && error.reason === 'denied')
    return 'Give the permission to the token or the GitHub App: docs/how-to/connect-github.md.';
  return 'See the message; the step would fail like this tonight.';
}

function oneVerbEach(right: Right): Right[] {
  return right.verbs.map((verb) => ({ ...right, verbs: [verb] }));
}

/** Each right is asked for once a report, however many steps need it. */
function mayOnce(right: Right, context: StepContext, asked: Map<string, Promise<Check>>): Promise<Check> {
  const key = JSON.stringify(right);
  const known = asked.get(key);
  if (known !== undefined) return known;
  const check = may(right, context);
  asked.set(key, check);
  return check;
}

async function may(right: Right, context: StepContext): Promise<Check> {
  const cluster = context.cluster(right.namespace === undefined ? undefined : { namespace: right.namespace });
  const what = `${right.verbs.join(', ')} ${right.resource}${right.subresource === undefined ? '' : `/${right.subresource}`}${right.name === undefined ? '' : ` ${right.name}`}`;
  const { allowed, reason } = await cluster.can(right);
  if (allowed) return { state: 'ok', what: `may ${what}`, advice: null };
  return {
    state: 'failure',
    what: `may not ${what}${reason === null || reason === '' ? '' : ` (${reason})`}`,
    advice: 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.',
  };
}
