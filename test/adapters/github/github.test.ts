import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type GitHubSimulator, startGitHubSimulator } from '../../../simulators/github/index.ts';
import { selfSigned } from '../../../simulators/kubernetes/certificate.ts';
import { sayNeeds } from '../../../src/adapters/github/errors.ts';
import { EtagCache } from '../../../src/adapters/github/etags.ts';
import { openGitHub } from '../../../src/adapters/github/index.ts';
import { UserError } from '../../../src/domain/errors.ts';
import { type GitHub, GitHubError } from '../../../src/ports/github.ts';

const repository = 'VaultSovereign/vmq-oracle';
let simulator: GitHubSimulator;
let github: GitHub;

beforeEach(async () => {
  simulator = await startGitHubSimulator({ ticking: false });
  github = open({ GITHUB_TOKEN: simulator.token });
});
afterEach(() => simulator.stop());

function open(credentials: object, signal = new AbortController().signal): GitHub {
  return openGitHub({ repository, environment: { GITHUB_API_URL: simulator.url, ...credentials }, signal, secondMs: 1 });
}

async function errorOf(promise: Promise<unknown>): Promise<GitHubError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GitHubError) return error;
  throw new Error(`It ended with ${String(error)}`);
}

const paths = (method: string): string[] => simulator.requests.filter((request) => request.method === method).map(({ path }) => path);

describe('credentials', () => {
  test('without any it says which variables to set', () => {
    expect(() => openGitHub({ repository, environment: {}, signal: new AbortController().signal })).toThrow(UserError);
    expect(() => openGitHub({ repository, environment: { GITHUB_APP_ID: 7 }, signal: new AbortController().signal })).toThrow(
      /GITHUB_TOKEN, or GITHUB_APP_ID/,
    );
  });

  test('a GitHub App works as a token does, and knows its own permissions', async () => {
    const { appId, privateKey, installationId } = simulator.app({ contents: 'write', actions: 'read' });
    const app = open({ GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey, GITHUB_INSTALLATION_ID: installationId });
    expect(await app.about()).toMatchObject({ defaultBranch: 'master', organization: true });
    expect(
      await Promise.all([app.may('contents', 'write'), app.may('actions', 'write'), app.may('actions', 'read'), app.may('metadata', 'read')]),
    ).toEqual(['yes', 'no', 'yes', 'yes']);
    expect(paths('POST')).toEqual([`/app/installations/${installationId}/access_tokens`]);
    expect((await errorOf(app.rerun(1, 'all'))).message).toMatch(
      /^the GitHub App may not run 1 again in .*: it lacks the repository permission actions: write\./,
    );
  });

  test('a wrong private key is said, and not shown', async () => {
    const { appId, installationId } = simulator.app();
    const { privateKey } = simulator.app();
    const error = await errorOf(open({ GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey, GITHUB_INSTALLATION_ID: installationId }).about());
    expect([error.reason, error.message]).toEqual([
      'denied',
      'GitHub does not accept the credentials (A JSON web token could not be decoded). Renew the GitHub App.',
    ]);
  });
});

describe('what goes wrong is one error that says what to do', () => {
  test('a permission that is missing is named, by GitHub itself', async () => {
    const poor = open({ GITHUB_TOKEN: simulator.issue({ contents: 'read' }) });
    const error = await errorOf(poor.protection('master'));
    expect(error).toMatchObject({ code: 'github-denied', reason: 'denied', status: 403 });
    expect(error.message).toMatch(
      /GITHUB_TOKEN may not read the protection of master in VaultSovereign\/vmq-oracle: it lacks the repository permission administration: read\. Add it/,
    );
    expect((await errorOf(poor.runs({ limit: 1 }))).message).toContain('actions: read');
  });

  test('needs of several permissions are said as people say it', () => {
    expect(sayNeeds('contents=write,workflows=write')).toBe('contents: write and workflows: write');
    expect(sayNeeds('issues=write; pull_requests=write')).toBe('issues: write, or pull_requests: write');
  });

  test('bad credentials, and a repository that is not to be seen', async () => {
    expect((await errorOf(open({ GITHUB_TOKEN: 'gone' }).about())).message).toBe(
      'GitHub does not accept the credentials (Bad credentials). Renew GITHUB_TOKEN.',
    );
    const blind = open({ GITHUB_TOKEN: simulator.issue({ contents: 'read' }, { sees: false }) });
    expect(await errorOf(blind.about())).toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('or GITHUB_TOKEN may not see VaultSovereign/vmq-oracle'),
    });
  });

  test('what the state of things does not allow keeps the words of GitHub', async () => {
    expect(await errorOf(github.dispatch('no-sync-daily.yml', 'master'))).toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining("Workflow does not have 'workflow_dispatch' trigger"),
    });
    expect(await errorOf(github.createBranch('master', simulator.repository.head()))).toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('Reference already exists'),
    });
  });

  test('a read that fails is tried again; what stays down is unreachable', async () => {
    simulator.fail({ fault: { kind: 'status', status: 502 }, times: 2 });
    expect(await github.about()).toMatchObject({ defaultBranch: 'master' });
    simulator.fail({ fault: { kind: 'reset' }, times: 9 });
    expect((await errorOf(github.about())).reason).toBe('unreachable');
  });

  test('what is refused is asked once', async () => {
    const poor = open({ GITHUB_TOKEN: simulator.issue({}) });
    await errorOf(poor.runs({ limit: 1 }));
    expect(paths('GET')).toHaveLength(1);
  });

  test('a write without an answer is uncertain, and never sent twice', async () => {
    for (const fault of [{ kind: 'lost-answer' }, { kind: 'status', status: 500 }] as const) {
      simulator.fail({ fault, method: 'POST' });
      expect((await errorOf(github.dispatch('guardrail-drift.yml', 'master'))).reason).toBe('uncertain');
    }
    expect(paths('POST')).toHaveLength(2);
  });

  test('limits: a short one is waited for, a long one is said with its end', async () => {
    simulator.fail({ fault: { kind: 'secondary', retryAfter: 1 } });
    expect(await github.about()).toMatchObject({ defaultBranch: 'master' });
    simulator.fail({ fault: { kind: 'secondary', retryAfter: 90 } });
    expect(await errorOf(github.about())).toMatchObject({ reason: 'rate-limited', message: expect.stringContaining('Try again in 90 s.') });
    await simulator.faults.set('github-rate-limited', true);
    expect(await errorOf(github.about())).toMatchObject({
      reason: 'rate-limited',
      message: expect.stringMatching(/renewed at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z\./),
    });
  });

  test('a step whose time is over ends at once', async () => {
    const ended = new AbortController();
    simulator.fail({ fault: { kind: 'silence' }, times: 2 });
    const reading = errorOf(open({ GITHUB_TOKEN: simulator.token }, ended.signal).about());
    const writing = errorOf(open({ GITHUB_TOKEN: simulator.token }, ended.signal).closePull(1));
    ended.abort();
    expect([(await reading).reason, (await writing).reason]).toEqual(['timeout', 'uncertain']);
  });

  test('its certificate is of nobody who is trusted: nothing was sent, so nothing is uncertain', async () => {
    const stranger = createServer(selfSigned(), (_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const GITHUB_API_URL = `https://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const error = await errorOf(open({ GITHUB_TOKEN: simulator.token, GITHUB_API_URL }).dispatch('guardrail-drift.yml', 'master'));
    stranger.close();
    expect(error).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('Check GITHUB_API_URL') });
  });

  test('nothing listens there', async () => {
    await simulator.stop();
    expect(await errorOf(github.about())).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('Check GITHUB_API_URL') });
    expect((await errorOf(github.dispatch('guardrail-drift.yml', 'master'))).reason).toBe('unreachable');
    simulator = await startGitHubSimulator({ ticking: false });
  });
});

describe('answers that GitHub says to be unchanged', () => {
  test('are asked for by their ETag, and change when the world does', async () => {
    const [one, two] = [await github.branches(), await github.branches()];
    expect(two).toEqual(one);
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 304]);
    simulator.as('grace').push('topic', { 'a.txt': 'a\n' }, 'a');
    expect((await github.branches()).map(({ name }) => name)).toEqual(['master', 'topic']);
  });

  test('also those of lists that are wrapped', async () => {
    const [one, two, three] = [await github.runs({ limit: 3 }), await github.runs({ limit: 3 }), await github.runs({ limit: 3 })];
    expect(one.length).toBeGreaterThan(1);
    expect([two, three]).toEqual([one, one]);
  });

  test('the memory for them is bounded, and keeps what was used last', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(900), fc.nat(400_000)), { maxLength: 1500 }), (puts) => {
        const cache = new EtagCache();
        for (const [key, bytes] of puts) cache.put(String(key), { etag: 'x', response: null, bytes });
        const kept = [...new Set(puts.map(([key]) => String(key)))].map((key) => cache.get(key)).filter((one) => one !== undefined);
        expect(kept.length).toBeLessThanOrEqual(400);
        expect(kept.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(8 * 1024 * 1024);
        const last = puts.at(-1);
        if (last !== undefined) expect(cache.get(String(last[0]))?.bytes).toBe(last[1]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('files and commits', () => {
  test('a commit with new, changed and removed files, odd names too; the mode of a file stays', async () => {
    const files = { 'README.md': 'hi\n', 'docs/é & f#1.txt': 'x\n', CODEOWNERS: null, 'not-there.txt': null };
    const sha = await github.createCommit({ parent: simulator.repository.head(), message: 'Change', files });
    await github.createBranch('tocsin/topic', sha);
    const read = async (path: string): Promise<string | null> => {
      const file = await github.file(path, 'tocsin/topic');
      return file === null ? null : Buffer.from(file.bytes).toString();
    };
    expect(await Promise.all(Object.keys(files).map(read))).toEqual(['hi\n', 'x\n', null, null]);
    expect(await github.compare('master', 'tocsin/topic')).toMatchObject({ status: 'ahead', ahead: 1, behind: 0, filesCut: false });
    expect((await github.commitFiles(sha)).map(({ path, status }) => [path, status])).toEqual([
      ['CODEOWNERS', 'removed'],
      ['README.md', 'modified'],
      ['docs/é & f#1.txt', 'added'],
    ]);
    await github.deleteBranch('tocsin/topic');
    await github.deleteBranch('tocsin/topic');
    expect(await github.branch('tocsin/topic')).toBeNull();
  });

  test('a file over 1 MB comes by its blob', async () => {
    simulator.as('grace').push('large', { 'large.txt': 'x'.repeat(1_200_000) }, 'large');
    expect((await github.file('large.txt', 'large'))?.bytes.length).toBe(1_200_000);
  });

  test('what is unknown is null', async () => {
    expect(
      await Promise.all([
        github.commit('f'.repeat(40)),
        github.commit('no-branch'),
        github.compare('master', 'nope'),
        github.file('02-qbusiness', 'master'),
      ]),
    ).toEqual([null, null, null, null]);
    expect([await github.run(1), await github.workflow('gone.yml'), await github.pull(9), await github.log(1)]).toEqual([null, null, null, null]);
  });

  test('more than a page', async () => {
    for (let index = 0; index < 130; index += 1) simulator.as('grace').push('busy', { 'a.txt': String(index) }, `commit ${index}`);
    expect(await github.commits({ ref: 'busy', limit: 120 })).toHaveLength(120);
    expect(await github.commits({ ref: 'busy', path: 'a.txt', limit: 500 })).toHaveLength(130);
  });
});

test('a protection is written back as it was read', async () => {
  const whole = {
    checks: {
      strict: true,
      required: [
        { context: 'Guardrail Lint', app: null },
        { context: 'build', app: 15368 },
      ],
    },
    enforceAdmins: true,
    reviews: {
      count: 2,
      codeOwners: true,
      dismissStale: true,
      lastPushApproval: true,
      dismissal: { users: ['hedy'], teams: ['security'], apps: [] },
      bypass: { users: [], teams: ['ops'], apps: [] },
    },
    restrictions: { users: ['grace'], teams: ['ops'], apps: [] },
    linearHistory: true,
    forcePushes: true,
    deletions: true,
    blockCreations: true,
    conversationResolution: true,
    lockBranch: true,
    allowForkSyncing: true,
  };
  await github.protect('master', whole);
  expect(await github.protection('master')).toEqual(whole);
  await github.protect('master', null);
  await github.protect('master', null);
  expect(await github.protection('master')).toBeNull();
});

test('rules of rulesets are summed up', async () => {
  simulator.repository.setRules([
    { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'Guardrail Lint' }] } },
    { type: 'pull_request', parameters: { require_code_owner_review: true, required_approving_review_count: 2 } },
    { type: 'deletion' },
  ]);
  expect(await github.rules('master')).toEqual({ checks: ['Guardrail Lint'], codeOwners: true, approvals: 2 });
});

test('permissions of a token are found out without changing anything, and remembered', async () => {
  const before = JSON.stringify([
    simulator.repository.branches(),
    simulator.repository.pulls(),
    simulator.repository.runs(),
    simulator.repository.protection(),
  ]);
  const all = ['actions', 'administration', 'contents', 'pull_requests'] as const;
  expect(await Promise.all(all.map((one) => github.may(one, 'write')))).toEqual(['yes', 'yes', 'yes', 'yes']);
  const poor = open({ GITHUB_TOKEN: simulator.issue({ contents: 'read' }) });
  expect(await Promise.all(all.map((one) => poor.may(one, 'write')))).toEqual(['no', 'no', 'no', 'no']);
  expect(await Promise.all((['contents', 'actions', 'secrets', 'members', 'checks'] as const).map((one) => poor.may(one, 'read')))).toEqual([
    'yes',
    'no',
    'no',
    'no',
    'no',
  ]);
  expect(await github.may('workflows', 'write')).toBe('unknown');
  const asked = simulator.requests.length;
  await Promise.all(all.map((one) => github.may(one, 'write')));
  expect(simulator.requests).toHaveLength(asked);
  expect(
    JSON.stringify([simulator.repository.branches(), simulator.repository.pulls(), simulator.repository.runs(), simulator.repository.protection()]),
  ).toBe(before);
});
