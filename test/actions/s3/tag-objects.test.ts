import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { s3Retention } from '../../../src/actions/s3/retention.ts';
import { s3TagObjects } from '../../../src/actions/s3/tag-objects.ts';
import { AwsError } from '../../../src/ports/aws.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { losingAnswers, startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const KEYS = ['audit/drift/guardrail-drift-2026-10-19T09:00:00Z.json', 'audit/drift/guardrail-local-2026-10-19T09:00:00Z.json'];
const AUDIT = 'vaultmesh-audit';

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const tagging = (more: object = {}) => step(s3TagObjects, { target: 'audit', keys: KEYS, tags: { incident_id: 'INC-2026-0042' }, ...more });
const tagsOf = (key: string) => world.aws.vaultmesh.objects(AUDIT, key)[0]?.tags;
const aws = () => world.context().aws();

describe('s3.tag-objects', () => {
  test('the tags that are there stay, and nothing is written twice', async () => {
    await aws().s3.replaceTags(AUDIT, KEYS[0] ?? '', { owner: 'security' });
    const plan = await tagging().plan(world.context());
    expect(plan).toMatchObject({ summary: 'Tags 2 objects with incident_id=INC-2026-0042', changes: true });
    expect(plan.diff).toBe(`  ${KEYS[0]}\n+   incident_id: INC-2026-0042\n  ${KEYS[1]}\n+   incident_id: INC-2026-0042`);
    const wrap = losingAnswers(['replaceTags'], () => new AwsError('uncertain', 'No answer.'));
    await expect(tagging().apply(plan, world.context({ wrap }))).rejects.toMatchObject({ reason: 'uncertain' });
    expect(await tagging().apply(plan, world.context())).toEqual({ tagged: [KEYS[1]], already: 1 });
    expect([tagsOf(KEYS[0] ?? ''), tagsOf(KEYS[1] ?? '')]).toEqual([
      { owner: 'security', incident_id: 'INC-2026-0042' },
      { incident_id: 'INC-2026-0042' },
    ]);
    expect(await tagging().apply(plan, world.context())).toEqual({ tagged: [], already: 2 });
    expect(await tagging().plan(world.context())).toMatchObject({ changes: false });
    await aws().s3.replaceTags(AUDIT, KEYS[1] ?? '', { incident_id: 'INC-2026-0042', later: 'yes' });
    expect(await tagging().revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect([tagsOf(KEYS[0] ?? ''), tagsOf(KEYS[1] ?? '')]).toEqual([{ owner: 'security' }, { later: 'yes' }]);
    expect(await tagging().revert(plan, world.context())).toMatchObject({ kind: 'already' });
  });

  test('tags that changed meanwhile make the plan stale, and the revert a conflict', async () => {
    const plan = await tagging().plan(world.context());
    await aws().s3.replaceTags(AUDIT, KEYS[0] ?? '', { incident_id: 'INC-2026-0001' });
    await expect(tagging().apply(plan, world.context())).rejects.toMatchObject({ code: 'plan-stale' });
    expect(await tagging().revert(plan, world.context())).toMatchObject({ kind: 'conflict' });
    expect(await tagging().revert(plan, world.context(), true)).toMatchObject({ kind: 'reverted' });
  });

  test('more than ten tags, a key outside, an object that is not there, no permission', async () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag-${index}`, 'x']));
    await expect(tagging({ tags: many }).plan(world.context())).rejects.toMatchObject({ code: 'too-many-tags' });
    await expect(tagging({ keys: ['nothing'] }).plan(world.context())).rejects.toMatchObject({ reason: 'not-found' });
    await expect(tagging().plan(world.context({ as: 'nobody' }))).rejects.toThrow(/^s3:GetObjectTagging on /);
    expect(
      (await preflightOf(s3TagObjects, { target: 'audit', keys: KEYS, tags: { a: 'b' } }, world.context({ as: 'nobody' }))).map(({ state }) => state),
    ).toEqual(['failure', 'warning']);
  });
});

describe('s3.retention', () => {
  test('what the audit bucket promises', async () => {
    const { output, summary } = await read(s3Retention, { target: 'audit', folder: 'audit/' }, world.context());
    expect(output).toEqual({
      versioning: 'on',
      lock: 'off',
      lock_mode: '',
      lock_days: 0,
      expires: false,
      expires_after_days: 0,
      kept: false,
      problems: ['No object lock: whoever may delete versions can delete evidence for good.'],
    });
    expect(summary).toBe('s3://vaultmesh-audit/audit/: versioning on, object lock off, kept forever.');
  });

  test('a bucket whose lifecycle deletes, and one without versions', async () => {
    expect((await read(s3Retention, { target: 'documents' }, world.context())).output).toMatchObject({
      expires: true,
      problems: expect.arrayContaining(['The lifecycle rule noncurrent-90d deletes old versions after 90 days under the whole bucket.']),
    });
    expect((await read(s3Retention, { target: 'reports-bucket' }, world.context())).output).toMatchObject({ versioning: 'off', kept: false });
  });

  test('what may not be seen is said, part by part; a bucket that is not there is an error', async () => {
    expect((await read(s3Retention, { target: 'audit' }, world.context({ as: 'nobody' }))).output).toMatchObject({
      versioning: 'denied',
      lock: 'denied',
      kept: false,
    });
    await expect(read(s3Retention, { target: 'no-bucket' }, world.context())).rejects.toMatchObject({ reason: 'not-found' });
  });
});
