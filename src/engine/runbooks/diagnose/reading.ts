import { isDatabaseAway, UserError } from '../../../domain/errors.ts';
import { asJson, mapTexts, readBack } from '../../../domain/json.ts';
import type { Json } from '../../../domain/record.ts';
import { clamp, headOf, tailOf } from '../../../lib/clamp.ts';
import { pause } from '../../../lib/pause.ts';
import {
  type Action,
  type ChangeAction,
  type Chart,
  outputOf,
  type Picture,
  type ReadAction,
  type StepState,
  type Table,
} from '../../../ports/action.ts';
import { AwsError } from '../../../ports/aws.ts';
import { ClusterError } from '../../../ports/cluster.ts';
import { GitHubError } from '../../../ports/github.ts';
import type { RunbookDeps, StepContext } from '../deps.ts';

/** How long (ms) a step that reads may take unless the runbook says otherwise. */
export const STEP_TIMEOUT = 20_000;
const MAX_ERROR = 600;
/** A text longer than this is cut in the middle, bytes. */
const MAX_TEXT = 4 * 1024 * 1024;

/** What a step that reads has found, redacted. */
export interface StepResult {
  /** Whether the step ran to its end. */
  readonly ok: boolean;
  /** Why there is nothing to read: its target is not there by tocsin.yml, is not set, or is not in the cluster. */
  readonly missing?: 'absent' | 'not-found';
  readonly state: StepState;
  /** Why this installation cannot read it, with what to grant: it will be so at the next look too. */
  readonly needs?: string;
  /** Without what could not be read; `null` when the step failed. */
  readonly output: Json;
  /** What is to be seen, or why the step failed. */
  readonly summary: string;
  readonly table: Table | null;
  readonly chart: Chart | null;
  readonly text: { readonly name: string; readonly content: string } | null;
  readonly picture: Picture | null;
  /** Artifacts of evidence beside `text`. */
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly ms: number;
}

export interface ReadOptions {
  readonly service: string;
  readonly incident: string | null;
  readonly timeoutMs?: number;
  /** Only what happened after this moment (ms) counts. */
  readonly newerThan?: number;
  /** When the last lasting remedy of the service was verified, ms. */
  readonly mendedAt?: number;
  readonly signal?: AbortSignal;
  readonly say?: (text: string) => void;
}

/**
 * Runs a step that reads, within its time. What went wrong is the result, so that one failing step hides no other.
 * @throws TocsinError `database-unavailable`: Tocsin's own database says nothing of the platform, so its run looks again
 */
export async function readStep(deps: RunbookDeps, uses: string, input: Json, options: ReadOptions): Promise<StepResult> {
  const started = performance.now();
  const limit = options.timeoutMs ?? STEP_TIMEOUT;
  const timeout = AbortSignal.timeout(limit);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const context = deps.context({
    service: options.service,
    incident: options.incident,
    signal,
    ...(options.newerThan === undefined ? {} : { newerThan: options.newerThan }),
    ...(options.mendedAt === undefined ? {} : { mendedAt: options.mendedAt }),
    ...(options.say === undefined ? {} : { say: options.say }),
  });
  const elapsed = () => Math.round(performance.now() - started);
  try {
    const action = readable(deps, uses);
    const reading = await within(action.run(action.input.parse(input), context), timeout, limit);
    const { table = null, picture = null } = reading;
    // Together, since a table or an output may be long as well.
    const shown = await context.redactAll(asJson({ output: outputOf(action, reading), summary: reading.summary, table, picture }));
    return {
      ok: true,
      state: reading.state ?? 'seen',
      ...(reading.needs === undefined ? {} : { needs: reading.needs }),
      ...readBack<Pick<StepResult, 'output' | 'summary' | 'table' | 'picture'>>(shown),
      chart: reading.chart ?? null,
      // Slack refuses an empty file, and there is nothing to keep of one.
      text:
        reading.text === undefined || reading.text.content === ''
          ? null
          : { name: reading.text.name, content: await context.redactLong(cut(reading.text.content)) },
      files: await Promise.all((reading.files ?? []).map(async ({ name, content }) => ({ name, content: await context.redactLong(content) }))),
      ms: elapsed(),
    };
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    const summary = sayError(error, context);
    const none = { output: null, summary, table: null, chart: null, text: null, picture: null, files: [], ms: elapsed() };
    const missing = missingBy(error);
    if (missing === 'absent') return { ...none, ok: true, state: 'seen', missing };
    const denied = isDenied(error) ? { needs: summary } : {};
    return { ...none, ok: false, state: 'unknown', ...denied, ...(missing === null ? {} : { missing }) };
  }
}

/** Whether an error says that there is nothing to act on or to read; `null` when it says something else. */
export function missingBy(error: unknown): 'absent' | 'not-found' | null {
  if (!(error instanceof UserError)) return null;
  if (error.code === 'target-absent') return 'absent';
  return error.code === 'target-missing' || error.code === 'unknown-target' ? 'not-found' : null;
}

/** Why a step failed, for people: without secrets, without a stack. */
export function sayError(error: unknown, context: Pick<StepContext, 'redact'>): string {
  const said = error instanceof UserError || outsideReason(error) !== null ? (error as Error).message : unexpected(error);
  return clamp(context.redact(said), MAX_ERROR);
}

function unexpected(error: unknown): string {
  const name = error instanceof Error ? error.name : 'error';
  const message = error instanceof Error ? error.message.split('\n')[0] : '';
  return name === 'ZodError' ? 'Tocsin does not understand the answer.' : `It failed unexpectedly: ${message ?? name}`;
}

/** Whether the same again may succeed: nothing was refused, the other side was only not to be reached, or the time was over midway. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UserError && error.code === 'stopped') return true;
  const reason = outsideReason(error);
  return reason !== null && TRANSIENT.has(reason);
}

/** Whether a right is missing: asking again does not help. */
function isDenied(error: unknown): boolean {
  const reason = outsideReason(error);
  return reason === 'forbidden' || reason === 'denied';
}

const TRANSIENT: ReadonlySet<string> = new Set(['unreachable', 'uncertain', 'throttled', 'rate-limited', 'timeout']);

/** Why a cluster, Amazon Web Services or GitHub did not do it; `null` for errors of another kind. Their texts are for people. */
function outsideReason(error: unknown): string | null {
  return error instanceof ClusterError || error instanceof AwsError || error instanceof GitHubError ? error.reason : null;
}

/** Each text of a value redacted, at any depth. */
export function clean(value: Json, context: Pick<StepContext, 'redact'>): Json {
  return mapTexts(value, (text) => context.redact(text));
}

/** An action that reads. @throws UserError */
export function readable(deps: Pick<RunbookDeps, 'actions'>, uses: string): ReadAction {
  const action = known(deps, uses);
  if (action.effect === 'read') return action;
  throw new UserError('step-changes', `${uses} changes things and cannot be used in a diagnosis.`);
}

/** An action that changes something. @throws UserError */
export function changing(deps: Pick<RunbookDeps, 'actions'>, uses: string): ChangeAction {
  const action = known(deps, uses);
  if (action.effect !== 'read') return action;
  throw new UserError('step-reads', `${uses} changes nothing.`);
}

export function known(deps: Pick<RunbookDeps, 'actions'>, uses: string): Action {
  const action = deps.actions.get(uses);
  if (action === undefined) throw new UserError('action-unknown', `This release of Tocsin has no action ${uses}.`);
  return action;
}

/** Some calls do not mind their signal: the step ends in time all the same. @throws UserError `step-timeout` */
export async function within<T>(work: Promise<T>, timeout: AbortSignal, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const onAbort = () => late.reject(new UserError('step-timeout', `No answer within ${Math.round(ms / 1_000)} s.`));
  timeout.addEventListener('abort', onAbort, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timeout.removeEventListener('abort', onAbort);
  }
}

function cut(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${headOf(text, MAX_TEXT / 2)}\n… cut here: ${text.length - MAX_TEXT} characters are left out …\n${tailOf(text, MAX_TEXT / 2)}`;
}

/** Looks again and again until it holds, it is known to fail, or the time is over. Steps that fail are looked past: what counts is the end. */
export async function readUntil(
  deps: RunbookDeps,
  step: { readonly uses: string; readonly input: Json },
  { holds, fails }: { readonly holds: (output: Json) => boolean; readonly fails?: (output: Json) => boolean },
  deadline: number,
  options: ReadOptions & { readonly everyMs?: number },
): Promise<{ readonly held: boolean; readonly last: StepResult }> {
  for (;;) {
    const last = await readStep(deps, step.uses, step.input, options);
    if (last.ok && judged(holds, last.output)) return { held: true, last };
    if (last.ok && fails !== undefined && judged(fails, last.output)) return { held: false, last };
    if ((await deps.store.now()) >= deadline || options.signal?.aborted === true) return { held: false, last };
    options.say?.(last.summary);
    await pause(options.everyMs ?? 1_000, options.signal);
  }
}

function judged(holds: (output: Json) => boolean, output: Json): boolean {
  try {
    return holds(output);
  } catch {
    return false;
  }
}
