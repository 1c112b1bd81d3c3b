import { expect, test } from '@jest/globals';
import { parseWorkflowRun, signalOf } from '../../src/webhooks/github.ts';

function run(more: Readonly<Record<string, unknown>>): boolean | undefined {
  const text = JSON.stringify({
    action: 'completed',
    workflow_run: {
      id: 1,
      name: 'Drift',
      path: '.github/workflows/drift.yml',
      head_branch: 'main',
      head_sha: '518a928d72678a05418d7cb22d442068f1481b90',
      head_repository: { full_name: 'Owner/repo' },
      conclusion: 'success',
      html_url: 'https://github.com/Owner/repo/actions/runs/1',
      run_number: 7,
      run_attempt: 1,
      event: 'push',
      updated_at: '2026-11-21T09:59:00Z',
      ...more,
    },
    repository: { full_name: 'Owner/repo', default_branch: 'main', html_url: 'https://github.com/Owner/repo' },
  });
  const event = parseWorkflowRun(text);
  const signal = event === null ? null : signalOf(event);
  return signal?.source === 'github' ? signal.isDefaultBranch : undefined;
}

test.each(['push', 'schedule', 'workflow_dispatch'])('a run of the repository’s own default branch counts: %s', (event) => {
  expect(run({ event })).toBe(true);
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['a branch of a fork that is called as the default one', { head_repository: { full_name: 'Stranger/repo' } }],
  ['a pull request of a fork', { head_repository: { full_name: 'Stranger/repo' }, event: 'pull_request' }],
  ['a pull request that runs with the repository’s rights', { event: 'pull_request_target' }],
  ['a pull request of the repository itself', { event: 'pull_request' }],
  ['a fork that is gone', { head_repository: null }],
  ['a run that does not say where it comes from', { head_repository: undefined }],
  ['another branch', { head_branch: 'wip' }],
  ['no branch', { head_branch: null }],
])('neither opens nor closes an alert: %s', (_, more) => {
  expect(run(more)).toBe(false);
});
