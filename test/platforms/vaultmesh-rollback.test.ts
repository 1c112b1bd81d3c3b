import { expect, test } from '@jest/globals';
import { when } from '../../blocks/text.ts';
import { NAMES } from '../../simulators/aws/vaultmesh/names.ts';
import type { ObjectVersion } from '../../simulators/aws/vaultmesh/world.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, commanded, GRACE, MARIE, nothingChanged, planOf, type Situation } from '../e2e/helpers/remedies.ts';
import { about, approversOf, cardText, stored } from '../e2e/helpers/runbooks.ts';
import { vaultmesh } from '../e2e/helpers/vaultmesh.ts';

const GIB = 1024 ** 3;
const BUCKET = NAMES.knowledgeBucket;

describeWorld('VaultMesh: documents back in time', { delivery: 'http', platforms: true }, (world) => {
  const aws = () => vaultmesh(world()).aws;
  const seen = () => aws().vaultmesh;
  const now = (key: string): ObjectVersion | undefined =>
    seen()
      .objects(BUCKET, key)
      .find((one) => one.key === key);
  const iso = (key: string) => now(key)?.modified.toISOString() ?? '';
  const versionsOf = (key: string) =>
    seen()
      .versions(BUCKET, key)
      .filter((one) => one.key === key);
  const indexed = (key: string) =>
    seen()
      .documents()
      .find(({ id }) => id === `s3://${BUCKET}/${key}`);
  const syncAtOnce = () => void (aws().account.qbusiness.syncTakesMs = 0);

  async function asked(situation: Situation, words: string): Promise<Awaited<ReturnType<typeof planOf>>> {
    await world().say(ADA, situation.room, `/sync rollback ${words}`);
    return planOf(world(), situation.id);
  }

  /** The listing as the evidence has it: all of the plan. */
  async function listing(situation: Situation, plan: string): Promise<string> {
    return (await stored(world(), situation.id)).find(({ type, data }) => type === 'plan.made' && data.plan === plan)?.text ?? '';
  }

  test('[VQ-11] [VQ-12] _staging/ back to the start of the last succeeded sync: listed first, two people, later objects stay; a sync runs with what was restored', async () => {
    syncAtOnce();
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Staging holds drafts');
    const [success] = seen()
      .syncJobs()
      .filter(({ status }) => status === 'SUCCEEDED');
    const draft = iso('_staging/handbook/security.md');
    const handbook = now('handbook/vacation.md')?.versionId;
    const plan = await asked(situation, '_staging/ drafts got in');
    const card = cardText(world(), situation, plan);
    expect(card).toContain(`to its state as of ${when(success?.start ?? 0, 'in-sentence')}`);
    expect(card).toMatch(/\+ _staging\/handbook\/security\.md {2}\d+ B of \d{4}-\S+Z; now \d+ B of /);
    expect(card).toContain(`of ${draft}`);
    expect(card).toContain(`1 newer object stays: _staging/notes.txt (${when(Date.parse(iso('_staging/notes.txt')), 'in-sentence')})`);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    const jobs = seen().syncJobs().length;

    await approve(world(), ADA, situation, plan);
    expect(now('_staging/handbook/security.md')?.text).toContain('(draft)');
    await approve(world(), MARIE, situation, plan);
    expect(now('_staging/handbook/security.md')?.text).toBe('# Security\n\nReport incidents to the security liaison at once.\n');
    expect(versionsOf('_staging/handbook/security.md')).toHaveLength(3);
    expect(now('_staging/notes.txt')?.text).toContain('nobody has reviewed');
    expect(now('handbook/vacation.md')?.versionId).toBe(handbook);

    expect(seen().syncJobs()).toHaveLength(jobs + 1);
    expect(seen().syncJobs()[0]).toMatchObject({ status: 'SUCCEEDED' });
    expect(indexed('_staging/handbook/security.md')?.text).toContain('at once');
    const applied = await about(world(), plan, situation.id, 'change.applied');
    expect(applied.map(({ data }) => data.summary)).toEqual([
      expect.stringMatching(/^s3:\/\/vaultmesh-knowledge-base\/_staging\/ is restored to \S+Z: restored 1 object\.$/),
      `Started a sync of docs (${seen().syncJobs()[0]?.executionId}).`,
    ]);
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({ passed: true });
    expect(await approversOf(world(), plan, situation.id)).toEqual([ADA, MARIE]);
  });

  test('[VQ-11] the root: delete markers, an object over 5 GB by parts, evidence left alone, what is the same stays; later ones go only with remove_later=yes', async () => {
    syncAtOnce();
    seen().putSparseObject(BUCKET, 'videos/training.mp4', 6 * GIB);
    seen().putSparseObject(BUCKET, 'videos/logo.mp4', 4);
    seen().putObject(BUCKET, 'audit/promotions/one.json', '{"promotion":1}\n');
    await world().later(2);
    seen().startSync();
    await world().later(2);
    const unchanged = new Map(
      seen()
        .objects(BUCKET)
        .map(({ key, versionId }) => [key, versionId]),
    );
    const etag = now('videos/training.mp4')?.etag;
    seen().putObject(BUCKET, 'videos/training.mp4', 'oops');
    // As large as before, and uploaded in parts then, so that neither size nor ETag tells.
    seen().putObject(BUCKET, 'videos/logo.mp4', 'oops');
    seen().putObject(BUCKET, 'audit/promotions/one.json', '{"promotion":2}\n');
    seen().deleteObject(BUCKET, 'README.md');
    seen().deleteObject(BUCKET, 'handbook/onboarding.md');
    seen().putObject(BUCKET, 'handbook/rumours.md', '# Rumours\n\nNobody knows.\n');
    for (const key of ['videos/training.mp4', 'videos/logo.mp4', 'README.md', 'handbook/onboarding.md']) unchanged.delete(key);
    unchanged.delete('audit/promotions/one.json');

    const situation = await commanded(world(), 'P1 vaultmesh-qbusiness The bucket was overwritten');
    const first = await asked(situation, '/ somebody ran the wrong script');
    const card = cardText(world(), situation, first);
    expect(card).toContain('restores 4 objects (6 GiB)');
    const all = await listing(situation, first.id);
    expect(all).toMatch(/\+ README\.md {2}\d+ B of \d{4}-\S+Z; deleted now/);
    expect(all).toMatch(/\+ videos\/training\.mp4 {2}6 GiB of \d{4}-\S+Z; now 4 B of /);
    expect(card).toMatch(/1 newer object stays: handbook\/rumours\.md \(<!date\^\d+\^/);
    expect(card).toContain('Not touched: 1 object under audit/.');
    expect(card).toContain(`${unchanged.size} objects are unchanged and stay.`);
    const calls = aws().calls.length;
    await approve(world(), ADA, situation, first);
    await approve(world(), MARIE, situation, first);

    expect(now('videos/training.mp4')?.size).toBe(6 * GIB);
    expect(now('videos/training.mp4')?.etag).not.toBe(etag);
    expect(now('videos/training.mp4')?.etag).toMatch(/-([2-9]|\d\d+)"?$/);
    expect(now('videos/logo.mp4')).toMatchObject({ size: 4, text: null });
    expect(now('README.md')?.text).toContain('Questions go to #vaultmesh-ops.');
    expect(now('handbook/onboarding.md')?.text).toContain('New colleagues');
    expect(indexed('README.md')).toBeDefined();
    expect(now('handbook/rumours.md')?.text).toContain('Nobody knows');
    expect(now('audit/promotions/one.json')?.text).toContain('2');
    for (const [key, version] of unchanged) expect([key, now(key)?.versionId]).toEqual([key, version]);
    const deletions = aws()
      .calls.slice(calls)
      .filter(({ action }) => action.startsWith('s3:Delete'));
    expect(deletions).toEqual([]);
    expect((await about(world(), first, situation.id, 'change.applied'))[0]?.data.summary).toMatch(/: restored 4 objects\.$/);
    expect((await about(world(), first, situation.id, 'change.verified'))[0]?.data.passed).toBe(true);

    const moment = new Date(aws().account.now() - 3 * 60_000).toISOString();
    const second = await asked(situation, `handbook/ at=${moment} remove_later=yes rumours must go`);
    expect(cardText(world(), situation, second)).toMatch(/- handbook\/rumours\.md {2}\d+ B of \S+Z, newer/);
    await approve(world(), GRACE, situation, second);
    await approve(world(), ADA, situation, second);
    expect(now('handbook/rumours.md')).toBeDefined();
    await approve(world(), MARIE, situation, second);
    expect(now('handbook/rumours.md')).toBeUndefined();
    expect(versionsOf('handbook/rumours.md').map(({ deleteMarker }) => deleteMarker)).toEqual([true, false]);
    expect(indexed('handbook/rumours.md')).toBeUndefined();
    expect(now('audit/promotions/one.json')?.text).toContain('2');
    expect((await about(world(), second, situation.id, 'change.applied'))[0]?.data.summary).toMatch(/: restored 0 objects, deleted 1\.$/);
  });

  test('a moment to come and a bucket without versions are refused with the reason; where nothing differs, the plan says so', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Words');
    await world().say(ADA, situation.room, '/sync rollback / at=2199-01-01T00:00:00Z why');
    await world().say(ADA, situation.room, '/sync rollback / bucket=reports-bucket source=reports why');
    const refused = (await stored(world(), situation.id)).filter(({ type }) => type === 'remedy.failed');
    expect(refused.map(({ data }) => data.reason)).toEqual([
      '2199-01-01T00:00:00Z is in the future.',
      expect.stringContaining('s3://vaultmesh-reports keeps no versions'),
    ]);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    const plan = await asked(situation, 'policies/travel why');
    expect(cardText(world(), situation, plan)).toMatch(
      /s3:\/\/vaultmesh-knowledge-base\/policies\/travel is already as it was on <!date[^>]+>\..*Nothing would change\./,
    );
  });
});
