import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from '@jest/globals';
import { ARCHIVE_BUCKET } from '../../demo/platforms.ts';
import { listFiles } from '../../src/actions/volume/files.ts';
import { mustMount } from '../../src/actions/volume/mount.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import { contextsOf } from '../../src/app/contexts.ts';
import { checkPackCopies } from '../../src/app/doctor/packs.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  approveInVain,
  breakIt,
  commanded,
  GRACE,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnose, keysUnder, kubernetes, object, readyPods, remedy, row, stored } from '../e2e/helpers/runbooks.ts';
import { lastTold, readable } from '../e2e/helpers/world.ts';

const RUNBOOK = 'aureus/evidence-volume-full';
const DAY = 86_400_000;
const CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'fast' } as const;

interface File {
  readonly path: string;
  readonly mtime: number;
  readonly sha256?: string;
  readonly key?: string;
}
interface Claim {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
  readonly status: { readonly capacity: { readonly storage: string } };
}

/** Packs of AUREUS are on its volume too. */
const copying = (text: string): string => text.replace('\n  aureus:\n', '\n  aureus:\n    packs_to: evidence\n');

describeWorld('AUREUS: evidence storage full', { delivery: 'http', platforms: true, config: copying }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P1 aureus Evidence packs fail to save');
    await breakIt(world(), 'evidence-volume-full');
  });

  /** A file of the evidence folder, as a running frontend pod has it. */
  function inPod(path: string): Buffer | undefined {
    return kubernetes(world()).cluster.readFile('aureus', readyPods(world(), 'frontend')[0]?.metadata.name ?? '', path);
  }

  /** What exactly a plan acts on, from its document in the evidence. */
  async function filesOf(plan: Plan): Promise<readonly File[]> {
    const [made] = await about(world(), plan, situation.id, 'plan.made');
    const document = JSON.parse(made?.text ?? '') as { steps: { planned: { scope: { files: File[] } } }[] };
    return document.steps[0]?.planned.scope.files ?? [];
  }

  const claim = (): Claim => object(world(), 'persistentvolumeclaims', 'aureus-evidence-pvc');

  test('[AU-30] [AU-31] [AU-32] claims with their use, the disk inside the pod, and the largest files', async () => {
    const { board, steps, findings, suggests } = await diagnose(world(), situation, RUNBOOK);
    expect(board).toMatch(row('aureus-evidence-pvc', 'Bound', '50 GiB', String.raw`\S+`, 'fast', 'yes'));
    expect(board).toMatch(row('data-aureus-postgres-0', 'Bound', '20 GiB', String.raw`\S+`, 'standard', 'no'));
    expect(steps.disk?.data.summary).toBe('/app/evidence (pvc/aureus-evidence-pvc) is 100% full: 50 GiB of 50 GiB used, 0 B left.');
    expect(board).toMatch(row('/app/evidence', '50 GiB', '50 GiB', '0 B', '100%'));
    expect(steps.largest?.data.summary).toMatch(/^\/app\/evidence holds \d+ files/);
    expect(board).toMatch(row(String.raw`/app/evidence/[a-z]+/[^ \\]+`, String.raw`\d+(\.\d)? KiB`, String.raw`\d+ days`));
    expect(findings).toContain('The evidence volume is 100 % full.');
    expect(findings).toContainEqual(expect.stringMatching(/^\d+ files are older than 60 days: archiving frees \d.* [KMG]?i?B\.$/));
    expect(findings).toContainEqual(expect.stringMatching(/^\d+ files are past the retention period: deleting frees \d.* [KMG]?i?B\.$/));
    expect(suggests).toEqual(expect.arrayContaining(['archive', 'expand', 'clean-up']));
  });

  test('[AU-35] the clean-up lists each file with the rule that keeps or frees it, needs two people, and deletes only what is past retention', async () => {
    const plan = await request(world(), situation, `${RUNBOOK} clean-up No space is left`);
    const files = await filesOf(plan);
    const [made] = await about(world(), plan, situation.id, 'plan.made');
    expect(files.length).toBeGreaterThan(4);
    for (const { path } of files) {
      expect(inPod(path)).toBeDefined();
      expect(made?.text).toContain(`- ${path}  `);
    }
    const kept = [...(made?.text ?? '').matchAll(/ {2}(\/app\/evidence\/(?:audit|approvals)\/\S+) {2}[^\\]*?7 years, until/g)].map(
      (match) => match[1] ?? '',
    );
    expect(kept.length).toBeGreaterThan(3);
    expect(cardText(world(), situation, plan)).toMatch(/Deletes \d+ of \d+ files older than 90d from \/app\/evidence, and frees \d/);
    expect(cardText(world(), situation, plan)).toContain('are retained and stay');
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    for (const { path } of files) expect(inPod(path)).toBeDefined();

    await approveInVain(world(), MARIE, situation, plan, 3);
    // What may be deleted is gone, and the volume that was found full is full still: what retention keeps fills it.
    const done = await planOf(world(), situation.id);
    expect(done).toMatchObject({ status: 'applied', verified: false });
    expect(done.verification?.says).toMatch(/is \d+% full/);
    for (const { path } of files) expect(inPod(path)).toBeUndefined();
    for (const path of kept) expect(inPod(path)).toBeDefined();
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toMatch(new RegExp(`^Deleted ${files.length} files`));
    expect((await about(world(), plan, situation.id, 'change.intended'))[0]?.data.approvers).toEqual([
      { role: 'incident-commander', user: ADA },
      { role: 'security', user: MARIE },
    ]);
  });

  test('[AU-33] [AU-36] evidence older than 60 days lies in the bucket byte for byte and is gone from the pod; retention, alert and pack follow', async () => {
    const plan = await request(world(), situation, `${RUNBOOK} archive No space is left`);
    const files = await filesOf(plan);
    expect(files.length).toBeGreaterThan(10);
    // The first lines stand before the buttons, and all of them in the thread.
    const card = cardText(world(), situation, plan);
    expect(card).toMatch(new RegExp(`Moves ${files.length} files older than 60d from /app/evidence to s3://.*, and frees \\d`));
    expect(card).toContain(`… ${files.length - 3} more lines`);
    const list = readable(messageWith(world(), situation.room, `The list of the plan: ${files.length} entries`));
    for (const { path } of files.slice(0, 5)) expect(list).toContain(path);
    expect(card).not.toContain(files[4]?.path);
    const now = kubernetes(world()).cluster.now();
    for (const { mtime } of files) expect(now - mtime * 1_000).toBeGreaterThan(60 * DAY);
    const bytes = new Map(files.map(({ path }) => [path, inPod(path)]));
    await approve(world(), ADA, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    const owner = world().platforms?.vaultmesh.aws.environment('admin') ?? {};
    const credentials = { accessKeyId: owner.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: owner.AWS_SECRET_ACCESS_KEY ?? '' };
    const endpoint = owner.AWS_ENDPOINT_URL ?? '';
    const bucket = S3Store.open({ bucket: ARCHIVE_BUCKET, prefix: 'aureus', region: 'eu-west-1', endpoint, credentials });
    for (const { path, key = '', sha256 } of files) {
      const copy = Buffer.from((await bucket.get(key)) ?? []);
      expect(createHash('sha256').update(copy).digest('hex')).toBe(sha256);
      expect(copy.equals(bytes.get(path) ?? Buffer.alloc(0))).toBe(true);
      expect(inPod(path)).toBeUndefined();
    }
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]).toMatchObject({
      data: { summary: expect.stringMatching(new RegExp(`^Archived ${files.length} files .* verified and deleted`)) },
      text: expect.stringContaining(files[0]?.sha256 ?? '-'),
    });

    const after = (await about(world(), plan, situation.id, 'evidence.captured')).filter(({ data }) => data.phase === 'after');
    expect(after.map(({ data }) => data.step)).toEqual(['disk', 'largest', 'retention']);
    expect(after[2]?.data.summary).toMatch(/\d+ files retained, 0 past retention/);
    await breakIt(world(), 'evidence-volume-full', false);
    await breakIt(world(), 'evidence-volume-full');
    await world().later(1);
    expect(readable(messageWith(world(), situation.room, 'It came back'))).toContain('The evidence volume is 100 % full.');
    expect((await about(world(), plan, situation.id, 'recurrence.seen'))[0]?.data.summary).toContain('The evidence volume is 100 % full.');

    await world().say(ADA, situation.room, 'evidence');
    const evidence = await DirectoryStore.openReadOnly(world().evidence);
    const packed = await keysUnder(evidence, `incidents/${situation.id}/pack/1/plans/${plan.id}/`);
    const names = packed.map((key) => key.replace(/-\d{8}\.log$/, '.log'));
    expect(names).toEqual(
      expect.arrayContaining([
        'changes.json',
        'approvals.json',
        'logs/before-retention.log',
        'logs/after-retention.log',
        'steps/1-volume.archive.txt',
      ]),
    );
  });

  test('[AU-70] a pack is on the volume too, byte for byte; while that is full, the room hears why it is not', async () => {
    const folder = `/app/evidence/incidents/${situation.id}`;
    await world().say(ADA, situation.room, '/incident evidence');
    for (const minutes of [3, 3]) await world().later(minutes);
    const refused = readable(messageWith(world(), situation.room, 'could not be copied to the service’s volume'));
    expect(refused).toMatch(/Evidence pack 1 of .*No space left on device.* type `\/incident evidence`/);
    await breakIt(world(), 'evidence-volume-full', false);
    await world().say(ADA, situation.room, '/incident evidence');
    const told = readable(messageWith(world(), situation.room, 'is also on the service’s volume'));
    const store = await DirectoryStore.openReadOnly(world().evidence);
    const prefix = `incidents/${situation.id}/pack/2/`;
    const names = await keysUnder(store, prefix);
    expect(told).toContain(`Evidence pack 2 of *${situation.id}*`);
    expect(told).toContain(`${names.length} files below \`${folder}/ of pvc/aureus-evidence-pvc\``);
    expect(names).toEqual(expect.arrayContaining(['timeline.md', 'report.html', 'rca.md', 'manifest.json.sig', 'SHA256SUMS']));
    for (const name of names)
      expect([name, inPod(`${folder}/${name}`)?.equals(Buffer.from((await store.get(prefix + name)) ?? []))]).toEqual([name, true]);
  });

  test('[AU-70] the doctor writes a file where packs are copied to and removes it, and says why it cannot', async () => {
    const { config } = world();
    const [full] = await checkPackCopies(config);
    expect(full).toMatchObject({ state: 'bad', says: expect.stringContaining('No space left on device') });
    await breakIt(world(), 'evidence-volume-full', false);
    expect(await checkPackCopies(config)).toEqual([
      { name: 'Copies of packs of aureus', state: 'good', says: 'can be written to /app/evidence/incidents/ of pvc/aureus-evidence-pvc' },
    ]);
    const contexts = contextsOf(config);
    const mount = await mustMount(contexts.create({ service: 'aureus', incident: null, signal: AbortSignal.timeout(60_000) }), 'evidence');
    const { files } = await listFiles(mount);
    contexts.close();
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter(({ path }) => path.includes('.tocsin-'))).toEqual([]);
    const services = { ...config.file.services };
    const { aureus } = services;
    if (aureus === undefined) throw new Error('There is no AUREUS.');
    services['aureus'] = { ...aureus, targets: { ...aureus.targets, evidence: { pvc: 'another' } } };
    const [check] = await checkPackCopies({ ...config, file: { ...config.file, services } });
    expect(check).toMatchObject({
      state: 'bad',
      says: expect.stringContaining('pvc/another'),
      advice: expect.stringContaining('`packs_to` of aureus'),
    });
  });

  test('[AU-34] the claim grows to 100Gi; where its storage class cannot, that is refused with the reason', async () => {
    const cluster = admin(world());
    await cluster.patch(CLASS, { type: 'merge', body: { allowVolumeExpansion: false } });
    await world().say(ADA, situation.room, `/runbook run ${RUNBOOK} expand No space is left`);
    await cluster.patch(CLASS, { type: 'merge', body: { allowVolumeExpansion: true } });
    const [refused] = (await stored(world(), situation.id)).filter(({ type }) => type === 'remedy.failed');
    expect(refused?.data.reason).toContain('the storage class fast of persistentvolumeclaim/aureus-evidence-pvc cannot expand volumes');
    expect(readable(messageWith(world(), situation.room, 'cannot expand volumes'))).toContain('Set allowVolumeExpansion on the class');
    expect(claim().spec.resources.requests.storage).toBe('50Gi');
    expect(await refusals(world(), situation.id)).toEqual([]);

    const plan = await remedy(world(), situation, `${RUNBOOK} expand No space is left`, GRACE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(claim()).toMatchObject({ spec: { resources: { requests: { storage: '100Gi' } } }, status: { capacity: { storage: '100Gi' } } });
    const { steps } = await diagnose(world(), situation, RUNBOOK);
    expect(steps.disk?.data.summary).toContain('of 100 GiB used');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toContain('asks for 100Gi instead of 50Gi');
  });
});
