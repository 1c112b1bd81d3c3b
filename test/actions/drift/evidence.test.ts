import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { driftEvidence } from '../../../src/actions/drift/evidence.ts';
import { groupByTime, missingParts, PARTS } from '../../../src/actions/drift/evidence-keys.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';

let world: World;
const HOUR = 3_600_000;
const AUDIT = 'vaultmesh-audit';

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe('drift.evidence', () => {
  test('the newest complete set, its objects byte for byte, what they say, and what is incomplete', async () => {
    const { output, files, summary } = await read(driftEvidence, { target: 'audit' }, world.context());
    expect(output).toMatchObject({
      found: true,
      ts: '2026-10-19T09:00:00Z',
      age_minutes: 180,
      git_sha: '518a928d72678a05418d7cb22d442068f1481b90',
      run_id: '18630000002',
      intact: true,
      incomplete: ['2026-10-19T11:00:00Z lacks remote, diff'],
      problems: ['The drift of 2026-10-19T11:00:00Z lacks remote, diff.'],
    });
    expect(output['keys']).toEqual([
      'audit/drift/guardrail-drift-2026-10-19T09:00:00Z.json',
      'audit/drift/guardrail-local-2026-10-19T09:00:00Z.json',
      'audit/drift/guardrail-remote-2026-10-19T09:00:00Z.json',
      'audit/drift/guardrail-diff-2026-10-19T09:00:00Z.patch',
    ]);
    const stored = new Map(world.aws.vaultmesh.objects(AUDIT, 'audit/drift/').map(({ key, text }) => [key, text]));
    expect(files?.map(({ name, content }) => [`audit/drift/${name}`, content])).toEqual(
      (output['keys'] as string[]).map((key) => [key, stored.get(key)]),
    );
    expect(output['local']).toHaveProperty('applicationId');
    expect(output['remote']).toHaveProperty('blockedPhrases');
    expect(summary).toBe(
      'Drift of 2026-10-19T09:00:00Z (3 h ago), commit 518a928d7267, run 18630000002. 1 newer one incomplete: 2026-10-19T11:00:00Z lacks remote, diff.',
    );
  });

  test('one of another time, also an old one', async () => {
    const { output } = await read(driftEvidence, { target: 'audit', ts: '2026-10-18T10:00:00Z' }, world.context());
    expect(output).toMatchObject({ found: true, run_id: '18630000001' });
    const none = await read(driftEvidence, { target: 'audit', ts: '2026-01-01T00:00:00Z' }, world.context());
    expect(none.output).toMatchObject({ found: false, keys: [] });
  });

  test('evidence of long ago is found as well', async () => {
    world.now += 40 * 24 * HOUR;
    expect((await read(driftEvidence, { target: 'audit' }, world.context())).output).toMatchObject({ found: true, ts: '2026-10-19T09:00:00Z' });
    world.now -= 40 * 24 * HOUR;
  });

  test('objects that are not what they say, and no JSON', async () => {
    const key = 'audit/drift/guardrail-remote-2026-10-19T09:00:00Z.json';
    world.aws.vaultmesh.putObject(AUDIT, key, '{"tampered": true}');
    const tampered = await read(driftEvidence, { target: 'audit' }, world.context());
    expect(tampered.output).toMatchObject({ intact: false });
    expect(tampered.output['problems']).toContain('The remote file does not have the digest that the drift file says.');
    world.aws.vaultmesh.putObject(AUDIT, 'audit/drift/guardrail-drift-2026-10-19T09:00:00Z.json', 'no json');
    world.aws.vaultmesh.putObject(AUDIT, key, 'no json');
    const broken = await read(driftEvidence, { target: 'audit' }, world.context());
    expect(broken.output).toMatchObject({ found: true, intact: false, remote: null });
  });

  test('nothing there, no such bucket, no permission', async () => {
    expect((await read(driftEvidence, { target: 'audit', folder: 'elsewhere/' }, world.context())).summary).toBe(
      'No complete drift evidence under s3://vaultmesh-audit/elsewhere/.',
    );
    await expect(read(driftEvidence, { target: 'no-bucket' }, world.context())).rejects.toMatchObject({ reason: 'not-found' });
    await expect(read(driftEvidence, { target: 'audit' }, world.context({ as: 'nobody' }))).rejects.toThrow(
      /^s3:ListBucket on arn:aws:s3:::vaultmesh-audit is denied/,
    );
    expect(await preflightOf(driftEvidence, { target: 'no-bucket' }, world.context())).toMatchObject([{ state: 'failure' }]);
    expect(await preflightOf(driftEvidence, { target: 'audit' }, world.context())).toMatchObject([{ state: 'ok' }]);
  });

  test('property: whatever order keys come in, sets are whole and the newest comes first', () => {
    const time = fc
      .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
      .map((date) => `${date.toISOString().slice(0, 19)}Z`);
    fc.assert(
      fc.property(fc.uniqueArray(time, { maxLength: 6 }), fc.uniqueArray(fc.nat(23)), (times, dropped) => {
        const keys = times.flatMap((ts) => PARTS.map((part) => `audit/drift/guardrail-${part}-${ts}.${part === 'diff' ? 'patch' : 'json'}`));
        const kept = keys.filter((_, index) => !dropped.includes(index));
        const noise = [
          'audit/drift/',
          'audit/drift/readme.md',
          'audit/drift/other-drift-2025-10-19T11:54:58Z.json',
          'guardrail-diff-2025-10-19T11:54:58Z.json',
        ];
        const sets = groupByTime([...kept].sort().concat(noise), 'guardrail');
        expect(sets.map(({ ts }) => ts)).toEqual(
          times
            .filter((ts) => kept.some((key) => key.includes(ts)))
            .sort()
            .toReversed(),
        );
        for (const set of sets) expect(missingParts(set).length).toBe(4 - kept.filter((key) => key.includes(set.ts)).length);
      }),
    );
  });
});
