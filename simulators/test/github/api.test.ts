import { createHmac, createPrivateKey, createSign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSimulator, type GitHubSimulatorOptions, type Outcome, startGitHubSimulator } from '../../github/index.ts';

const REPO = '/repos/VaultSovereign/vmq-oracle';
let github: GitHubSimulator;
let now: number;

async function start(options: GitHubSimulatorOptions = {}): Promise<void> {
  await github?.stop();
  github = await startGitHubSimulator({ now: () => now, ticking: false, ...options });
}

beforeEach(async () => {
  now = Date.parse('2025-10-19T12:00:00Z');
  await start();
});
afterEach(() => github.stop());

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

async function ask(path: string, { method = 'GET', body, token = github.token, headers = {} }: Asked = {}) {
  const response = await fetch(`${github.url}${path}`, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null) as never,
    text,
  };
}

describe('who may what', () => {
  test('bad credentials, none, and those of others', async () => {
    expect(await ask(REPO, { token: 'made-up' })).toMatchObject({ status: 401, json: { message: 'Bad credentials', status: '401' } });
    expect(await ask(REPO, { token: null })).toMatchObject({ status: 404, json: { message: 'Not Found' } });
    expect(await ask(REPO, { token: github.issue({ contents: 'read' }, { sees: false }) })).toMatchObject({ status: 404 });
  });

  test('a permission that is missing is named', async () => {
    const token = github.issue({ contents: 'read', actions: 'read' });
    expect((await ask(`${REPO}/actions/runs`, { token })).status).toBe(200);
    const refused = await ask(`${REPO}/actions/runs/1/rerun`, { method: 'POST', token });
    expect(refused).toMatchObject({ status: 403, json: { message: 'Resource not accessible by personal access token' } });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('actions=write');
  });

  test('an unknown version of the API is refused', async () => {
    expect((await ask(REPO, { headers: { 'x-github-api-version': '2020-01-01' } })).status).toBe(400);
  });

  test('an App gets tokens with what it has, for a token that its key has signed', async () => {
    const app = github.app({ contents: 'read' });
    const jwt = (key: string, seconds = 500): string => {
      const at = Math.floor(Date.now() / 1000);
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const head = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: app.appId, iat: at - 30, exp: at + seconds })}`;
      return `${head}.${createSign('RSA-SHA256').update(head).sign(createPrivateKey(key), 'base64url')}`;
    };
    const path = `/app/installations/${app.installationId}/access_tokens`;
    const made = await ask(path, { method: 'POST', token: jwt(app.privateKey) });
    expect(made).toMatchObject({ status: 201, json: { permissions: { contents: 'read' } } });
    const { token } = made.json as { token: string };
    expect((await ask(`${REPO}/branches`, { token })).status).toBe(200);
    expect(await ask(`${REPO}/actions/runs`, { token })).toMatchObject({ status: 403, json: { message: 'Resource not accessible by integration' } });
    expect((await ask(path, { method: 'POST', token: jwt(app.privateKey, 3600) })).status).toBe(401);
    expect((await ask(path, { method: 'POST', token: jwt(github.app().privateKey) })).status).toBe(401);
  });
});

describe('limits', () => {
  test('what the client has already costs nothing', async () => {
    const first = await ask(`${REPO}/branches`);
    const again = await ask(`${REPO}/branches`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers.get('x-ratelimit-remaining')).toBe(first.headers.get('x-ratelimit-remaining'));
    github.as('grace').push('topic', { 'a.txt': 'a\n' }, 'a');
    expect((await ask(`${REPO}/branches`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })).status).toBe(200);
  });

  test('a fault uses up the hour, until it is mended', async () => {
    await github.faults.set('github-rate-limited', true);
    const limited = await ask(REPO);
    expect([limited.status, limited.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
    await github.faults.set('github-rate-limited', false);
    expect((await ask(REPO)).status).toBe(200);
    await expect(github.faults.set('nothing', true)).rejects.toThrow('No fault nothing');
  });

  test('lists come in pages that lead to each other', async () => {
    for (let index = 0; index < 5; index += 1) github.as('grace').push(`topic-${index}`, { 'a.txt': String(index) }, 'a');
    const first = await ask(`${REPO}/branches?per_page=4`);
    const next = /<[^>]*?(\/repos[^>]*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await ask(next);
    expect([(first.json as object[]).length, (second.json as object[]).length]).toEqual([4, 2]);
    expect(second.headers.get('link')).not.toContain('rel="next"');
  });
});

describe('git', () => {
  test('trees, commits and branches by the git data routes', async () => {
    const { json: base } = await ask(`${REPO}/git/commits/${github.repository.head()}`);
    const tree = await ask(`${REPO}/git/trees`, {
      method: 'POST',
      body: {
        base_tree: (base as { tree: { sha: string } }).tree.sha,
        tree: [
          { path: 'new/a.txt', mode: '100644', type: 'blob', content: 'a\n' },
          { path: 'README.md', mode: '100644', type: 'blob', sha: null },
        ],
      },
    });
    const commit = await ask(`${REPO}/git/commits`, {
      method: 'POST',
      body: { tree: (tree.json as { sha: string }).sha, parents: [github.repository.head()], message: 'x' },
    });
    const { sha } = commit.json as { sha: string };
    const body = { ref: 'refs/heads/topic', sha };
    expect((await ask(`${REPO}/git/refs`, { method: 'POST', body })).status).toBe(201);
    expect(await ask(`${REPO}/git/refs`, { method: 'POST', body })).toMatchObject({ status: 422, json: { message: 'Reference already exists' } });
    expect([github.repository.file('new/a.txt', 'topic'), github.repository.file('README.md', 'topic')]).toEqual(['a\n', null]);
    expect(await ask(`${REPO}/compare/master...topic`)).toMatchObject({
      json: {
        status: 'ahead',
        ahead_by: 1,
        files: [
          { filename: 'README.md', status: 'removed' },
          { filename: 'new/a.txt', status: 'added' },
        ],
      },
    });
    expect((await ask(`${REPO}/git/refs/heads/topic`, { method: 'DELETE' })).status).toBe(204);
  });

  test('a protected branch takes no commit but by a pull request; workflows need their own permission', async () => {
    const content = Buffer.from('x\n').toString('base64');
    expect((await ask(`${REPO}/contents/x.txt`, { method: 'PUT', body: { message: 'x', content } })).status).toBe(409);
    const sha = github.as('grace').push('topic', { '.github/workflows/new.yml': 'on: push\n' }, 'x');
    expect(await ask(`${REPO}/git/refs`, { method: 'POST', body: { ref: 'refs/heads/mine', sha } })).toMatchObject({ status: 403 });
  });
});

describe('pull requests', () => {
  test('a merge waits for checks, approvals and code owners', async () => {
    const [grace, hedy, katherine] = [github.as('grace'), github.as('hedy'), github.as('katherine')];
    const wanted = { required_status_checks: { strict: false, checks: [{ context: 'lint' }] }, enforce_admins: false, restrictions: null };
    const reviews = { require_code_owner_reviews: true, required_approving_review_count: 1 };
    await ask(`${REPO}/branches/master/protection`, { method: 'PUT', body: { ...wanted, required_pull_request_reviews: reviews } });
    grace.push('topic', { '02-qbusiness/guardrails/topic-controls.json': '{}\n' }, 'x');
    const made = await ask(`${REPO}/pulls`, { method: 'POST', body: { title: 't', head: 'topic', base: 'master' } });
    expect(made).toMatchObject({ status: 201, json: { number: 1, requested_teams: [{ slug: 'security' }] } });
    expect(() => grace.merge(1)).toThrow('Required status check "lint" is expected.');
    for (let seconds = 0; seconds < 30; seconds += 1) {
      now += 1000;
      await github.settle();
    }
    expect(() => grace.merge(1)).toThrow('At least 1 approving review');
    github.as('dora').approve(1);
    expect(() => grace.merge(1)).toThrow('Waiting on code owner review.');
    hedy.approve(1);
    katherine.requestChanges(1);
    expect(() => grace.merge(1)).toThrow('Changes have been requested.');
    katherine.approve(1);
    expect(await ask(`${REPO}/pulls/1`)).toMatchObject({ json: { mergeable: true, mergeable_state: 'clean' } });
    const sha = grace.merge(1);
    expect([github.repository.head(), github.repository.file('02-qbusiness/guardrails/topic-controls.json')]).toEqual([sha, '{}\n']);
    expect(await ask(`${REPO}/pulls/1`)).toMatchObject({ json: { merged: true, state: 'closed' } });
  });

  test('nothing to merge, twice the same, and conflicts', async () => {
    const body = { title: 't', head: 'topic', base: 'master' };
    expect((await ask(`${REPO}/pulls`, { method: 'POST', body })).status).toBe(422);
    github.as('grace').push('topic', { 'README.md': 'mine\n' }, 'x');
    expect((await ask(`${REPO}/pulls`, { method: 'POST', body })).status).toBe(201);
    expect(await ask(`${REPO}/pulls`, { method: 'POST', body })).toMatchObject({
      status: 422,
      json: { errors: [{ message: 'A pull request already exists for VaultSovereign:topic.' }] },
    });
    github.as('dora').push('master', { 'README.md': 'theirs\n' }, 'y');
    expect(await ask(`${REPO}/pulls/1`)).toMatchObject({ json: { mergeable: false, mergeable_state: 'dirty' } });
  });
});

test('a protection is replaced as a whole, and all parts must be named', async () => {
  const path = `${REPO}/branches/master/protection`;
  expect(await ask(path, { method: 'PUT', body: { enforce_admins: true } })).toMatchObject({ status: 422 });
  const bare = { required_status_checks: null, enforce_admins: true, required_pull_request_reviews: null, restrictions: null };
  const before = await ask(path);
  expect(before).toMatchObject({
    json: { required_conversation_resolution: { enabled: true }, required_pull_request_reviews: { required_approving_review_count: 1 } },
  });
  const after = await ask(path, { method: 'PUT', body: bare });
  expect(after).toMatchObject({ json: { enforce_admins: { enabled: true }, required_conversation_resolution: { enabled: false } } });
  expect(after.json).not.toHaveProperty('required_pull_request_reviews');
  expect((await ask(path, { method: 'DELETE' })).status).toBe(204);
  expect(await ask(path)).toMatchObject({ status: 404, json: { message: 'Branch not protected' } });
});

describe('runs', () => {
  test('go on by the clock, fail as decided, and run again once', async () => {
    await start({ onRun: ({ attempt }) => ({ conclusion: attempt === 1 ? 'failure' : 'success', log: 'drift!\n', ms: 5_000 }) });
    const run = github.repository.schedule('guardrail-drift.yml');
    const state = async () => {
      const { status, conclusion, run_attempt } = (await ask(`${REPO}/actions/runs/${run}`)).json as Record<string, unknown>;
      return [status, conclusion, run_attempt];
    };
    expect(await state()).toEqual(['queued', null, 1]);
    now += 3_000;
    expect(await state()).toEqual(['in_progress', null, 1]);
    expect((await ask(`${REPO}/actions/runs/${run}/rerun`, { method: 'POST' })).json).toMatchObject({ message: 'This workflow is already running' });
    now += 5_000;
    expect(await state()).toEqual(['completed', 'failure', 1]);
    const { jobs } = (await ask(`${REPO}/actions/runs/${run}/jobs`)).json as { jobs: { id: number }[] };
    expect((await ask(`${REPO}/actions/jobs/${jobs[0]?.id}/logs`)).text).toMatch(/2025-10-19T12:00:07\.0000000Z drift!\n$/);
    expect((await ask(`${REPO}/actions/runs/${run}/rerun-failed-jobs`, { method: 'POST' })).status).toBe(201);
    now += 3_000;
    await github.settle();
    now += 5_000;
    expect(await state()).toEqual(['completed', 'success', 2]);
    now += 31 * 24 * 3_600_000;
    expect((await ask(`${REPO}/actions/runs/${run}/rerun`, { method: 'POST' })).status).toBe(403);
  });

  test('wait for whoever decides', async () => {
    let decide: (outcome: Outcome) => void = () => undefined;
    await start({ onRun: () => new Promise((resolve) => (decide = resolve)) });
    const run = github.repository.schedule('guardrail-drift.yml');
    now += 60_000;
    expect((await ask(`${REPO}/actions/runs/${run}`)).json).toMatchObject({ status: 'in_progress' });
    decide({ conclusion: 'failure' });
    await github.settle();
    expect((await ask(`${REPO}/actions/runs/${run}`)).json).toMatchObject({ status: 'completed', conclusion: 'failure' });
  });

  test('can be started by hand only where the workflow says so', async () => {
    const path = (file: string): string => `${REPO}/actions/workflows/${file}/dispatches`;
    expect((await ask(path('guardrail-drift.yml'), { method: 'POST', body: { ref: 'master' } })).status).toBe(204);
    expect(await ask(path('no-sync-daily.yml'), { method: 'POST', body: { ref: 'master' } })).toMatchObject({
      status: 422,
      json: { message: "Workflow does not have 'workflow_dispatch' trigger" },
    });
    expect((await ask(path('gone.yml'), { method: 'POST', body: { ref: 'master' } })).status).toBe(404);
  });
});

describe('webhooks', () => {
  const SECRET = 'shared';
  let server: Server;
  let got: { readonly event: string; readonly id: string; readonly body: string; readonly signature: string }[];

  beforeEach(async () => {
    got = [];
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const header = (name: string): string => String(request.headers[name]);
        got.push({
          event: header('x-github-event'),
          id: header('x-github-delivery'),
          body: Buffer.concat(parts).toString(),
          signature: header('x-hub-signature-256'),
        });
        response.writeHead(got.length === 1 ? 500 : 202).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await start({
      webhooks: [{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, secret: SECRET, events: ['workflow_run'] }],
      onRun: () => ({ conclusion: 'failure', ms: 1_000 }),
    });
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('tell of a run that failed, signed; and again with the same id when asked', async () => {
    const run = github.repository.schedule('guardrail-drift.yml');
    for (let seconds = 0; seconds < 4; seconds += 1) {
      now += 1_000;
      await github.settle();
    }
    expect(got.map(({ body }) => (JSON.parse(body) as { action: string }).action)).toEqual(['requested', 'in_progress', 'completed']);
    expect(JSON.parse(got[2]?.body ?? '')).toMatchObject({
      workflow_run: { id: run, conclusion: 'failure', name: 'Guardrail Drift' },
      repository: { full_name: 'VaultSovereign/vmq-oracle' },
    });
    for (const { body, signature } of got) expect(signature).toBe(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
    const [first] = github.deliveries;
    await github.redeliver(first?.id ?? '');
    expect(first?.tries).toEqual([500, 202]);
    expect([got[3]?.id, got[3]?.body]).toEqual([got[0]?.id, got[0]?.body]);
  });
});

test('a guardrail change that is merged while the drift check runs: the check has the commit before', async () => {
  await start({ onRun: ({ event }) => ({ conclusion: event === 'schedule' ? 'failure' : 'success', ms: 1_000 }) });
  const active = (): boolean | undefined => github.faults.list().find(({ id }) => id === 'guardrail-race')?.active;
  const before = github.repository.head();
  expect(active()).toBe(false);
  await github.faults.set('guardrail-race', true);
  const source = github.repository.file('02-qbusiness/guardrails/topic-controls.json');
  expect([active(), github.repository.branches(), source?.includes('salary list')]).toEqual([true, ['master'], true]);
  expect(github.repository.runs().find(({ event }) => event === 'schedule')).toMatchObject({ sha: before });
  await github.faults.set('guardrail-race', false);
  for (let seconds = 0; seconds < 5; seconds += 1) {
    now += 1_000;
    await github.settle();
  }
  expect(active()).toBe(false);
});

test('guardrails changed on a branch without a pull request, and mended', async () => {
  const id = 'guardrail-source-on-branch';
  const active = (): boolean | undefined => github.faults.list().find((fault) => fault.id === id)?.active;
  expect(active()).toBe(false);
  await github.faults.set(id, true);
  expect(active()).toBe(true);
  expect(github.repository.file('02-qbusiness/guardrails/topic-controls.json', 'tune-guardrails')).toContain('project nightjar');
  github.as('grace').openPull('tune-guardrails', 'Block project nightjar');
  expect(active()).toBe(false);
  await github.faults.set(id, false);
  expect([github.repository.branches(), github.repository.pulls()[0]?.state]).toEqual([['master'], 'closed']);
});
