import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { githubBranchProtection } from '../../../src/actions/github/branch-protection.ts';
import { githubProtectBranch } from '../../../src/actions/github/protect-branch.ts';
import { read, step } from '../helpers/context.ts';
import { type Bench, bench, CONTROLS, failure } from './helpers.ts';

const MINUTE = 60_000;
const LINT = '.github/workflows/guardrail-lint.yml';
const WANTED = { target: 'repo', checks: ['Guardrail Lint'], code_owners: false };
const FORBIDDEN = { kind: 'status', status: 403, message: 'Resource not accessible by personal access token' } as const;

let world: Bench;
beforeEach(async () => {
  world = await bench(({ actor }) => ({ conclusion: actor === 'stranger' ? 'failure' : 'success' }));
});
afterEach(() => world.github.stop());

const protect = step(githubProtectBranch, WANTED);
const protection = async () => (await read(githubBranchProtection, WANTED, world.context())).output;
const lint = (): string => world.github.repository.file(LINT) ?? '';
const strangers = (job: string): Readonly<Record<string, string>> => ({ [LINT]: lint().replace('  lint:', `  ${job}:`) });

describe('[VO-30] what has reported is what the repository itself has run', () => {
  test('a newer run of a fork does not decide what is required', async () => {
    world.github.as('stranger').openPullOfFork('master', strangers('noop'), 'A typo');
    await world.pass(MINUTE);
    expect(world.github.repository.runs().at(-1)).toMatchObject({ event: 'pull_request', status: 'completed' });
    const plan = await protect.plan(world.context());
    expect(plan.scope).toMatchObject({ checks: ['lint'] });
    await protect.apply(plan, world.context());
    expect(await protection()).toMatchObject({ checks: ['lint'], as_wanted: true, never_reported: [] });
  });

  test('forks cannot crowd out the runs and the pull requests of the repository', async () => {
    world.github.as('grace').push('topic', { [LINT]: `${lint()}# a job of the repository\n` }, 'Change');
    world.github.as('grace').openPull('topic', 'Change');
    await world.pass(MINUTE);
    for (let count = 0; count < 60; count += 1) world.github.as(`stranger-${count}`).openPullOfFork('master', strangers('noop'), 'A typo');
    await world.pass(MINUTE);
    expect((await protect.plan(world.context())).scope).toMatchObject({ checks: ['lint'] });
  });

  test('a check that only a fork has reported has not reported', async () => {
    world.github.as('stranger').openPullOfFork('topic', strangers('noop'), 'A typo');
    await world.pass(MINUTE);
    const noop = step(githubProtectBranch, { ...WANTED, checks: ['noop'] });
    expect(await failure(noop.plan(world.context()))).toMatch(/^check-never-reported: Nothing called noop has reported on /);
    const required = { ...WANTED, checks: ['noop'] };
    expect((await read(githubBranchProtection, required, world.context())).output).toMatchObject({ never_reported: ['noop'] });
  });

  test('a workflow that runs for pull requests only is known by those of the repository', async () => {
    world.github.as('dora').push(
      'master',
      {
        [LINT]: lint()
          .replace(/ {2}push:\n(?: {4}.*\n)+/, '')
          .replace('  lint:', '  strict-lint:'),
      },
      'x',
    );
    world.github.as('grace').push('topic', { [CONTROLS]: '{}\n' }, 'Change');
    world.github.as('grace').openPull('topic', 'Change');
    await world.pass(MINUTE);
    world.github.as('stranger').openPullOfFork('topic', { [LINT]: lint().replace('  strict-lint:', '  noop:') }, 'A typo');
    await world.pass(MINUTE);
    expect(world.github.repository.runs().at(-2)).toMatchObject({ event: 'pull_request' });
    expect((await protect.plan(world.context())).scope).toMatchObject({ checks: ['strict-lint'] });
  });

  test('what the branch itself has run goes before what a topic proposes', async () => {
    world.github
      .as('grace')
      .push('topic', { [LINT]: lint().replace('name: Guardrail Lint', 'name: Other').replace('  lint:', '  renamed:') }, 'Change');
    world.github.as('grace').openPull('topic', 'Change');
    await world.pass(MINUTE);
    expect((await protect.plan(world.context())).scope).toMatchObject({ checks: ['lint'] });
  });
});

describe('[VO-30] a run without jobs says nothing', () => {
  test('the newest run is queued: the completed one before it counts', async () => {
    world.github.as('hedy').push('master', { [CONTROLS]: '{}\n' }, 'Tune');
    expect(world.github.repository.runs().findLast(({ workflow }) => workflow === LINT)).toMatchObject({ status: 'queued' });
    expect((await protect.plan(world.context())).scope).toMatchObject({ checks: ['lint'] });
    expect(await protection()).toMatchObject({ missing: ['check lint (Guardrail Lint)'], never_reported: [] });
  });

  test('the newest run waits for an approval: the one before it counts', async () => {
    await world.github.stop();
    world = await bench(() => ({ conclusion: 'action_required' }));
    world.github.as('hedy').push('master', { [CONTROLS]: '{}\n' }, 'Tune');
    await world.pass(MINUTE);
    expect(world.github.repository.runs().findLast(({ workflow }) => workflow === LINT)).toMatchObject({ conclusion: 'action_required' });
    expect((await protect.plan(world.context())).scope).toMatchObject({ checks: ['lint'] });
  });
});

describe('[VO-30] what may not be read is not known', () => {
  test('the jobs: it is said, not that nothing has reported', async () => {
    world.github.fail({ fault: FORBIDDEN, path: '/jobs', times: 20 });
    const plan = await protect.plan(world.context());
    expect(plan.scope).toMatchObject({ checks: ['Guardrail Lint'] });
    expect(plan.notes).toContainEqual(expect.stringMatching(/^Under which names Guardrail Lint reports is not known/));
    expect(await protection()).toMatchObject({ never_reported: [], as_wanted: false });
  });

  test('the runs, while checks may be read', async () => {
    const context = world.context({ token: world.github.issue({ administration: 'read', checks: 'read', contents: 'read', statuses: 'read' }) });
    expect((await protect.plan(context)).notes).toContainEqual(expect.stringMatching(/^Under which names Guardrail Lint reports is not known/));
    expect((await read(githubBranchProtection, WANTED, context)).output).toMatchObject({ never_reported: [] });
  });

  test('the checks: a name that no job bears may be that of another app', async () => {
    const context = world.context({
      token: world.github.issue({ actions: 'read', administration: 'read', contents: 'read', pull_requests: 'read' }),
    });
    const named = step(githubProtectBranch, { ...WANTED, checks: ['Guardrail Lint', 'license/cla'] });
    const plan = await named.plan(context);
    expect(plan.scope).toMatchObject({ checks: ['lint', 'license/cla'] });
    expect(plan.notes).toContainEqual(expect.stringMatching(/^Under which names license\/cla reports is not known/));
  });
});
