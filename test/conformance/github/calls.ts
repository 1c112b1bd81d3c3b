import type { GitHubSimulator } from '../../../simulators/github/index.ts';

export interface Call {
  /** Of the played route: `GET /repos/:owner/:repo`. */
  readonly route: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly as?: 'app';
  readonly status: number;
}

/** A world in which every route has something to answer with. */
export interface Scene {
  readonly github: GitHubSimulator;
  readonly app: { readonly installationId: number };
  readonly tree: string;
  readonly blob: string;
  readonly job: number;
}

const REPO = '/repos/VaultSovereign/vmq-oracle';
const SEGMENT = '/repos/:owner/:repo';
const NOWHERE = '0'.repeat(40);

/** Every route once or more, in an order in which each finds what it needs; what it is asked for may be missing in a second call. */
export function callsOf({ github, app, tree, blob, job }: Scene): readonly Call[] {
  const head = github.repository.head();
  const topic = github.repository.head('topic');
  const run = github.repository.runs().at(-1)?.id ?? 0;
  const content = Buffer.from('x\n').toString('base64');
  const here = (method: string, pattern: string, path: string, status: number, body?: Call['body']): Call => ({
    route: `${method} ${SEGMENT}${pattern}`,
    path: `${REPO}${path}`,
    status,
    ...(body === undefined ? {} : { body }),
  });
  const there = (method: string, pattern: string, path: string, status: number, more: Partial<Call> = {}): Call => ({
    route: `${method} ${pattern}`,
    path,
    status,
    ...more,
  });
  const protection = '/branches/:branch/protection';
  return [
    here('GET', '', '', 200),
    here('GET', '/branches', '/branches', 200),
    here('GET', '/branches/:branch', '/branches/master', 200),
    here('GET', '/branches/:branch', '/branches/none', 404),
    here('GET', '/commits', '/commits?per_page=2', 200),
    here('GET', '/commits', '/commits?sha=none', 404),
    here('GET', '/commits/:ref', `/commits/${head}`, 200),
    here('GET', '/commits/:ref', `/commits/${NOWHERE}`, 422),
    here('GET', '/compare/:basehead', '/compare/master...topic', 200),
    here('GET', '/compare/:basehead', '/compare/master...none', 404),
    here('GET', '/contents/*path', '/contents/README.md', 200),
    here('GET', '/contents/*path', '/contents/.github', 200),
    here('GET', '/contents/*path', '/contents/none', 404),
    here('PUT', '/contents/*path', '/contents/new.txt', 201, { message: 'new', content, branch: 'topic' }),
    here('PUT', '/contents/*path', '/contents/new.txt', 422, { message: 'again', content, branch: 'topic' }),
    here('PUT', '/contents/*path', '/contents/new.txt', 409, { message: 'again', content, branch: 'topic', sha: NOWHERE }),
    here('PUT', '/contents/*path', '/contents/new.txt', 404, { message: 'x', content, branch: 'none' }),
    here('GET', '/git/ref/*ref', '/git/ref/heads/master', 200),
    here('GET', '/git/ref/*ref', '/git/ref/heads/none', 404),
    here('GET', '/git/matching-refs/*ref', '/git/matching-refs/heads/to', 200),
    here('POST', '/git/refs', '/git/refs', 201, { ref: 'refs/heads/made', sha: head }),
    here('POST', '/git/refs', '/git/refs', 422, { ref: 'refs/heads/made', sha: head }),
    here('PATCH', '/git/refs/*ref', '/git/refs/heads/made', 200, { sha: topic, force: true }),
    here('PATCH', '/git/refs/*ref', '/git/refs/heads/made', 422, { sha: NOWHERE }),
    here('DELETE', '/git/refs/*ref', '/git/refs/heads/made', 204),
    here('DELETE', '/git/refs/*ref', '/git/refs/heads/made', 422),
    here('GET', '/git/blobs/:sha', `/git/blobs/${blob}`, 200),
    here('GET', '/git/blobs/:sha', `/git/blobs/${NOWHERE}`, 404),
    here('POST', '/git/blobs', '/git/blobs', 201, { content: 'x', encoding: 'utf-8' }),
    here('GET', '/git/trees/:sha', `/git/trees/${tree}?recursive=1`, 200),
    here('GET', '/git/trees/:sha', `/git/trees/${NOWHERE}`, 404),
    here('POST', '/git/trees', '/git/trees', 201, { base_tree: tree, tree: [{ path: 'a.txt', mode: '100644', type: 'blob', content: 'a\n' }] }),
    here('POST', '/git/trees', '/git/trees', 422, { base_tree: NOWHERE, tree: [] }),
    here('GET', '/git/commits/:sha', `/git/commits/${head}`, 200),
    here('GET', '/git/commits/:sha', `/git/commits/${NOWHERE}`, 404),
    here('POST', '/git/commits', '/git/commits', 201, { message: 'made', tree, parents: [head] }),
    here('POST', '/git/commits', '/git/commits', 422, { message: 'made', tree: NOWHERE, parents: [] }),
    here('GET', '/hooks', '/hooks', 200),
    here('GET', '/hooks/:hook/deliveries', '/hooks/1/deliveries', 200),
    here('GET', '/hooks/:hook/deliveries', '/hooks/9/deliveries', 404),
    here('POST', '/hooks/:hook/deliveries/:delivery/attempts', '/hooks/1/deliveries/100/attempts', 202),
    here('POST', '/hooks/:hook/deliveries/:delivery/attempts', '/hooks/1/deliveries/99900/attempts', 404),
    here('POST', '/issues', '/issues', 201, { title: 'A canary', body: 'Why', labels: ['tocsin'], assignees: ['grace'] }),
    here('POST', '/issues', '/issues', 422, { title: 'A canary', assignees: ['nobody-there'] }),
    here('GET', '/issues', '/issues?state=all&sort=updated&direction=desc&since=2020-01-01T00:00:00Z', 200),
    here('GET', '/issues/:number', '/issues/1', 200),
    here('GET', '/issues/:number', '/issues/99', 404),
    here('PATCH', '/issues/:number', '/issues/1', 200, { state: 'closed', state_reason: 'completed' }),
    here('PATCH', '/issues/:number', '/issues/99', 404, { state: 'open' }),
    here('GET', '/issues/:number/timeline', '/issues/1/timeline', 200),
    here('POST', '/pulls', '/pulls', 201, { title: 'A topic', head: 'topic', base: 'master', body: 'Why' }),
    here('POST', '/pulls', '/pulls', 422, { title: 'A topic', head: 'topic', base: 'master' }),
    here('GET', '/pulls', '/pulls', 200),
    here('GET', '/pulls/:number', '/pulls/2', 200),
    here('GET', '/pulls/:number', '/pulls/99', 404),
    here('PATCH', '/pulls/:number', '/pulls/2', 200, { title: 'Another' }),
    here('GET', '/pulls/:number/files', '/pulls/2/files', 200),
    here('GET', '/pulls/:number/commits', '/pulls/2/commits', 200),
    here('POST', '/pulls/:number/reviews', '/pulls/2/reviews', 200, { event: 'COMMENT', body: 'Hm' }),
    here('POST', '/pulls/:number/reviews', '/pulls/2/reviews', 422, { event: 'APPROVE' }),
    here('GET', '/pulls/:number/reviews', '/pulls/2/reviews', 200),
    here('POST', '/pulls/:number/requested_reviewers', '/pulls/2/requested_reviewers', 201, { reviewers: ['grace'], team_reviewers: ['security'] }),
    here('POST', '/pulls/:number/requested_reviewers', '/pulls/2/requested_reviewers', 422, { reviewers: ['nobody'] }),
    here('GET', '/pulls/:number/requested_reviewers', '/pulls/2/requested_reviewers', 200),
    here('PUT', '/pulls/:number/merge', '/pulls/2/merge', 405, {}),
    here('GET', '/actions/workflows', '/actions/workflows', 200),
    here('GET', '/actions/workflows/:workflow', '/actions/workflows/guardrail-drift.yml', 200),
    here('GET', '/actions/workflows/:workflow', '/actions/workflows/none.yml', 404),
    here('GET', '/actions/workflows/:workflow/runs', '/actions/workflows/guardrail-drift.yml/runs', 200),
    here('POST', '/actions/workflows/:workflow/dispatches', '/actions/workflows/guardrail-drift.yml/dispatches', 204, { ref: 'master' }),
    here('POST', '/actions/workflows/:workflow/dispatches', '/actions/workflows/guardrail-drift.yml/dispatches', 422, { ref: 'none' }),
    here('GET', '/actions/runs', '/actions/runs?status=success', 200),
    here('GET', '/actions/runs/:run', `/actions/runs/${run}`, 200),
    here('GET', '/actions/runs/:run', '/actions/runs/1', 404),
    here('GET', '/actions/runs/:run/attempts/:attempt', `/actions/runs/${run}/attempts/1`, 200),
    here('GET', '/actions/runs/:run/attempts/:attempt/jobs', `/actions/runs/${run}/attempts/1/jobs`, 200),
    here('GET', '/actions/runs/:run/attempts/:attempt/jobs', `/actions/runs/${run}/attempts/9/jobs`, 404),
    here('GET', '/actions/runs/:run/jobs', `/actions/runs/${run}/jobs`, 200),
    here('POST', '/actions/runs/:run/rerun', `/actions/runs/${run}/rerun`, 201, { enable_debug_logging: false }),
    here('POST', '/actions/runs/:run/rerun-failed-jobs', `/actions/runs/${run}/rerun-failed-jobs`, 403),
    here('GET', '/actions/jobs/:job/logs', `/actions/jobs/${job}/logs`, 302),
    here('GET', '/commits/:ref/check-runs', `/commits/${topic}/check-runs`, 200),
    here('GET', '/commits/:ref/check-runs', `/commits/${head}/check-runs`, 200),
    here('GET', '/commits/:ref/status', `/commits/${head}/status`, 200),
    here('GET', '/commits/:ref/pulls', `/commits/${topic}/pulls`, 200),
    here('GET', protection, '/branches/master/protection', 200),
    here('GET', protection, '/branches/topic/protection', 404),
    here('GET', `${protection}/required_status_checks`, '/branches/master/protection/required_status_checks', 404),
    here('GET', `${protection}/required_pull_request_reviews`, '/branches/master/protection/required_pull_request_reviews', 200),
    here('GET', `${protection}/enforce_admins`, '/branches/master/protection/enforce_admins', 200),
    here('POST', `${protection}/required_signatures`, '/branches/master/protection/required_signatures', 200),
    here('GET', `${protection}/required_signatures`, '/branches/master/protection/required_signatures', 200),
    here('PUT', protection, '/branches/master/protection', 200, {
      required_status_checks: { strict: true, contexts: ['lint'] },
      enforce_admins: true,
      required_pull_request_reviews: {
        required_approving_review_count: 2,
        dismissal_restrictions: { users: ['grace'], teams: ['security'] },
        bypass_pull_request_allowances: { users: ['grace'], teams: [], apps: [] },
      },
      restrictions: { users: ['grace'], teams: ['ops'], apps: [] },
      lock_branch: false,
    }),
    here('GET', protection, '/branches/master/protection', 200),
    here('GET', `${protection}/required_status_checks`, '/branches/master/protection/required_status_checks', 200),
    here('PATCH', `${protection}/required_status_checks`, '/branches/master/protection/required_status_checks', 200, {
      strict: false,
      checks: [{ context: 'lint', app_id: -1 }],
    }),
    here('DELETE', protection, '/branches/master/protection', 204),
    here('PUT', '/pulls/:number/merge', '/pulls/2/merge', 409, { sha: NOWHERE }),
    here('PUT', '/pulls/:number/merge', '/pulls/2/merge', 200, { merge_method: 'merge' }),
    here('GET', '/pulls/:number', '/pulls/2', 200),
    here('GET', '/rules/branches/:branch', '/rules/branches/master', 200),
    here('GET', '/actions/secrets', '/actions/secrets', 200),
    here('GET', '/actions/secrets/:name', '/actions/secrets/QB_APP_ID', 200),
    here('GET', '/actions/secrets/:name', '/actions/secrets/NONE', 404),
    here('GET', '/actions/organization-secrets', '/actions/organization-secrets', 200),
    here('GET', '/codeowners/errors', '/codeowners/errors', 200),
    here('GET', '/teams', '/teams', 200),
    there('GET', '/orgs/:org/teams', '/orgs/VaultSovereign/teams', 200),
    there('GET', '/orgs/:org/teams/:slug', '/orgs/VaultSovereign/teams/security', 200),
    there('GET', '/orgs/:org/teams/:slug', '/orgs/VaultSovereign/teams/none', 404),
    there('GET', '/orgs/:org/teams/:slug/members', '/orgs/VaultSovereign/teams/security/members', 200),
    there('GET', '/user', '/user', 200),
    there('GET', '/app', '/app', 200, { as: 'app' }),
    there('GET', '/app/installations/:installation', `/app/installations/${app.installationId}`, 200, { as: 'app' }),
    there('GET', '/app/installations/:installation', '/app/installations/1', 404, { as: 'app' }),
    there('POST', '/app/installations/:installation/access_tokens', `/app/installations/${app.installationId}/access_tokens`, 201, {
      as: 'app',
      body: { permissions: { contents: 'read' } },
    }),
    there('POST', '/app/installations/:installation/access_tokens', `/app/installations/${app.installationId}/access_tokens`, 422, {
      as: 'app',
      body: { permissions: { deployments: 'write' } },
    }),
  ];
}
