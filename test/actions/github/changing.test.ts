import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GITHUB_ACTIONS } from '../../../src/actions/github/index.ts';
import { githubProtectBranch } from '../../../src/actions/github/protect-branch.ts';
import { githubRerunWorkflow } from '../../../src/actions/github/rerun-workflow.ts';
import type { Action } from '../../../src/ports/action.ts';
import { step } from '../helpers/context.ts';
import { type Bench, bench, CONTROLS, failure, REPOSITORY } from './helpers.ts';
import { PROPOSALS } from './proposals.ts';

const MINUTE = 60_000;
const DAY = 24 * 3_600_000;
let world: Bench;
let fails: boolean;

beforeEach(async () => {
  fails = true;
  world = await bench(({ workflow }) => ({ conclusion: workflow === 'guardrail-drift.yml' && fails ? 'failure' : 'success' }));
});
afterEach(() => world.github.stop());

const repository = () => world.github.repository;
const writes = () => world.github.requests.filter(({ method, status }) => method !== 'GET' && status < 300).length;

describe('[VO-07] [VO-14] github.rerun-workflow', () => {
  const rerun = step(githubRerunWorkflow, { target: 'drift' });

  async function failedRun(): Promise<number> {
    const run = repository().schedule('guardrail-drift.yml');
    await world.pass(MINUTE);
    return run;
  }

  test('runs the newest failed run again, once, however often it is tried', async () => {
    const run = await failedRun();
    const context = world.context();
    const plan = await rerun.plan(context);
    expect(plan).toMatchObject({ changes: true, scope: { mode: 'rerun', run, attempt: 1 }, snapshot: null });
    expect(plan.diff).toBe(
      `- Guardrail Drift #2 attempt 1: failure on ${repository().head().slice(0, 7)} Say where the runbooks are\n+ attempt 2 on the same commit`,
    );
    expect(await rerun.apply(plan, context)).toMatchObject({ mode: 'rerun', run, attempt: 2, already: false });
    expect(await rerun.apply(plan, context)).toMatchObject({ run, attempt: 2, already: true });
    fails = false;
    await world.pass(MINUTE);
    expect(await rerun.apply(plan, context)).toMatchObject({ attempt: 2, already: true });
    expect(repository().runs().at(-1)).toMatchObject({ id: run, attempt: 2, conclusion: 'success' });
    expect(plan.asListed).toBe(true);
  });

  test('a lost answer is looked up, and does not double it', async () => {
    const run = await failedRun();
    const plan = await rerun.plan(world.context());
    world.github.fail({ fault: { kind: 'lost-answer' }, method: 'POST' });
    expect(await rerun.apply(plan, world.context())).toMatchObject({ run, attempt: 2, already: false });
    expect(repository().runs().at(-1)?.attempt).toBe(2);
  });

  test('[VO-07] where the branch has moved on, a new run is started on its head, once', async () => {
    await failedRun();
    const head = world.github.as('dora').push('master', { 'README.md': 'x\n' }, 'docs');
    const plan = await rerun.plan(world.context());
    expect(plan).toMatchObject({ scope: { mode: 'dispatch' }, notes: [expect.stringContaining('would check the old commit')] });
    world.github.fail({ fault: { kind: 'lost-answer' }, method: 'POST' });
    const first = await rerun.apply(plan, world.context());
    expect(first).toMatchObject({ mode: 'dispatch', attempt: 1 });
    expect(await rerun.apply(plan, world.context())).toMatchObject({ run: first['run'], already: true });
    expect(
      repository()
        .runs()
        .filter(({ event }) => event === 'workflow_dispatch'),
    ).toMatchObject([{ id: first['run'], sha: head }]);
  });

  test('none failed: a new one', async () => {
    expect(await rerun.plan(world.context())).toMatchObject({
      scope: { mode: 'dispatch', run: 0 },
      notes: ['No failed run of guardrail-drift.yml was found on master.'],
    });
  });

  test('one that is under way is left to it', async () => {
    repository().schedule('guardrail-drift.yml');
    expect(await rerun.plan(world.context())).toMatchObject({ changes: false, summary: expect.stringContaining('is already in progress (queued)') });
  });

  test('a workflow that cannot be started by hand is repeated, or refused with advice', async () => {
    const noSync = step(githubRerunWorkflow, { target: 'no-sync' });
    expect(await failure(noSync.plan(world.context()))).toMatch(
      /^github-no-run: There is no failed run of no-sync-daily\.yml on master.*no workflow_dispatch trigger/,
    );
    const dispatch = step(githubRerunWorkflow, { target: 'no-sync', how: 'dispatch' });
    expect(await failure(dispatch.plan(world.context()))).toMatch(/^github-no-run: /);
    expect(await failure(step(githubRerunWorkflow, { target: 'no-workflow' }).plan(world.context()))).toMatch(/^github-no-workflow: /);
  });

  test('somebody ran it again meanwhile: that counts', async () => {
    const run = await failedRun();
    const plan = await rerun.plan(world.context());
    world.github.as('grace').rerun(run);
    expect(await rerun.apply(plan, world.context())).toMatchObject({ attempt: 2, already: true });
    expect(writes()).toBe(0);
  });
});

describe('[VO-30] github.protect-branch', () => {
  const protect = step(githubProtectBranch, { target: 'repo', checks: ['Guardrail Lint'], code_owners: true });

  test('adds to what is set, shows it, loses nothing, and goes back exactly', async () => {
    const before = structuredClone(repository().protection());
    if (before === null) throw new Error('It is protected from the beginning.');
    const rich = {
      ...before,
      checks: {
        strict: true,
        checks: [
          { context: 'build', app_id: 15368 },
          { context: 'any', app_id: null },
        ],
      },
      enforceAdmins: true,
      restrictions: { users: ['grace'], teams: ['ops'], apps: [] },
      reviews: before.reviews === null ? null : { ...before.reviews, dismissal: { users: [], teams: ['security'], apps: [] } },
      flags: { ...before.flags, required_linear_history: true },
      signatures: true,
    };
    repository().setProtection(structuredClone(rich));
    const context = world.context();
    const plan = await protect.plan(context);
    expect(plan.diff).toContain('+   - lint');
    expect(plan.notes).toContain('Guardrail Lint reports as lint: that is what is required.');
    expect(plan.notes.join(' ')).toContain(
      'guardrail-lint.yml runs only for pull requests that touch 02-qbusiness/guardrails/**, .github/workflows/guardrail-lint.yml',
    );
    expect(plan.diff).toContain('- review of code owners: no\n+ review of code owners: yes');
    expect(plan.diff?.split('\n').filter((line) => line.startsWith('- '))).toEqual(['- review of code owners: no']);
    expect(await protect.apply(plan, context)).toEqual({
      branch: 'master',
      checks: ['build', 'any', 'lint'],
      code_owners: true,
      already: false,
    });
    expect(repository().protection()).toEqual({
      ...rich,
      checks: { strict: true, checks: [...rich.checks.checks, { context: 'lint', app_id: null }] },
      reviews: { ...rich.reviews, require_code_owner_reviews: true },
    });
    expect(await protect.apply(plan, context)).toMatchObject({ already: true });
    expect(writes()).toBe(1);
    expect(await protect.revert(plan, context)).toMatchObject({ kind: 'reverted' });
    expect(repository().protection()).toEqual(rich);
    expect(await protect.revert(plan, context)).toMatchObject({ kind: 'already' });
  });

  test('a branch without protection gets one, and has none again', async () => {
    repository().setProtection(null);
    const plan = await protect.plan(world.context());
    expect(plan.notes.join(' ')).toContain('master is not protected now');
    await protect.apply(plan, world.context());
    expect(repository().protection()).toMatchObject({
      checks: { strict: false },
      reviews: { required_approving_review_count: 1, require_code_owner_reviews: true },
    });
    expect(await protect.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(repository().protection()).toBeNull();
  });

  test('somebody changed it: before, the plan is stale; after, the revert is a question', async () => {
    const plan = await protect.plan(world.context());
    const current = repository().protection();
    if (current === null) throw new Error('It is protected from the beginning.');
    repository().setProtection({ ...current, enforceAdmins: true });
    expect(await failure(protect.apply(plan, world.context()))).toMatch(/^plan-stale: /);
    expect(writes()).toBe(0);
    repository().setProtection(current);
    await protect.apply(plan, world.context());
    const applied = repository().protection();
    if (applied !== null) repository().setProtection({ ...applied, enforceAdmins: true });
    expect(await protect.revert(plan, world.context())).toMatchObject({
      kind: 'conflict',
      diff: expect.stringContaining('- holds for administrators: yes'),
    });
    expect(await protect.revert(plan, world.context(), true)).toMatchObject({ kind: 'reverted' });
    expect(repository().protection()).toEqual(current);
  });

  test('a check that never reports is refused: it would block every pull request', async () => {
    const named = step(githubProtectBranch, { target: 'repo', checks: ['Guardrail Lint', 'typo'] });
    world.github.as('hedy').push('master', { [CONTROLS]: '{}\n' }, 'x');
    await world.pass(MINUTE);
    expect(await failure(named.plan(world.context()))).toMatch(/^check-never-reported: Nothing called typo has reported on /);
    expect(writes()).toBe(0);
  });

  test('what is required lets the pull request through that it is for', async () => {
    await protect.apply(await protect.plan(world.context()), world.context());
    world.github.as('grace').push('topic', { [CONTROLS]: '{}\n' }, 'Change');
    const pull = world.github.as('grace').openPull('topic', 'Change');
    await world.pass(MINUTE);
    world.github.as('hedy').approve(pull);
    expect(() => world.github.as('hedy').merge(pull)).not.toThrow();
  });

  test('nothing to do', async () => {
    await protect.apply(await protect.plan(world.context()), world.context());
    expect(await protect.plan(world.context())).toMatchObject({ changes: false, diff: null });
  });
});

describe('every action that changes something', () => {
  const changes = GITHUB_ACTIONS.filter(({ effect }) => effect !== 'read');
  const INPUTS: Readonly<Record<string, Record<string, unknown>>> = {
    'github.rerun-workflow': { target: 'drift' },
    'github.protect-branch': { target: 'repo', checks: ['Guardrail Lint'] },
    ...Object.fromEntries(PROPOSALS.map(([, action, input]) => [action.name, input])),
  };

  test.each(changes.map((action) => [action.name, action] as const))('%s does with the permissions that it names', async (name, action: Action) => {
    const changing = step(action, INPUTS[name]);
    const needed = action.permissions?.(action.input.parse(INPUTS[name]), world.context()) ?? [];
    const permissions = Object.fromEntries(needed.flatMap((one) => (one.provider === 'github' ? [[one.permission, one.access]] : [])));
    const context = world.context({ token: world.github.issue(permissions) });
    expect((await action.preflight?.(action.input.parse(INPUTS[name]), context))?.filter(({ state }) => state === 'failure')).toEqual([]);
    expect(await changing.apply(await changing.plan(context), context)).toMatchObject({ already: false });
  });

  test.each(changes.map((action) => [action.name, action] as const))(
    '%s says which permission is missing, before and while',
    async (name, action: Action) => {
      const changing = step(action, INPUTS[name]);
      const plan = await changing.plan(world.context());
      const reader = world.context({
        token: world.github.issue({ actions: 'read', administration: 'read', contents: 'read', pull_requests: 'read', checks: 'read' }),
      });
      expect(await failure(changing.apply(plan, reader))).toMatch(/^github-denied: .* lacks the repository permission \w+: write\./);
      const checks = (await action.preflight?.(action.input.parse(INPUTS[name]), reader)) ?? [];
      expect(checks.some(({ state, what }) => state === 'failure' && /^lacks permission \w+: write on/.test(what))).toBe(true);
      expect(writes()).toBe(0);
    },
  );

  test.each(changes.map((action) => [action.name, action] as const))(
    '%s in a repository that is archived, or not to be seen',
    async (name, action: Action) => {
      const input = action.input.parse(INPUTS[name]);
      const blind = world.context({ token: world.github.issue({}, { sees: false }) });
      expect(await failure(step(action, INPUTS[name]).plan(blind))).toMatch(/^github-not-found: .*may not see VaultSovereign\/vmq-oracle/);
      repository().archive();
      expect(await action.preflight?.(input, world.context())).toEqual([
        { state: 'failure', what: `${REPOSITORY} is archived`, advice: expect.any(String) },
      ]);
    },
  );
});

test('a run that is older than a month is started anew', async () => {
  repository().schedule('guardrail-drift.yml');
  await world.pass(MINUTE);
  world.jump(31 * DAY);
  expect(await step(githubRerunWorkflow, { target: 'drift' }).plan(world.context())).toMatchObject({
    scope: { mode: 'dispatch' },
    notes: [expect.stringContaining('older than 30 days')],
  });
});
