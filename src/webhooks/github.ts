import { verify } from '@octokit/webhooks-methods';
import { z } from 'zod';
import type { Signal } from '../engine/alerts/signal.ts';

/** `workflow_run` as far as it is read (docs.github.com: Webhook events and payloads). */
const workflowRunSchema = z.object({
  action: z.string(),
  workflow_run: z.object({
    id: z.number().int(),
    name: z.string().nullish(),
    path: z.string(),
    head_branch: z.string().nullable(),
    /** Of a fork's run: the fork. GitHub sends `null` when it is gone. */
    head_repository: z.object({ full_name: z.string() }).nullish(),
    head_sha: z.string(),
    conclusion: z.string().nullable(),
    html_url: z.url(),
    run_number: z.number().int(),
    run_attempt: z.number().int(),
    event: z.string(),
    updated_at: z.iso.datetime({ offset: true }),
    actor: z.object({ login: z.string() }).nullish(),
  }),
  repository: z.object({ full_name: z.string(), default_branch: z.string(), html_url: z.url() }),
});

export type WorkflowRunEvent = z.infer<typeof workflowRunSchema>;

/** How a run ends that is something to look at. A cancelled one was cancelled by somebody. */
const FAILED: ReadonlySet<string> = new Set(['failure', 'timed_out', 'startup_failure']);

/** Whether GitHub has signed a body, by the header `X-Hub-Signature-256`; compared in constant time. */
export async function isFromGitHub(secret: string, body: string, signature: string | undefined): Promise<boolean> {
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  return verify(secret, body, signature);
}

/** A `workflow_run` event; `null` when the body is none. */
export function parseWorkflowRun(text: string): WorkflowRunEvent | null {
  try {
    return workflowRunSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** What a run's end tells (VO-01, VO-19); `null` while it is under way, and for an end that says nothing. */
export function signalOf(event: WorkflowRunEvent): Signal | null {
  const { action, workflow_run: run, repository } = event;
  if (action !== 'completed' || run.conclusion === null) return null;
  const failed = FAILED.has(run.conclusion);
  if (!failed && run.conclusion !== 'success') return null;
  const workflow = run.path.split('@')[0]?.split('/').at(-1) ?? run.path;
  const branch = run.head_branch ?? '';
  const attempt = run.run_attempt > 1 ? `, attempt ${run.run_attempt}` : '';
  const by = run.actor == null ? '' : ` by ${run.actor.login}`;
  return {
    source: 'github',
    repository: repository.full_name,
    workflow,
    name: run.name ?? workflow,
    branch,
    isDefaultBranch: branch === repository.default_branch && isOwn(event),
    failed,
    summary: `Run ${run.run_number}${attempt} of ${run.name ?? workflow} on ${branch} ended with ${run.conclusion}: commit ${run.head_sha.slice(0, 7)}, ${run.event}${by}.`,
    links: [
      { title: 'Run', url: run.html_url },
      { title: 'Commit', url: `${repository.html_url}/commit/${run.head_sha}` },
    ],
  };
}

/**
 * Whether a run is of what the repository itself holds: anybody may call a branch of their fork `main`, and a run for a pull request
 * bears the name of the branch that is proposed.
 */
function isOwn({ workflow_run: { head_repository, event }, repository }: WorkflowRunEvent): boolean {
  return head_repository?.full_name === repository.full_name && !event.startsWith('pull_request');
}
