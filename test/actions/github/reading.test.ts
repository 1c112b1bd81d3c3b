import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { githubBranchProtection } from '../../../src/actions/github/branch-protection.ts';
import { githubCodeOwners } from '../../../src/actions/github/code-owners.ts';
import { githubFile } from '../../../src/actions/github/file.ts';
import { githubFileChanges } from '../../../src/actions/github/file-changes.ts';
import { githubHead } from '../../../src/actions/github/head.ts';
import { GITHUB_ACTIONS } from '../../../src/actions/github/index.ts';
import { githubLastCommit } from '../../../src/actions/github/last-commit.ts';
import { githubPullRequest } from '../../../src/actions/github/pull-request.ts';
import { githubSecrets } from '../../../src/actions/github/secrets.ts';
import { githubWorkflowRun } from '../../../src/actions/github/workflow-run.ts';
import type { Action } from '../../../src/ports/action.ts';
import { read } from '../helpers/context.ts';
import { type Bench, bench, CONTROLS, failure, REPOSITORY } from './helpers.ts';

const MINUTE = 60_000;
const PATCH = '--- local.sorted.json\n+++ remote.sorted.json\n@@ -1,3 +1,2 @@\n {\n-  "secret"\n }\n';
let world: Bench;
let fails: boolean;

beforeEach(async () => {
  fails = true;
  world = await bench(({ workflow }) =>
    workflow === 'guardrail-drift.yml' && fails ? { conclusion: 'failure', log: `Comparing\n${PATCH}##[error]Drift\n` } : { conclusion: 'success' },
  );
});
afterEach(() => world.github.stop());

const WANTED = [
  { pattern: '02-qbusiness/guardrails/*', owners: ['@VaultSovereign/security'] },
  { pattern: '.github/workflows/*', owners: ['@VaultSovereign/ops'] },
];

/** Input of each action that reads; fails when one is forgotten. */
const INPUTS: Readonly<Record<string, Record<string, unknown>>> = {
  'github.workflow-run': { target: 'drift', log: true },
  'github.head': { target: 'repo', sha: null },
  'github.file': { target: 'controls' },
  'github.file-changes': { target: 'controls' },
  'github.last-commit': { target: 'controls' },
  'github.code-owners': { target: 'repo', wanted: WANTED },
  'github.branch-protection': { target: 'repo', checks: ['Guardrail Lint'] },
  'github.pull-request': { target: 'repo', number: 1, team: '@VaultSovereign/security' },
  'github.secrets': { target: 'repo', names: ['QB_APP_ID'] },
};

describe('[VO-02] github.workflow-run', () => {
  test('the failed run: who, which commit, how it ended, its log and the drift patch in it', async () => {
    const run = world.github.repository.schedule('guardrail-drift.yml');
    await world.pass(MINUTE);
    const reading = await read(githubWorkflowRun, { target: 'drift', which: 'failed', log: true }, world.context());
    expect(reading.output).toMatchObject({
      found: true,
      run,
      attempt: 1,
      name: 'Guardrail Drift',
      status: 'completed',
      conclusion: 'failure',
      failed: true,
      passed: false,
      event: 'schedule',
      branch: 'master',
      sha: world.github.repository.head(),
      message: 'Say where the runbooks are',
      actor: 'dora',
      age_minutes: 1,
      url: `https://github.com/${REPOSITORY}/actions/runs/${run}`,
      job: 'drift',
      patch: PATCH,
    });
    expect(reading.summary).toBe(
      `Guardrail Drift #2: failure, 1m ago on ${world.github.repository.head().slice(0, 7)} by dora; its patch changes 1 line`,
    );
    expect(reading.text).toEqual({ name: `guardrail-drift-${run}-1.log`, content: expect.stringContaining('Comparing\n--- local') });
    expect(reading.files).toEqual([{ name: `drift-${run}.patch`, content: PATCH }]);
  });

  test('watched until it ends: queued, in progress, completed', async () => {
    const run = world.github.repository.schedule('guardrail-drift.yml');
    const output = async () => (await read(githubWorkflowRun, { target: 'drift', run, log: true }, world.context())).output;
    expect(await output()).toMatchObject({ status: 'queued', completed: false, passed: false, failed: false, patch: '' });
    await world.pass(3_000);
    expect(await output()).toMatchObject({ status: 'in_progress', completed: false });
    await world.pass(30_000);
    expect(await output()).toMatchObject({ status: 'completed', completed: true, failed: true });
  });

  test('none that failed, none at all, and a workflow that is not there', async () => {
    expect(await read(githubWorkflowRun, { target: 'drift', which: 'failed' }, world.context())).toMatchObject({ output: { found: false, run: 0 } });
    expect((await read(githubWorkflowRun, { target: 'no-sync' }, world.context())).summary).toBe('no-sync-daily.yml has not run yet');
    expect(await failure(read(githubWorkflowRun, { target: 'no-workflow' }, world.context()))).toMatch(/^github-not-found: |^github-no-workflow: /);
  });
});

describe('[VO-04] github.head', () => {
  const head = (input: object) => read(githubHead, { target: 'repo', ...input }, world.context());

  test('the same, ahead with the commits between, behind, unknown and missing', async () => {
    const { repository } = world.github;
    const old = repository.head();
    expect((await head({ sha: old })).output).toMatchObject({ relation: 'same', same: true, ahead: 0, branch: 'master', age_minutes: 2 * 24 * 60 });
    await world.pass(5_000);
    const young = world.github.as('hedy').push('master', { [CONTROLS]: '{}\n' }, 'Empty the guardrails');
    const moved = await head({ sha: old, file: 'controls' });
    expect(moved.output).toMatchObject({ head: young, relation: 'ahead', ahead: 1, behind: 0, age_minutes: 0, author: 'hedy', file_touched: true });
    expect(moved.table?.rows).toEqual([[young.slice(0, 7), '2025-10-19T12:00:05Z', 'hedy', 'Empty the guardrails']]);
    expect((await head({ sha: old, file: 'operations' })).output).toMatchObject({ file_touched: false });
    const topic = world.github.as('grace').push('topic', { 'a.txt': 'a\n' }, 'a');
    expect((await head({ sha: topic })).output).toMatchObject({ relation: 'behind', behind: 1 });
    expect((await head({ sha: old, branch: 'topic' })).output).toMatchObject({ branch: 'topic', relation: 'ahead', ahead: 2 });
    expect((await head({ sha: 'f'.repeat(40) })).output).toMatchObject({ relation: 'missing', same: false });
    expect((await head({ sha: null })).output).toMatchObject({ relation: 'unknown' });
    expect(await failure(head({ sha: old, branch: 'gone' }))).toMatch(/^github-no-branch: .* has no branch gone/);
  });
});

describe('[VO-06] files', () => {
  test('github.file: the source of truth with its digest, its JSON and its last change', async () => {
    const content = world.github.repository.file(CONTROLS) ?? '';
    const reading = await read(githubFile, { target: 'controls' }, world.context());
    expect(reading.output).toMatchObject({
      path: CONTROLS,
      ref: 'master',
      sha: world.github.repository.head(),
      sha256: createHash('sha256').update(content).digest('hex'),
      is_json: true,
      json: JSON.parse(content),
      author: 'hedy',
      message: 'Guardrails: block credentials and confidential topics',
    });
    // The digest that the drift evidence has of the same file.
    expect(reading.output['sha256']).toBe('42e212e6159b15b608558f23f0f9cb412b2d248fa66588e23523014400c41d0f');
    expect(reading.text).toEqual({ name: 'topic-controls.json', content });
    const topic = world.github.as('grace').push('topic', { [CONTROLS]: 'not json\n' }, 'break it');
    expect((await read(githubFile, { target: 'controls', ref: 'topic' }, world.context())).output).toMatchObject({
      sha: topic,
      is_json: false,
      json: null,
      author: 'grace',
    });
    expect(await failure(read(githubFile, { target: 'no-file' }, world.context()))).toMatch(/^github-no-file: /);
  });

  test('github.file-changes: a branch without a pull request, then with one, then merged', async () => {
    const changes = async () => (await read(githubFileChanges, { target: 'controls' }, world.context())).output;
    expect(await changes()).toMatchObject({ pulls: [], branches: [], author: 'hedy', through_pull: false, pull: 0, all_seen: true });
    await world.github.faults.set('guardrail-source-on-branch', true);
    world.github.as('dora').push('docs', { 'README.md': 'x\n' }, 'docs');
    await world.pass(3 * MINUTE);
    expect(await changes()).toMatchObject({
      pulls: [],
      branches: [{ name: 'tune-guardrails', author: 'grace', message: 'Guardrails: block project nightjar', ahead: 1, age_minutes: 3 }],
    });
    const number = world.github.as('grace').openPull('tune-guardrails', 'Block project nightjar');
    expect(await changes()).toMatchObject({
      pulls: [{ number, title: 'Block project nightjar', author: 'grace', branch: 'tune-guardrails' }],
      branches: [],
    });
    world.github.as('hedy').approve(number);
    world.github.as('hedy').merge(number);
    expect(await changes()).toMatchObject({ pulls: [], branches: [], author: 'grace', through_pull: true, pull: number });
  });

  test('[VQ-09] github.last-commit: who, by which pull request, how the workflows ended', async () => {
    const sha = world.github.as('grace').push('master', { [CONTROLS]: '{}\n' }, 'Guardrails: nothing is blocked');
    await world.pass(MINUTE);
    const reading = await read(githubLastCommit, { target: 'controls' }, world.context());
    expect(reading.output).toMatchObject({ sha, author: 'grace', pull: 0, age_minutes: 1, failed: ['Guardrail Drift'], branch: 'master' });
    expect((reading.output['commits'] as { author: string }[]).map(({ author }) => author)).toEqual(['grace', 'hedy']);
    expect(reading.table?.rows[0]).toEqual([
      sha.slice(0, 7),
      '1m ago',
      'grace',
      'Guardrails: nothing is blocked',
      'none',
      expect.stringContaining('Guardrail Drift: failure'),
    ]);
  });
});

describe('[VO-10] [VO-30] owners and protection', () => {
  test('github.code-owners: what lacks an owner, and whether the review is required', async () => {
    const owners = () => read(githubCodeOwners, { target: 'repo', wanted: WANTED }, world.context());
    const before = await owners();
    expect(before.output).toMatchObject({
      file: 'CODEOWNERS',
      covered: false,
      missing: [{ pattern: '.github/workflows/*', owners: ['@VaultSovereign/ops'], owned_by: ['@VaultSovereign/sovereign-ops'], line: 2 }],
      errors: [],
      review_known: true,
      review_required: false,
      enforced: false,
    });
    expect(before.summary).toBe('CODEOWNERS lacks owners for .github/workflows/*; on master their review is not required');
    world.github
      .as('dora')
      .push(
        'master',
        { CODEOWNERS: '/02-qbusiness/guardrails/ @VaultSovereign/security\n.github/ @VaultSovereign/ops\nx @VaultSovereign/gone\n' },
        'own',
      );
    world.github.repository.setRules([{ type: 'pull_request', parameters: { require_code_owner_review: true } }]);
    expect((await owners()).output).toMatchObject({ covered: true, review_required: true, enforced: false, errors: ['line 3: Unknown owner'] });
    const blind = world.github.issue({ contents: 'read' });
    world.github.repository.setRules([]);
    expect((await read(githubCodeOwners, { target: 'repo', wanted: WANTED }, world.context({ token: blind }))).output).toMatchObject({
      review_known: false,
      enforced: false,
    });
  });

  test('a repository without CODEOWNERS', async () => {
    world.github.as('dora').push('master', { CODEOWNERS: null }, 'away');
    expect((await read(githubCodeOwners, { target: 'repo', wanted: WANTED }, world.context())).output).toMatchObject({ file: '', covered: false });
  });

  test('github.branch-protection: what is set against what must be', async () => {
    const look = () => read(githubBranchProtection, { target: 'repo', checks: ['Guardrail Lint'], approvals: 1 }, world.context());
    expect((await look()).output).toMatchObject({
      protected: true,
      checks: [],
      approvals: 1,
      missing: ['check lint (Guardrail Lint)', 'review of code owners'],
      never_reported: [],
      blocking: [expect.stringContaining('guardrail-lint.yml runs only for pull requests that touch 02-qbusiness/guardrails/**')],
      as_wanted: false,
    });
    world.github.repository.setProtection(null);
    expect(await look()).toMatchObject({
      output: { protected: false },
      summary: 'master is not protected: check lint (Guardrail Lint), review of code owners, 1 approval',
    });
    world.github.repository.setRules([
      { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'lint' }, { context: 'Guardrail Lint' }] } },
      { type: 'pull_request', parameters: { require_code_owner_review: true, required_approving_review_count: 1 } },
    ]);
    expect(await look()).toMatchObject({
      output: { protected: true, by_rulesets: true, as_wanted: true },
      summary: 'master is protected as required',
    });
  });
});

describe('[VO-13] github.pull-request', () => {
  test('live until merged: the check, the review of the team, the merge', async () => {
    const look = async (input: object = {}) =>
      (
        await read(
          githubPullRequest,
          { target: 'repo', branch: 'topic', check: 'Guardrail Lint', team: '@VaultSovereign/security', ...input },
          world.context(),
        )
      ).output;
    expect(await look()).toMatchObject({ found: false, state: 'none' });
    world.github.as('grace').push('topic', { [CONTROLS]: '{"topicConfigurations":[]}\n' }, 'x');
    const number = world.github.as('grace').openPull('topic', 'Tune');
    expect(await look()).toMatchObject({
      found: true,
      number,
      state: 'open',
      check: 'pending',
      approved: false,
      waiting_for: ['@VaultSovereign/security'],
      mergeable_state: 'blocked',
    });
    world.github.as('dora').approve(number);
    await world.pass(MINUTE);
    expect(await look()).toMatchObject({ check: 'success', checks_passed: true, approved: false, approvals: ['dora'], team_known: true });
    world.github.as('hedy').approve(number);
    world.github.as('katherine').requestChanges(number);
    expect(await look()).toMatchObject({ approved: true, approvals: ['dora', 'hedy'], changes_requested: ['katherine'] });
    world.github.as('katherine').approve(number);
    world.github.as('hedy').merge(number);
    expect(await look({ branch: null, number })).toMatchObject({ state: 'merged', merged: true });
    expect(await look({ check: 'gone' })).toMatchObject({ check: 'missing' });
  });

  test('where checks and teams may not be seen, the workflow counts and nobody is of the team', async () => {
    world.github.as('grace').push('topic', { [CONTROLS]: '{}\n' }, 'x');
    const number = world.github.as('grace').openPull('topic', 'Tune');
    world.github.as('hedy').approve(number);
    await world.pass(MINUTE);
    const token = world.github.issue({ contents: 'read', pull_requests: 'read', actions: 'read' });
    const { output } = await read(
      githubPullRequest,
      { target: 'repo', number, check: 'Guardrail Lint', team: '@VaultSovereign/security' },
      world.context({ token }),
    );
    expect(output).toMatchObject({ check: 'success', team_known: false, approved: false, approvals: ['hedy'] });
  });
});

test('[VO-29] github.secrets: names only', async () => {
  const look = () => read(githubSecrets, { target: 'repo', names: ['QB_APP_ID', 'ALERT_SNS_TOPIC_ARN'] }, world.context());
  expect(await look()).toMatchObject({
    output: { all: false, missing: ['ALERT_SNS_TOPIC_ARN'] },
    summary: `Not configured in ${REPOSITORY}: ALERT_SNS_TOPIC_ARN`,
  });
  world.github.repository.setSecret('ALERT_SNS_TOPIC_ARN', true, 'organization');
  expect(await look()).toMatchObject({ output: { all: true, secrets: [{ of: 'repository' }, { name: 'ALERT_SNS_TOPIC_ARN', of: 'organization' }] } });
});

describe('every action that reads', () => {
  const reads = GITHUB_ACTIONS.filter(({ effect }) => effect === 'read');

  test.each(reads.map((action) => [action.name, action] as const))('%s says which permission is missing', async (name, action: Action) => {
    const token = world.github.issue({});
    expect(await failure(read(action, INPUTS[name], world.context({ token })))).toMatch(
      /^github-denied: GITHUB_TOKEN may not .* lacks the repository permission \w+: read\./,
    );
  });

  test.each(reads.map((action) => [action.name, action] as const))(
    '%s does with the permissions that it names and no more',
    async (name, action: Action) => {
      world.github.as('grace').push('topic', { [CONTROLS]: '{}\n' }, 'x');
      world.github.as('grace').openPull('topic', 'Tune');
      const input = action.input.parse(INPUTS[name]);
      const needed = action.permissions?.(input, world.context()) ?? [];
      const permissions = Object.fromEntries(needed.flatMap((one) => (one.provider === 'github' ? [[one.permission, one.access]] : [])));
      const context = world.context({ token: world.github.issue(permissions) });
      expect((await read(action, INPUTS[name], context)).summary).not.toBe('');
      expect((await action.preflight?.(input, context))?.filter(({ state }) => state === 'failure')).toEqual([]);
    },
  );

  test.each(reads.map((action) => [action.name, action] as const))('%s has a pre-flight that names what is missing', async (name, action: Action) => {
    const input = action.input.parse(INPUTS[name]);
    const checks = (await action.preflight?.(input, world.context({ token: world.github.issue({}) }))) ?? [];
    expect(checks.find(({ state }) => state === 'failure')).toMatchObject({
      what: expect.stringMatching(/^lacks permission \w+: read on/),
      advice: expect.any(String),
    });
    const blind = (await action.preflight?.(input, world.context({ token: world.github.issue({}, { sees: false }) }))) ?? [];
    expect(blind).toEqual([
      { state: 'failure', what: `${REPOSITORY} does not exist or is not visible`, advice: expect.stringContaining('tocsin.yml') },
    ]);
  });

  test('the pre-flight misses workflows and files', async () => {
    const look = async (action: Action, target: string) => (await action.preflight?.(action.input.parse({ target }), world.context()))?.at(-1);
    expect(await look(githubWorkflowRun, 'no-workflow')).toMatchObject({ state: 'failure', what: 'there is no workflow gone.yml' });
    expect(await look(githubWorkflowRun, 'drift')).toMatchObject({ state: 'ok', what: 'workflow Guardrail Drift is active' });
    expect(await look(githubFile, 'no-file')).toMatchObject({ state: 'failure', what: 'gone.md is not on master' });
  });
});
