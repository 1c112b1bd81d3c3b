import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { volumeArchive } from '../../../src/actions/volume/archive.ts';
import { copyFiles } from '../../../src/actions/volume/copy-files.ts';
import { volumeDeleteFiles } from '../../../src/actions/volume/delete-files.ts';
import { volumeDisk } from '../../../src/actions/volume/disk.ts';
import { volumeFiles } from '../../../src/actions/volume/list.ts';
import { volumeRetention } from '../../../src/actions/volume/retention.ts';
import { tryFolder } from '../../../src/actions/volume/try-folder.ts';
import { volumeWriteFile } from '../../../src/actions/volume/write-file.ts';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { EvidenceStoreError } from '../../../src/ports/evidence.ts';
import { addWorkload, type FakeCluster, fakeCluster } from '../net/helpers/cluster.ts';
import { calling, codeOf, NOW, type TestContext, testContext } from '../net/helpers/context.ts';

const DAY = 86_400_000;
const REAL = ['find', 'stat', 'df', 'cat', 'tee', 'mkdir', 'sha256sum', 'rm'];

let root: string;
let volume: string;
let cluster: FakeCluster;
let context: TestContext;

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tocsin-volume-')));
  volume = join(root, 'evidence');
  mkdirSync(volume);
  cluster = fakeCluster({ real: REAL });
  addWorkload(cluster, 'frontend', { claim: 'evidence-pvc', mountPath: volume });
  cluster.add({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'evidence-pvc' } });
  context = await contextWith({});
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

async function contextWith(parts: { now?: number }): Promise<TestContext> {
  return testContext({
    targets: {
      frontend: { deployment: 'frontend' },
      evidence: { pvc: 'evidence-pvc', workload: 'frontend' },
      loose: { pvc: 'evidence-pvc' },
      lost: { pvc: 'evidence-pvc', workload: 'gone' },
      gone: { deployment: 'nowhere' },
      archive: { bucket: 'aureus-archive' },
    },
    cluster,
    bucket: await DirectoryStore.open(join(root, 'bucket'), NOW),
    ...parts,
  });
}

function file(path: string, content: string, ageDays: number): string {
  const full = join(volume, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  const seconds = (NOW - ageDays * DAY) / 1_000;
  utimesSync(full, seconds, seconds);
  return full;
}

describe('reading a volume with the real df, find and stat', () => {
  test('how full it is', async () => {
    const reading = await calling(volumeDisk).run({ target: 'evidence' }, context);
    const { size_bytes: size, used_bytes: used } = reading.output as { size_bytes: number; used_bytes: number };
    expect(reading.output['found']).toBe(true);
    expect(size).toBeGreaterThan(used);
    expect(reading.summary).toContain(`${volume} (pvc/evidence-pvc) is ${String(reading.output['used_percent'])}% full`);
  });

  test('a missing workload is an answer, for every reading', async () => {
    for (const action of [volumeDisk, volumeFiles, volumeRetention]) {
      const reading = await calling(action).run({ target: 'lost' }, context);
      expect(reading.output['found']).toBe(false);
      expect(reading.summary).toContain('deployment/nowhere');
    }
  });

  test('a pod that mounts the claim is found without a workload', async () => {
    file('a.json', 'abc', 1);
    expect((await calling(volumeFiles).run({ target: 'loose' }, context)).output).toMatchObject({ found: true, count: 1, bytes: 3 });
  });

  test('the largest files, blanks and odd names included, and only those that are old enough', async () => {
    file('audit/big one.json', 'x'.repeat(5_000), 100);
    file("audit/it's $(here).json", 'x'.repeat(10), 3);
    file('snapshots/small.json', 'x', 200);
    const reading = await calling(volumeFiles).run({ target: 'evidence', older_than: '50d', limit: 1 }, context);
    expect(reading.output).toEqual({
      found: true,
      count: 2,
      bytes: 5_001,
      size: '4.9 KiB',
      largest: [{ path: join(volume, 'audit/big one.json'), bytes: 5_000, age_days: 100 }],
      complete: true,
    });
    expect(reading.chart?.bars.map((bar) => bar.label)).toEqual(['audit/', 'snapshots/']);
    expect((await calling(volumeFiles).run({ target: 'evidence' }, context)).output['count']).toBe(3);
  });

  test('a name with a line break cannot forge another file', async () => {
    file('x\n99 1 ' + volume.replaceAll('/', '_') + '.log', 'forged', 1);
    file('real.log', 'real', 1);
    expect((await calling(volumeFiles).run({ target: 'evidence' }, context)).output['count']).toBe(1);
  });

  test('which rule keeps or frees which file', async () => {
    file('audit/2018.json', 'old', 8 * 366);
    file('audit/2024.json', 'kept', 700);
    file('snapshots/one.json', 'freed', 400);
    file('misc/what.bin', 'unknown', 9_000);
    const reading = await calling(volumeRetention).run({ target: 'evidence' }, context);
    expect(reading.output).toMatchObject({ found: true, kept: 1, freed: 2, unknown: 1, freed_bytes: 8 });
    expect((reading.output['overdue'] as { path: string; rule: string }[]).map(({ rule }) => rule)).toEqual(['audit', 'snapshots']);
    expect(reading.text?.content).toContain('no rule known: kept');
  });
});

describe('A plan says who else manages what the files are on', () => {
  const tracked = { 'argocd.argoproj.io/tracking-id': 'aureus:/PersistentVolumeClaim:aureus/evidence-pvc' };
  const owned = [{ apiVersion: 'db.dev/v1', kind: 'Database', name: 'main', uid: 'u', controller: true }];

  function manage(metadata: object): void {
    cluster.add({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'evidence-pvc', ...metadata } });
  }

  function plans(): readonly Promise<{ readonly notes: readonly string[] }>[] {
    return [
      calling(volumeWriteFile).plan({ target: 'evidence', path: join(volume, 'new.txt'), content: 'new' }, context),
      calling(volumeArchive).plan({ target: 'evidence', to: 'archive', older_than: '60d' }, context),
      calling(volumeDeleteFiles).plan({ target: 'evidence', older_than: '90d' }, context),
    ];
  }

  test('Argo CD does not put files back', async () => {
    manage({ annotations: tracked });
    file('audit/old.json', 'old', 100);
    for (const { notes } of await Promise.all(plans()))
      expect(notes[0]).toBe('Argo CD (application aureus) manages persistentvolumeclaim/evidence-pvc, but not the files on it: this change stays.');
  });

  test('an operator that owns the volume may need them', async () => {
    manage({ ownerReferences: owned });
    file('audit/old.json', 'old', 100);
    for (const { notes } of await Promise.all(plans()))
      expect(notes[0]).toBe(
        'persistentvolumeclaim/evidence-pvc belongs to database/main: its operator may need the files on it. Ask whoever runs it.',
      );
  });

  test('nobody: nothing is said of it', async () => {
    file('audit/old.json', 'old', 100);
    for (const { notes } of await Promise.all(plans())) expect(notes.join('\n')).not.toMatch(/manages|belongs to/);
  });
});

describe('volume.write-file', () => {
  const write = calling(volumeWriteFile);

  test('[AU-44] writes once, verified, also when it is applied twice', async () => {
    const input = { target: 'evidence', path: 'incidents/INC-1/bypass.log', content: 'Bypass by `U1` for INC-1\n' };
    const planned = await write.plan(input, context);
    expect(planned.diff).toBe(`+ ${volume}/incidents/INC-1/bypass.log\n+ Bypass by \`U1\` for INC-1`);
    const first = await write.apply(input, planned, context);
    expect(first.output).toMatchObject({ written: true, pod: 'frontend-0' });
    expect(readFileSync(join(volume, 'incidents/INC-1/bypass.log'), 'utf8')).toBe(input.content);
    expect((await write.apply(input, planned, context)).output).toMatchObject({ written: false });
    expect((await write.plan(input, context)).changes).toBe(false);
    expect(write.reverts).toBe(false);
  });

  test('a file that somebody else wrote meanwhile makes the plan stale', async () => {
    const input = { target: 'evidence', path: 'a.log', content: 'ours' };
    const planned = await write.plan(input, context);
    file('a.log', 'theirs', 0);
    expect(await codeOf(write.apply(input, planned, context))).toBe('plan-stale');
    expect(readFileSync(join(volume, 'a.log'), 'utf8')).toBe('theirs');
  });

  test('a beginning of it, left by a crash, is completed', async () => {
    const input = { target: 'evidence', path: 'a.log', content: 'all of it' };
    const planned = await write.plan(input, context);
    file('a.log', 'all', 0);
    await write.apply(input, planned, context);
    expect(readFileSync(join(volume, 'a.log'), 'utf8')).toBe('all of it');
  });

  test('a path that comes later is bound to the volume, not to a file', async () => {
    const planned = await write.plan({ target: 'evidence', path: '⟨emergency_log_path()⟩', content: '⟨run.summary⟩' }, context);
    expect(planned.diff).toContain('⟨run.summary⟩');
    await write.apply({ target: 'evidence', path: `${volume}/emergency-1.log`, content: 'x' }, planned, context);
    expect(existsSync(join(volume, 'emergency-1.log'))).toBe(true);
    expect(await codeOf(write.apply({ target: 'evidence', path: join(root, 'outside.log'), content: 'x' }, planned, context))).toBe('path-outside');
    expect(await codeOf(write.apply({ target: 'evidence', path: `${volume}/emergency-1.log`, content: 'other' }, planned, context))).toBe(
      'plan-stale',
    );
  });

  test('paths outside of the volume are refused', async () => {
    for (const path of ['../x', '/etc/passwd', 'a/../../x', `${volume}/../x`, 'folder/']) {
      expect(await codeOf(write.plan({ target: 'evidence', path, content: 'x' }, context))).toBe('path-outside');
    }
  });

  test('a workload takes an absolute path', async () => {
    const input = { target: 'frontend', path: join(root, 'note.txt'), content: 'x' };
    await write.apply(input, await write.plan(input, context), context);
    expect(readFileSync(join(root, 'note.txt'), 'utf8')).toBe('x');
  });
});

describe('volume.archive', () => {
  const archive = calling(volumeArchive);
  const input = { target: 'evidence', to: 'archive' };

  test('[AU-33] stores, verifies and only then deletes; a second try finds it done', async () => {
    const old = file('audit/2026 08.json', 'old evidence', 90);
    const young = file('audit/new.json', 'new', 10);
    const planned = await archive.plan(input, context);
    expect(planned.summary).toContain('1 file older than 60d');
    const first = await archive.apply(input, planned, context);
    expect(first.output).toEqual({ archived: 1, bytes: 12, skipped: [] });
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
    expect(readFileSync(join(root, 'bucket/audit/2026_x2008.json'), 'utf8')).toBe('old evidence');
    expect((await archive.apply(input, planned, context)).output).toEqual(first.output);
  });

  test('a file that changed since the plan stays, and is said', async () => {
    file('audit/a.json', 'before', 90);
    const planned = await archive.plan(input, context);
    const path = file('audit/a.json', 'after!', 90);
    const reading = await archive.apply(input, planned, context);
    expect(reading.output).toEqual({ archived: 0, bytes: 0, skipped: [{ path, why: 'changed since the plan' }] });
    expect(readFileSync(path, 'utf8')).toBe('after!');
  });

  test('the pre-flight says when the bucket is out of reach', async () => {
    const refused = async () => {
      throw new EvidenceStoreError('unreachable', 's3://aureus-archive cannot be reached');
    };
    expect((await archive.preflight(input, { ...context, bucket: refused })).at(-1)).toMatchObject({
      state: 'failure',
      what: 's3://aureus-archive cannot be reached',
    });
    expect((await archive.preflight(input, context)).at(-1)).toMatchObject({ state: 'ok' });
  });

  test('another file of that name in the archive is not overwritten', async () => {
    file('audit/a.json', 'second', 90);
    const store = await context.bucket('archive');
    await store.put('audit/a.json', Buffer.from('first'), { 'incident-id': 'x', kind: 'artifact' });
    expect((await archive.apply(input, await archive.plan(input, context), context)).output['archived']).toBe(1);
    expect(Buffer.from((await store.get('audit/a.json')) ?? []).toString()).toBe('first');
  });

  test('a copy that cannot be verified deletes nothing', async () => {
    const path = file('audit/a.json', 'precious', 90);
    const planned = await archive.plan(input, context);
    const store = await context.bucket('archive');
    const lying = {
      ...context,
      bucket: async () => ({ ...store, location: 'x', put: async () => ({ kind: 'created' as const }), get: async () => Buffer.from('else') }),
    };
    const reading = await archive.apply(input, planned, lying);
    expect(reading.output['archived']).toBe(0);
    expect(existsSync(path)).toBe(true);
  });

  test('a new claim of the same name makes the plan stale', async () => {
    const path = file('audit/a.json', 'x', 90);
    const planned = await archive.plan(input, context);
    cluster.add({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'evidence-pvc' } });
    expect(await codeOf(archive.apply(input, planned, context))).toBe('plan-stale');
    expect(existsSync(path)).toBe(true);
  });
});

describe('volume.delete-files', () => {
  const remove = calling(volumeDeleteFiles);
  const input = { target: 'evidence' };

  test('[AU-35] lists every old file with its rule, deletes what is free, and is done once', async () => {
    const kept = file('audit/a.json', 'a', 100);
    const unknown = file('misc/b', 'b', 5_000);
    const freed = file('snapshots/c.json', 'ccc', 500);
    file('snapshots/young.json', 'd', 10);
    const planned = await remove.plan(input, context);
    expect(planned.diff?.split('\n').map((line) => line.slice(0, line.indexOf('  ', 2)))).toEqual([`  ${unknown}`, `- ${freed}`, `  ${kept}`]);
    expect(planned.notes.join(' ')).toContain('2 files are retained and stay, 1 of them matched by no rule');
    const first = await remove.apply(input, planned, context);
    expect(first.output).toEqual({ deleted: 1, bytes: 3, skipped: [] });
    expect([existsSync(kept), existsSync(unknown), existsSync(freed)]).toEqual([true, true, false]);
    expect((await remove.apply(input, planned, context)).output).toEqual(first.output);
  });

  test('an override is a reason in words, and says so', async () => {
    const kept = file('audit/a.json', 'a', 100);
    expect(() => remove.parse({ ...input, override_retention: true })).toThrow();
    expect(() => remove.parse({ ...input, override_retention: 'yes' })).toThrow();
    const forced = { ...input, override_retention: 'Legal agreed, ticket 4711' };
    expect((await remove.plan(input, context)).changes).toBe(false);
    const planned = await remove.plan(forced, context);
    expect(planned.notes.join(' ')).toContain('RETENTION IS OVERRIDDEN for 1 file. Reason: Legal agreed, ticket 4711');
    await remove.apply(forced, planned, context);
    expect(existsSync(kept)).toBe(false);
  });

  test('what changed, or came later, stays', async () => {
    const changed = file('snapshots/a.json', 'a', 500);
    const planned = await remove.plan(input, context);
    file('snapshots/a.json', 'changed', 500);
    const later = file('snapshots/later.json', 'x', 500);
    expect((await remove.apply(input, planned, context)).output).toEqual({
      deleted: 0,
      bytes: 0,
      skipped: [{ path: changed, why: 'changed since the plan' }],
    });
    expect([existsSync(changed), existsSync(later)]).toEqual([true, true]);
  });

  test('a new claim of the same name makes the plan stale', async () => {
    file('snapshots/a.json', 'a', 500);
    const planned = await remove.plan(input, context);
    cluster.add({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'evidence-pvc' } });
    expect(await codeOf(remove.apply(input, planned, context))).toBe('plan-stale');
  });
});

test('the pre-flight sees mounts and tools, and rights name what is used', async () => {
  const bare = fakeCluster({ real: ['find', 'stat'] });
  addWorkload(bare, 'frontend', { claim: 'evidence-pvc', mountPath: volume });
  const checks = await calling(volumeDeleteFiles).preflight({ target: 'evidence' }, { ...context, cluster: () => bare });
  expect(checks.map(({ state, what }) => `${state}: ${what}`)).toEqual([
    `ok: Container frontend of deployment/frontend mounts pvc/evidence-pvc at ${volume}`,
    'ok: Container frontend of deployment/frontend has find',
    'ok: Container frontend of deployment/frontend has stat',
    'failure: Container frontend of deployment/frontend has no rm',
  ]);
  expect(calling(volumeArchive).rights({ target: 'evidence', to: 'archive' }, context)).toEqual([
    { group: 'apps', resource: 'deployments', verbs: ['get'], namespace: 'aureus' },
    { group: '', resource: 'pods', verbs: ['list'], namespace: 'aureus' },
    { group: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'], namespace: 'aureus' },
    { group: '', resource: 'persistentvolumeclaims', verbs: ['get'], namespace: 'aureus', name: 'evidence-pvc' },
  ]);
});

describe('Copies of packs go to the volume itself', () => {
  const at = async (path: string) =>
    testContext({ targets: { frontend: { deployment: 'frontend' }, evidence: { pvc: 'evidence-pvc', workload: 'frontend', path } }, cluster });
  const copied = [{ path: 'report.html', bytes: Buffer.from('a report') }];
  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  test('and below it: what was tried is removed again', async () => {
    const inside = await at(join(volume, 'deep'));
    expect(await tryFolder(inside, 'evidence', 'incidents')).toBe(`${join(volume, 'deep/incidents')}/ of pvc/evidence-pvc`);
    expect(readdirSync(join(volume, 'deep/incidents'))).toEqual([]);
    expect(await copyFiles(inside, 'evidence', 'incidents', copied)).toMatchObject({ files: 1 });
  });

  test.each([
    ['the path is beside it', () => join(root, 'elsewhere'), true],
    ['the path leaves it', () => `${volume}/../elsewhere`, true],
    ['the pod does not mount it any more', () => join(root, 'elsewhere'), false],
  ])('and nowhere else: %s', async (_, path, isMounted) => {
    if (!isMounted) addWorkload(cluster, 'frontend');
    const beside = await at(path());
    const refused = {
      code: 'volume-not-mounted',
      message: expect.stringContaining('is not on pvc/evidence-pvc. Correct target evidence in tocsin.yml'),
    };
    expect(await failure(tryFolder(beside, 'evidence', 'incidents'))).toMatchObject(refused);
    expect(await failure(copyFiles(beside, 'evidence', 'incidents', copied))).toMatchObject(refused);
    expect(existsSync(join(root, 'elsewhere'))).toBe(false);
    expect((await calling(volumeDisk).run({ target: 'evidence' }, await at(root))).summary).toContain('(not on pvc/evidence-pvc)');
  });

  test('what cannot be removed is said, and hides no error of the write', async () => {
    const rm = async () => ({ exitCode: 1, stderr: 'rm: cannot remove it: Operation not permitted' });
    const refusing = fakeCluster({ real: REAL, programs: { rm } });
    addWorkload(refusing, 'frontend', { claim: 'evidence-pvc', mountPath: volume });
    expect(await failure(tryFolder({ ...context, cluster: () => refusing }, 'evidence', 'incidents'))).toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining('cannot be removed: rm: cannot remove it: Operation not permitted'),
    });
    const full = fakeCluster({
      real: REAL.filter((name) => name !== 'rm'),
      programs: { tee: async () => ({ exitCode: 1, stderr: 'No space left' }) },
    });
    addWorkload(full, 'frontend', { claim: 'evidence-pvc', mountPath: volume });
    expect(await failure(tryFolder({ ...context, cluster: () => full }, 'evidence', 'incidents'))).toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining('No space left'),
    });
  });
});
