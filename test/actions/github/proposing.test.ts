import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { githubAppendFile } from '../../../src/actions/github/append-file.ts';
import { githubMendCodeOwners } from '../../../src/actions/github/mend-code-owners.ts';
import { githubOpenPullRequest } from '../../../src/actions/github/open-pull-request.ts';
import { githubRevertCommit } from '../../../src/actions/github/revert-commit.ts';
import { type Step, step } from '../helpers/context.ts';
import { type Bench, bench, CONTROLS, failure, REPOSITORY } from './helpers.ts';
import { PROPOSALS, SECTION, WANTED } from './proposals.ts';

let world: Bench;

beforeEach(async () => {
  world = await bench();
});
afterEach(() => world.github.stop());

const repository = () => world.github.repository;
const writes = () => world.github.requests.filter(({ method, status }) => method !== 'GET' && status < 300).length;

describe.each(PROPOSALS)('[%s] a pull request with files', (id, action, input, path, shows) => {
  let proposing: Step;

  beforeEach(() => {
    proposing = step(action, input);
    if (id !== 'VQ-09') return;
    world.github.as('hedy').push('master', { [CONTROLS]: '{}\n' }, 'Right');
    world.github.as('grace').push('master', { [CONTROLS]: '{"wrong":true}\n', 'extra.txt': 'x\n' }, 'Wrong');
  });

  test('plan, apply, apply again, revert', async () => {
    const context = world.context();
    const before = repository().head();
    const plan = await proposing.plan(context);
    expect(plan.changes).toBe(true);
    expect(plan.diff).toContain(`  ${path}`);
    expect(plan.diff).toContain(shows);
    for (const line of (plan.diff ?? '').split('\n')) expect(line).toMatch(/^([+-] |  )|^[+-] ?$/);
    expect(writes()).toBe(0);
    const made = await proposing.apply(plan, context);
    expect(made).toMatchObject({ number: 1, already: false, url: `https://github.com/${REPOSITORY}/pull/1` });
    const [pull] = repository().pulls();
    expect(pull).toMatchObject({
      state: 'open',
      base: 'master',
      author: 'tocsin-bot',
      body: expect.stringContaining('Opened by Tocsin for INC-2025-0042.'),
    });
    expect(repository().file(path, String(made['branch']))).not.toBe(repository().file(path));
    expect(await proposing.apply(plan, context)).toEqual({ ...made, already: true });
    expect(repository().pulls()).toHaveLength(1);
    expect(repository().head()).toBe(before);
    expect(await proposing.plan(context)).toMatchObject({ changes: false, summary: 'Pull request #1 already proposes it.' });
    expect(await proposing.revert(plan, context)).toMatchObject({ kind: 'reverted' });
    expect([repository().pulls()[0]?.state, repository().branches()]).toEqual(['closed', ['master']]);
    expect(await proposing.revert(plan, context)).toMatchObject({ kind: 'already' });
    // Asked for again, it is made again.
    world.jump(1_000);
    expect(await proposing.apply(await proposing.plan(context), context)).toMatchObject({ number: 2, already: false });
  });

  test('a file that changed meanwhile makes the plan stale, and nothing is written', async () => {
    const plan = await proposing.plan(world.context());
    world.github.as('dora').push('master', { [path]: '# changed\n* @VaultSovereign/security\n' }, 'meanwhile');
    expect(await failure(proposing.apply(plan, world.context()))).toMatch(/^plan-stale: /);
    expect([writes(), repository().branches()]).toEqual([0, ['master']]);
  });
});

describe('[VO-12] what all of them have in common', () => {
  const proposing = step(githubOpenPullRequest, {
    target: 'repo',
    title: 'Tune guardrails',
    files: { [CONTROLS]: '{}\n' },
    reviewers: ['@VaultSovereign/security'],
  });

  test('whatever answer is lost, there is one branch and one pull request', async () => {
    for (const at of ['/git/trees', '/git/commits', '/git/refs', '/pulls', '/requested_reviewers']) {
      const context = world.context({ incident: `INC-${at.replaceAll('/', '')}` });
      const plan = await proposing.plan(context);
      world.github.fail({ fault: { kind: 'lost-answer' }, method: 'POST', path: at });
      const tries = [];
      for (let attempt = 0; attempt < 3; attempt += 1) tries.push(await proposing.apply(plan, context).catch(() => null));
      const { branch } = plan.scope as { branch: string };
      expect([
        at,
        repository()
          .pulls()
          .filter(({ head }) => head === branch).length,
        tries.at(-1)?.['already'],
      ]).toEqual([at, 1, true]);
      await proposing.revert(plan, context);
    }
  });

  test('other commits do not', async () => {
    const plan = await proposing.plan(world.context());
    world.github.as('dora').push('master', { 'unrelated.txt': 'x\n' }, 'meanwhile');
    expect(await proposing.apply(plan, world.context())).toMatchObject({ already: false });
  });

  test('merged, or worked on by others: the revert asks', async () => {
    const plan = await proposing.plan(world.context());
    const { branch } = await proposing.apply(plan, world.context());
    world.github.as('grace').push(String(branch), { 'more.txt': 'x\n' }, 'More');
    expect(await proposing.revert(plan, world.context())).toMatchObject({ kind: 'conflict', diff: expect.stringContaining('grace: More') });
    world.github.as('grace').forceMerge(1);
    expect(await proposing.revert(plan, world.context())).toMatchObject({ kind: 'conflict', summary: expect.stringContaining('is merged') });
    expect(await proposing.revert(plan, world.context(), true)).toMatchObject({ kind: 'already' });
  });
});

describe('[VO-12] a pull request of a branch that somebody has pushed', () => {
  const open = step(githubOpenPullRequest, {
    target: 'repo',
    branch: 'tune-guardrails',
    title: 'Tune guardrails',
    reviewers: ['@VaultSovereign/security', 'katherine'],
  });
  beforeEach(() => world.github.faults.set('guardrail-source-on-branch', true));

  test('shown as GitHub compares it, opened once, reviewers asked; the revert leaves the branch', async () => {
    const plan = await open.plan(world.context());
    expect(plan.diff).toContain(`  ${CONTROLS} (modified)`);
    expect(plan.diff).toContain('+       "project nightjar"');
    expect(plan.notes[0]).toMatch(/^1 commit by grace, up to /);
    expect(await open.apply(plan, world.context())).toMatchObject({ number: 1, branch: 'tune-guardrails', already: false });
    expect(await open.apply(plan, world.context())).toMatchObject({ number: 1, already: true });
    const [pull] = repository().pulls();
    expect([[...(pull?.requestedTeams ?? [])], [...(pull?.requestedUsers ?? [])]]).toEqual([['security'], ['katherine']]);
    expect(await open.plan(world.context())).toMatchObject({ changes: false });
    expect(await open.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect([repository().pulls()[0]?.state, repository().branches()]).toEqual(['closed', ['master', 'tune-guardrails']]);
  });

  test('a branch that moved on makes the plan stale', async () => {
    const plan = await open.plan(world.context());
    world.github.as('grace').push('tune-guardrails', { 'a.txt': 'a\n' }, 'more');
    expect(await failure(open.apply(plan, world.context()))).toMatch(/^plan-stale: /);
  });

  test('reviewers whom GitHub does not know do not stop it', async () => {
    const odd = step(githubOpenPullRequest, { target: 'repo', branch: 'tune-guardrails', title: 'x', reviewers: ['@VaultSovereign/gone'] });
    expect(await odd.apply(await odd.plan(world.context()), world.context())).toMatchObject({ number: 1 });
  });

  test('what cannot be proposed', async () => {
    const plan = (input: object) => failure(step(githubOpenPullRequest, { target: 'repo', title: 'x', ...input }).plan(world.context()));
    expect(await plan({ branch: 'gone' })).toMatch(/^github-no-branch: /);
    expect(await plan({ branch: 'master' })).toMatch(/^github-no-changes: /);
    expect(await plan({})).toMatch(/^wrong-input: /);
    expect(await plan({ branch: '⟨arg.branch⟩' })).toMatch(/^value-missing: /);
    expect(await plan({ files: { a: 'b' }, base: 'gone' })).toMatch(/^github-no-branch: /);
  });
});

describe('[VQ-09] github.revert-commit', () => {
  const undo = step(githubRevertCommit, { target: 'controls' });

  test('puts all files of the commit back, new ones away, byte by byte', async () => {
    const before = repository().file(CONTROLS);
    const sha = world.github.as('grace').push('master', { [CONTROLS]: '{}\n', 'new.txt': 'x\n', 'README.md': null }, 'Break it');
    const plan = await undo.plan(world.context());
    expect(plan.notes.join(' ')).toContain(`Undoes ${sha.slice(0, 7)} by grace`);
    const { branch } = await undo.apply(plan, world.context());
    expect([
      repository().file(CONTROLS, String(branch)),
      repository().file('new.txt', String(branch)),
      repository().file('README.md', String(branch)),
    ]).toEqual([before, null, expect.stringContaining('vmq-oracle')]);
    expect(repository().pulls()[0]?.title).toBe(`Revert "Break it" (${sha})`);
  });

  test('refuses what does not apply cleanly, and the first commit', async () => {
    world.github.as('grace').push('master', { [CONTROLS]: '{}\n', 'README.md': 'x\n' }, 'Break it');
    world.github.as('dora').push('master', { 'README.md': 'later\n' }, 'docs');
    expect(await failure(undo.plan(world.context()))).toMatch(/^github-does-not-apply: .*README\.md changed since.*git revert/);
    const first = step(githubRevertCommit, { target: 'operations' });
    expect(await failure(first.plan(world.context()))).toMatch(/^github-does-not-apply: .*is the first commit/);
  });
});

test('[VO-31] owners that are there need no pull request', async () => {
  const mend = step(githubMendCodeOwners, {
    target: 'repo',
    wanted: [{ pattern: '02-qbusiness/guardrails/*', owners: ['@VaultSovereign/security'] }],
  });
  expect(await mend.plan(world.context())).toMatchObject({ changes: false, diff: null, summary: 'Nothing to change.' });
});

test('[VO-31] it says who loses files by the new line', async () => {
  expect((await step(githubMendCodeOwners, { target: 'repo', wanted: WANTED }).plan(world.context())).notes.join(' ')).toContain(
    '@VaultSovereign/sovereign-ops will not own these files any more',
  );
});

test('[VQ-20] a section may come later; what the plan shows is a placeholder', async () => {
  const title = 'Record INC-2025-0042';
  const plan = await step(githubAppendFile, { target: 'operations', section: '⟨run.summary⟩', title }).plan(world.context());
  expect(plan.diff).toContain('+ ⟨run.summary⟩');
  const { branch } = await step(githubAppendFile, { target: 'operations', section: SECTION, title }).apply(plan, world.context());
  expect(branch).toBe((plan.scope as { branch: string }).branch);
  expect(repository().file('OPERATIONS-RUNBOOK.md', String(branch))?.endsWith(`\n\n${SECTION}`)).toBe(true);
});
