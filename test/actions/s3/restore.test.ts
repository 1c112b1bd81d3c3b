import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { s3RemoveObjects } from '../../../src/actions/s3/remove-objects.ts';
import { planRestore } from '../../../src/actions/s3/restore-plan.ts';
import { s3RestorePrefix } from '../../../src/actions/s3/restore-prefix.ts';
import { s3SyncDanger } from '../../../src/actions/s3/sync-danger.ts';
import { s3Unauthorised } from '../../../src/actions/s3/unauthorised.ts';
import { AwsError, type StoredVersion } from '../../../src/ports/aws.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { losingAnswers, startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const BUCKET = 'vaultmesh-knowledge-base';
const HOUR = 3_600_000;
let folders = 0;
let folder = '';
/** The moment to go back to. */
let moment = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** A folder with everything that can happen after a moment. */
beforeEach(() => {
  folders += 1;
  folder = `case-${folders}/`;
  const { vaultmesh } = world.aws;
  world.now += 10 * HOUR;
  moment = world.now - 2 * HOUR;
  const before = new Date(moment - HOUR);
  for (const name of ['kept', 'changed', 'deleted', 'rewritten']) vaultmesh.putObject(BUCKET, `${folder}${name}.md`, `${name} then`, before);
  vaultmesh.putObject(BUCKET, `${folder}changed.md`, 'changed since', new Date(moment + HOUR));
  vaultmesh.putObject(BUCKET, `${folder}rewritten.md`, 'something else', new Date(moment + HOUR / 2));
  vaultmesh.putObject(BUCKET, `${folder}rewritten.md`, 'rewritten then', new Date(moment + HOUR));
  vaultmesh.putObject(BUCKET, `${folder}later.md`, 'came later', new Date(moment + HOUR));
  vaultmesh.deleteObject(BUCKET, `${folder}deleted.md`);
});

const restoring = (more: object = {}) => step(s3RestorePrefix, { target: 'documents', prefix: folder, at: new Date(moment).toISOString(), ...more });
const contents = () => Object.fromEntries(world.aws.vaultmesh.objects(BUCKET, folder).map(({ key, text }) => [key.slice(folder.length), text]));
const versionsOf = (name: string) => world.aws.vaultmesh.versions(BUCKET, `${folder}${name}`).length;
const NOW = { 'changed.md': 'changed since', 'kept.md': 'kept then', 'later.md': 'came later', 'rewritten.md': 'rewritten then' };
const THEN = { 'changed.md': 'changed then', 'deleted.md': 'deleted then', 'kept.md': 'kept then', 'rewritten.md': 'rewritten then' };

describe('s3.restore-prefix', () => {
  test('lists what it does, restores it, once, and puts it back', async () => {
    const plan = await restoring().plan(world.context());
    expect(plan.summary).toContain('restores 2 objects (24 B)');
    expect(plan.diff?.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^\\+ ${folder}changed\\.md {2}12 B of .*; now 13 B of `)),
      expect.stringMatching(new RegExp(`^\\+ ${folder}deleted\\.md {2}12 B of .*; deleted now$`)),
    ]);
    expect(plan.notes[1]).toMatch(/^1 newer object stays: case-\d+\/later\.md/);
    const kept = [versionsOf('kept.md'), versionsOf('rewritten.md')];
    expect(await restoring().apply(plan, world.context())).toMatchObject({ restored: 2, removed: 0, already: 0, skipped: [] });
    expect(contents()).toEqual({ ...THEN, 'later.md': 'came later' });
    expect([versionsOf('kept.md'), versionsOf('rewritten.md')]).toEqual(kept);
    const versions = versionsOf('');
    expect(await restoring().apply(plan, world.context())).toMatchObject({ restored: 0, already: 2 });
    expect(versionsOf('')).toBe(versions);
    expect(await restoring().plan(world.context())).toMatchObject({ changes: false });
    expect(await restoring().revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(contents()).toEqual(NOW);
    expect(await restoring().revert(plan, world.context())).toMatchObject({ kind: 'already' });
  });

  test('copies are encrypted as their source was, in a bucket that takes nothing else', async () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const encrypted = { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': key };
    const { vaultmesh } = world.aws;
    vaultmesh.demandHeaders(BUCKET, encrypted);
    try {
      vaultmesh.putObject(BUCKET, `${folder}secret.md`, 'secret then', new Date(moment - HOUR));
      vaultmesh.putObject(BUCKET, `${folder}secret.md`, 'secret since', new Date(moment + HOUR));
      const all = step(s3RestorePrefix, { target: 'documents', prefix: `${folder}secret`, at: new Date(moment).toISOString() });
      const plan = await all.plan(world.context());
      expect(await all.apply(plan, world.context())).toMatchObject({ restored: 1, skipped: [] });
      expect(contents()).toMatchObject({ 'secret.md': 'secret then' });
    } finally {
      vaultmesh.demandHeaders(BUCKET, {});
    }
  });

  test('what came later goes only by choice, and comes back', async () => {
    const all = restoring({ remove_later: true });
    const plan = await all.plan(world.context());
    expect(plan.diff).toContain(`- ${folder}later.md`);
    expect(await all.apply(plan, world.context())).toMatchObject({ restored: 2, removed: 1 });
    expect(contents()).toEqual(THEN);
    expect(await all.apply(plan, world.context())).toMatchObject({ restored: 0, removed: 0, already: 3 });
    expect(await all.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(contents()).toEqual(NOW);
  });

  test('a try that was cut off goes on where it stood', async () => {
    const plan = await restoring().plan(world.context());
    const wrap = losingAnswers(['restoreVersion'], () => new AwsError('uncertain', 'No answer.'));
    await expect(restoring().apply(plan, world.context({ wrap }))).rejects.toMatchObject({ reason: 'uncertain' });
    expect(await restoring().apply(plan, world.context())).toMatchObject({ restored: 0, already: 2 });
    expect(contents()).toEqual({ ...THEN, 'later.md': 'came later' });
  });

  test('what somebody changed since the plan is left alone, and a revert asks first', async () => {
    const plan = await restoring().plan(world.context());
    world.aws.vaultmesh.putObject(BUCKET, `${folder}changed.md`, 'by grace, just now');
    expect(await restoring().apply(plan, world.context())).toMatchObject({ restored: 1, skipped: [`${folder}changed.md`] });
    expect(contents()['changed.md']).toBe('by grace, just now');
    expect(await restoring().revert(plan, world.context())).toMatchObject({ kind: 'conflict' });
    expect(await restoring().revert(plan, world.context(), true)).toMatchObject({ kind: 'reverted' });
    expect(contents()).toEqual(NOW);
  });

  test('without a moment, it is the start of the last sync that succeeded', async () => {
    world.aws.vaultmesh.startSync();
    const start = world.now;
    world.now += HOUR;
    world.aws.vaultmesh.putObject(BUCKET, `${folder}kept.md`, 'spoilt');
    const plan = await restoring({ at: null, data_source: 'knowledge' }).plan(world.context());
    expect(plan.summary).toContain(`to its state as of ${new Date(start).toISOString()}: restores 1 object`);
    await expect(restoring({ at: null }).plan(world.context())).rejects.toMatchObject({ code: 'moment-missing' });
    await expect(restoring({ at: '2099-01-01T00:00:00Z' }).plan(world.context())).rejects.toMatchObject({ code: 'moment-future' });
  });

  test('evidence is never touched', async () => {
    world.aws.vaultmesh.putObject(BUCKET, 'audit/evidence.json', 'then', new Date(moment - HOUR));
    world.aws.vaultmesh.putObject(BUCKET, 'audit/evidence.json', 'now', new Date(moment + HOUR));
    const plan = await restoring({ prefix: '' }).plan(world.context());
    expect(plan.diff).not.toContain('audit/');
    expect(plan.notes.join(' ')).toContain('Not touched: 1 object under audit/.');
  });

  test('an object over 5 GB is copied in parts, with its metadata', async () => {
    const size = 6 * 1024 ** 3;
    world.aws.vaultmesh.putSparseObject(BUCKET, `${folder}huge.json`, size);
    world.now += HOUR;
    const at = new Date(world.now - HOUR / 2).toISOString();
    world.aws.vaultmesh.putObject(BUCKET, `${folder}huge.json`, 'small');
    const context = world.context();
    const huge = restoring({ at });
    const plan = await huge.plan(context);
    expect(await huge.apply(plan, context)).toMatchObject({ restored: 1 });
    expect(world.aws.vaultmesh.objects(BUCKET, `${folder}huge.json`)[0]?.size).toBe(size);
    expect(context.said).toContain(`${folder}huge.json: part 12 of 12`);
    expect(await huge.apply(plan, world.context())).toMatchObject({ restored: 0, already: 1 });
  });

  test('many objects, in bounded time and with progress', async () => {
    for (let index = 0; index < 1_200; index += 1) {
      const key = `${folder}many/${String(index).padStart(5, '0')}.md`;
      world.aws.vaultmesh.putObject(BUCKET, key, `then ${index}`, new Date(moment - HOUR));
      world.aws.vaultmesh.putObject(BUCKET, key, `now ${index}`, new Date(moment + HOUR));
    }
    const context = world.context();
    const plan = await restoring({ prefix: `${folder}many/` }).plan(context);
    expect(await restoring({ prefix: `${folder}many/` }).apply(plan, context)).toMatchObject({ restored: 1_200 });
    expect(context.said).toEqual(expect.arrayContaining(['100 of 1200 objects', '1200 of 1200 objects']));
    expect(contents()['many/01199.md']).toBe('then 1199');
  });

  test('a bucket without versions, and no permission', async () => {
    await expect(restoring({ target: 'reports-bucket' }).plan(world.context())).rejects.toMatchObject({ code: 'no-versions' });
    await expect(restoring().plan(world.context({ as: 'nobody' }))).rejects.toThrow(/^s3:GetBucketVersioning on /);
    expect((await preflightOf(s3RestorePrefix, { target: 'documents' }, world.context({ as: 'nobody' }))).map(({ state }) => state)).toEqual([
      'failure',
      'warning',
    ]);
  });

  test('property: whatever happened, the plan brings back what was there then', async () => {
    const event = fc.record({ key: fc.constantFrom('a', 'b', 'c'), text: fc.option(fc.constantFrom('x', 'y', 'z')) });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), fc.nat(20), async (history, at) => {
        const state = (until: number) => {
          const there = new Map<string, string>();
          for (const [time, { key, text }] of history.entries()) {
            if (time > until) break;
            if (text === null) there.delete(key);
            else there.set(key, text);
          }
          return there;
        };
        const listed = history
          .map(
            ({ key, text }, time): StoredVersion => ({
              key,
              version: `v${time}`,
              size: 1,
              etag: text ?? '',
              time,
              deleteMarker: text === null,
              latest: false,
            }),
          )
          .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : right.time - left.time));
        async function* versions() {
          yield* listed;
        }
        const plan = await planRestore(versions(), { at, isExcluded: () => false, limit: 100 });
        const now = state(history.length);
        for (const { key, version } of plan.restore) now.set(key, history[Number(version.slice(1))]?.text ?? '');
        for (const { key } of plan.later) now.delete(key);
        expect(Object.fromEntries(now)).toEqual(Object.fromEntries(state(at)));
        const present = state(history.length);
        for (const { key, version } of plan.restore) expect(present.get(key)).not.toBe(history[Number(version.slice(1))]?.text);
      }),
    );
  });
});

describe('s3.remove-objects', () => {
  const removing = (keys: string[]) => step(s3RemoveObjects, { target: 'documents', keys });

  test('deletes named objects, once, and brings them back', async () => {
    const step = removing([`${folder}kept.md`, `${folder}later.md`, `${folder}never.md`]);
    const plan = await step.plan(world.context());
    expect(plan.notes).toContain('1 object is already gone.');
    expect(await step.apply(plan, world.context())).toMatchObject({ removed: [`${folder}kept.md`, `${folder}later.md`] });
    expect(Object.keys(contents())).toEqual(['changed.md', 'rewritten.md']);
    expect(await step.apply(plan, world.context())).toMatchObject({ removed: [], already: 2 });
    expect(await step.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(contents()).toEqual(NOW);
    expect(await step.revert(plan, world.context())).toMatchObject({ kind: 'already' });
  });

  test('one that changed since the plan stays; evidence stays; without versions nothing goes', async () => {
    const plan = await removing([`${folder}kept.md`]).plan(world.context());
    world.aws.vaultmesh.putObject(BUCKET, `${folder}kept.md`, 'anew');
    expect(await removing([`${folder}kept.md`]).apply(plan, world.context())).toMatchObject({ removed: [], skipped: [`${folder}kept.md`] });
    await expect(removing(['audit/x.json']).plan(world.context())).rejects.toMatchObject({ code: 'key-protected' });
    await expect(step(s3RemoveObjects, { target: 'reports-bucket', keys: ['x'] }).plan(world.context())).rejects.toMatchObject({
      code: 'no-versions',
    });
  });
});

describe('what should not be there', () => {
  test('objects outside of what is allowed', async () => {
    const { output, table } = await read(s3Unauthorised, { target: 'documents', allowed: [`${folder}k`, `${folder}r`] }, world.context());
    expect(output['keys']).toEqual(expect.arrayContaining([`${folder}changed.md`, `${folder}later.md`]));
    expect(output['keys']).not.toContain(`${folder}kept.md`);
    expect(output).toMatchObject({ clean: false, scanned: world.aws.vaultmesh.objects(BUCKET).length });
    expect(table?.columns).toEqual(['object', 'size', 'since']);
    const all = [...new Set(world.aws.vaultmesh.objects(BUCKET).map(({ key }) => key.slice(0, 3)))];
    expect((await read(s3Unauthorised, { target: 'documents', allowed: all }, world.context())).output).toMatchObject({
      clean: true,
      outside: 0,
      keys: [],
    });
  });

  test('evidence where a synchronisation deletes', async () => {
    const danger = async (target: string, synced: string[]) => (await read(s3SyncDanger, { target, synced }, world.context())).output;
    expect(await danger('audit', ['documents', 'reports-bucket'])).toEqual({ inside: false, danger: false, versioning: 'on' });
    expect(await danger('documents', ['documents'])).toEqual({ inside: true, danger: false, versioning: 'on' });
    expect(await danger('reports-bucket', ['reports-bucket'])).toEqual({ inside: true, danger: true, versioning: 'off' });
    expect(await preflightOf(s3SyncDanger, { target: 'reports-bucket', synced: ['reports-bucket'] }, world.context())).toMatchObject([
      { state: 'failure' },
    ]);
    expect(await preflightOf(s3SyncDanger, { target: 'documents', synced: ['documents'] }, world.context())).toMatchObject([{ state: 'warning' }]);
    expect(await preflightOf(s3SyncDanger, { target: 'audit', synced: ['documents'] }, world.context())).toMatchObject([{ state: 'ok' }]);
  });
});
