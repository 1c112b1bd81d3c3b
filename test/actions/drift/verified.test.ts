import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { driftVerified } from '../../../src/actions/drift/verified.ts';
import type { ActionContext } from '../../../src/ports/action.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { type Bench, bench } from '../github/helpers.ts';
import { read } from '../helpers/context.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AUDIT = 'vaultmesh-audit';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  const { vaultmesh } = world.aws;
  for (const { key } of vaultmesh.objects(AUDIT, 'audit/drift/')) vaultmesh.deleteObject(AUDIT, key);
});

/** Evidence of an hour, in which the live guardrails have another phrase. */
function differing(hoursAgo: number, phrase = 'project nightjar') {
  const controls = world.aws.vaultmesh.chatControls();
  const blockedPhrases = { ...controls.blockedPhrases, blockedPhrases: [phrase] };
  return world.aws.vaultmesh.recordDrift({ at: world.now - hoursAgo * HOUR, remote: { ...controls, blockedPhrases } });
}

function same(hoursAgo: number, missing: readonly 'diff'[] = []) {
  return world.aws.vaultmesh.recordDrift({ at: world.now - hoursAgo * HOUR, missing });
}

const at = (hoursAgo: number) => new Date(world.now - hoursAgo * HOUR).toISOString();

describe('drift.verified', () => {
  test('the newest evidence that shows no true difference; a drift that lasts is compared once', async () => {
    for (const hours of [1, 2, 3, 4]) differing(hours);
    same(5);
    same(6);
    const before = world.aws.calls.length;
    const { output, summary } = await read(driftVerified, { target: 'audit' }, world.context());
    expect(output).toEqual({ moments: [at(5)], complete: true });
    expect(summary).toBe('Live last matched the source at 2026-10-19T07:00:00Z (5 h ago), by the evidence.');
    expect(world.aws.calls.slice(before).filter(({ action }) => action === 's3:GetObject')).toHaveLength(8);
  });

  test('evidence that is incomplete, altered, no chat controls or older than asked for shows nothing', async () => {
    same(1, ['diff']);
    const altered = same(2);
    world.aws.vaultmesh.putObject(AUDIT, altered.keys.remote, JSON.stringify(world.aws.vaultmesh.chatControls()));
    const { keys } = same(3);
    for (const part of [keys.local, keys.remote]) world.aws.vaultmesh.putObject(AUDIT, part, '{}');
    same(50);
    const { output, summary } = await read(driftVerified, { target: 'audit', since: '2d' }, world.context());
    expect(output).toEqual({ moments: [], complete: true });
    expect(summary).toBe('Nothing of the last 2d shows that live matched the source.');
    expect((await read(driftVerified, { target: 'audit' }, world.context())).output).toMatchObject({ moments: [at(50)] });
  });

  test('more differences than are compared: it is not known', async () => {
    for (let hours = 1; hours <= 41; hours += 1) differing(hours, `phrase ${hours}`);
    same(42);
    const { output, state, summary } = await read(driftVerified, { target: 'audit' }, world.context());
    expect({ output, state }).toEqual({ output: { moments: [], complete: false }, state: 'unknown' });
    expect(summary).toContain('Older drifts were not compared: there are more than 40 that differ.');
  });

  test('no permission, and what a pre-flight says', async () => {
    same(1);
    await expect(read(driftVerified, { target: 'audit' }, world.context({ as: 'nobody' }))).rejects.toThrow(/^s3:ListBucket on arn:aws:s3:::/);
    expect(await preflightOf(driftVerified, { target: 'audit' }, world.context())).toMatchObject([
      { state: 'ok', what: expect.stringContaining('1 complete drift') },
    ]);
  });

  test('a run that passed leaves no evidence and counts as well, one that failed or is of another branch does not', async () => {
    let conclusion: 'success' | 'failure' = 'success';
    const hub: Bench = await bench(() => ({ conclusion, log: '', ms: 1_000 }));
    try {
      hub.jump(world.now - (await hub.context().now()));
      const pass = async (branch: string) => {
        const passed = await hub.context().now();
        if (branch === 'master') hub.github.repository.schedule('guardrail-drift.yml');
        else await github(hub).github('VaultSovereign/vmq-oracle').dispatch('guardrail-drift.yml', branch);
        await hub.pass(MINUTE);
        world.now = await hub.context().now();
        return new Date(passed).toISOString();
      };
      same(2);
      const evidence = at(2);
      const first = await pass('master');
      conclusion = 'failure';
      await pass('master');
      conclusion = 'success';
      hub.github.as('grace').push('elsewhere', { 'README.md': 'Other\n' }, 'Other');
      await pass('elsewhere');
      const context = github(hub);
      expect((await read(driftVerified, { target: 'audit', workflow: 'drift' }, context)).output).toEqual({
        moments: [first, evidence],
        complete: true,
      });
      const second = await pass('master');
      const { output, summary } = await read(driftVerified, { target: 'audit', workflow: 'drift' }, context);
      expect(output['moments']).toEqual([second, first, evidence]);
      expect(summary).toContain('by a run that passed.');
      const checks = await preflightOf(driftVerified, { target: 'audit', workflow: 'no-workflow' }, context);
      expect(checks.filter(({ state }) => state === 'failure')).toMatchObject([{ what: 'there is no workflow gone.yml' }]);
    } finally {
      await hub.github.stop();
    }
  });
});

/** The account and the repository in one context. */
function github(hub: Bench): ActionContext {
  const [ours, theirs] = [world.context(), hub.context()];
  return {
    ...ours,
    github: (repository) => theirs.github(repository),
    target: (name, kind) => (kind === 'workflow' || kind === 'repository' ? theirs.target(name, kind) : ours.target(name, kind)),
  };
}
