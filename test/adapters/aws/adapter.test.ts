import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openAws } from '../../../src/adapters/aws/index.ts';
import { rangesOf } from '../../../src/adapters/aws/s3-restore.ts';
import type { Aws } from '../../../src/ports/aws.ts';
import { startWorld, type World } from '../../actions/aws/world.ts';

let world: World;
let aws: Aws;
const APPLICATION = '00000000-0000-4000-8000-000000000001';
const DOCUMENTS = 'vaultmesh-knowledge-base';

beforeAll(async () => {
  world = await startWorld();
  aws = world.context().aws();
});
afterAll(() => world.stop());

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

describe('the AWS adapter', () => {
  test('knows who asks', async () => {
    expect(await aws.identity()).toEqual({ account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/tocsin/bot' });
  });

  test('a service without a region says what to set', () => {
    const open = () => openAws({ region: undefined, service: 'vaultmesh', environment: {}, signal: new AbortController().signal });
    expect(open).toThrow('Set services.vaultmesh.aws.region in tocsin.yml.');
  });

  test('a denied call says which permission is missing, on what and to whom', async () => {
    await expect(world.context({ as: 'nobody' }).aws().qbusiness.chatControls(APPLICATION)).rejects.toMatchObject({
      reason: 'denied',
      message: `qbusiness:GetChatControlsConfiguration on arn:aws:qbusiness:eu-west-1:123456789012:application/${APPLICATION} is denied to arn:aws:sts::123456789012:assumed-role/nobody/session: add it to the role that Tocsin runs as, deploy/aws/tocsin-policy.json has it.`,
    });
  });

  test('a throttled call is tried again', async () => {
    world.aws.failures.add({ service: 'qbusiness', operation: 'GetIndex', status: 429, code: 'ThrottlingException' });
    const index = await aws.qbusiness.index(APPLICATION, '00000000-0000-4000-8000-000000000002');
    expect(index).toMatchObject({ status: 'ACTIVE', error: null });
    expect(index.documents).toBeGreaterThan(0);
  });

  test('chat controls of several pages come as one', async () => {
    const application = world.aws.account.qbusiness.applications.get(APPLICATION);
    if (application === undefined) throw new Error('no application');
    const before = application.controls;
    const [topic] = before.topicConfigurations;
    const many = Array.from({ length: 120 }, (_, index) => ({ ...topic, name: `topic-${index}` }));
    application.controls = { ...before, topicConfigurations: many as typeof before.topicConfigurations };
    const controls = (await aws.qbusiness.chatControls(APPLICATION)) as { topicConfigurations: { name: string }[]; nextToken?: string };
    application.controls = before;
    expect(controls.topicConfigurations.map(({ name }) => name)).toEqual(many.map(({ name }) => name));
    expect(Object.keys(controls).sort()).toEqual(['blockedPhrases', 'responseScope', 'topicConfigurations']);
  });

  test('listings and versions of many pages are whole and in order', async () => {
    for (let index = 0; index < 1_100; index += 1) world.aws.vaultmesh.putObject(DOCUMENTS, `many/${String(index).padStart(5, '0')}.md`, 'x');
    for (let index = 0; index < 1_100; index += 2) world.aws.vaultmesh.deleteObject(DOCUMENTS, `many/${String(index).padStart(5, '0')}.md`);
    const listed = await collect(aws.s3.list(DOCUMENTS, 'many/'));
    expect([listed.length, listed[0]?.key, listed.at(-1)?.key]).toEqual([550, 'many/00001.md', 'many/01099.md']);
    expect(await collect(aws.s3.list(DOCUMENTS, 'many/', 'many/01097.md'))).toMatchObject([{ key: 'many/01099.md' }]);
    const versions = await collect(aws.s3.versions(DOCUMENTS, 'many/'));
    const expected = world.aws.vaultmesh
      .versions(DOCUMENTS, 'many/')
      .map(({ key, versionId, deleteMarker, latest }) => ({ key, version: versionId, deleteMarker, latest }));
    expect(versions.map(({ key, version, deleteMarker, latest }) => ({ key, version, deleteMarker, latest }))).toEqual(expected);
  });

  test('events of CloudTrail say who, from where and how', async () => {
    world.aws.vaultmesh.startConsoleChange({ by: 'mallory' });
    const query = { name: 'UpdateChatControlsConfiguration', from: world.now - 90 * 86_400_000, to: world.now, limit: 2 };
    expect(await aws.trail.events(query)).toMatchObject({
      complete: false,
      events: [
        {
          person: 'mallory',
          kind: 'IAMUser',
          role: null,
          from: '203.0.113.77',
          console: true,
          error: null,
          parameters: { applicationId: APPLICATION },
        },
        { person: 'GitHubActions', kind: 'AssumedRole', role: 'arn:aws:iam::123456789012:role/vmq-oracle-github-actions', console: false },
      ],
    });
    expect((await aws.trail.events({ ...query, limit: 60 })).complete).toBe(true);
    world.aws.vaultmesh.endConsoleChange();
  });

  test('a bucket, an object, a rule and a role that are not there', async () => {
    await expect(collect(aws.s3.list('vaultmesh-nowhere', ''))).rejects.toMatchObject({ reason: 'not-found' });
    expect(await aws.s3.read(DOCUMENTS, 'nothing', 100)).toBeNull();
    expect(await aws.s3.head(DOCUMENTS, 'nothing')).toBeNull();
    expect(await aws.events.rule('nothing')).toBeNull();
    await expect(aws.iam.role('nothing')).rejects.toMatchObject({ reason: 'not-found' });
    await expect(aws.watch.logs('/aws/nothing', { from: 0, to: world.now, limit: 5 })).rejects.toMatchObject({ reason: 'not-found' });
    expect(await aws.watch.alarms(['nothing'])).toEqual([]);
  });

  test('an object larger than what is read is refused', async () => {
    world.aws.vaultmesh.putObject(DOCUMENTS, 'large.md', 'x'.repeat(2_000));
    await expect(aws.s3.read(DOCUMENTS, 'large.md', 1_000)).rejects.toMatchObject({ reason: 'invalid' });
    expect((await aws.s3.read(DOCUMENTS, 'large.md', 2_000))?.bytes.byteLength).toBe(2_000);
  });

  test('when the time is over, nothing is asked any more', async () => {
    const stopped = openAws({ region: 'eu-west-1', service: 'x', environment: world.aws.environment(), signal: AbortSignal.abort() });
    await expect(stopped.qbusiness.chatControls(APPLICATION)).rejects.toMatchObject({ reason: 'timeout' });
  });

  test('an address where nobody listens is unreachable, whatever is asked', async () => {
    const environment = { ...world.aws.environment(), AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const nowhere = openAws({ region: 'eu-west-1', service: 'x', environment, signal: new AbortController().signal });
    const ref = { application: APPLICATION, index: APPLICATION, dataSource: APPLICATION };
    await expect(nowhere.qbusiness.dataSource(ref)).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(nowhere.qbusiness.startSync(ref)).rejects.toMatchObject({ reason: 'unreachable' });
  });

  test('parts of a large copy are without gap and within the limits', () => {
    const GB = 1024 ** 3;
    expect(rangesOf(6 * GB)).toHaveLength(12);
    expect([rangesOf(6 * GB)[0], rangesOf(6 * GB).at(-1)]).toEqual(['bytes=0-536870911', `bytes=${5.5 * GB}-${6 * GB - 1}`]);
    expect(rangesOf(48_000 * GB).length).toBeLessThanOrEqual(10_000);
    const ends = rangesOf(6 * GB + 1).map((range) => range.slice(6).split('-').map(Number));
    for (const [index, [from]] of ends.entries()) expect(from).toBe((ends[index - 1]?.[1] ?? -1) + 1);
  });
});
