import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { S3Simulator } from '../../simulators/s3/index.ts';
import { S3Store } from '../../src/adapters/evidence/s3.ts';
import type { EvidenceStore } from '../../src/ports/evidence.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  environmentOf,
  GRACE,
  incidentOf,
  MARIE,
  messageWith,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import {
  admin,
  cardText,
  diagnose,
  keysUnder,
  kubernetes,
  object,
  pods,
  readyPods,
  remedy,
  type Stored,
  stored,
  until,
} from '../e2e/helpers/runbooks.ts';
import { lastTold, readable, startWorld, type World } from '../e2e/helpers/world.ts';
import { describeEachKind } from '../store/helpers/databases.ts';
import { inMemory } from '../store/helpers/memory.ts';

const RUNBOOK = 'aureus/policy-engine-failure';
const FRONTEND = ['aureus', 'aureus-frontend'] as const;
const FAULT = 'policy-engine-down';
const BUCKET = 'evidence';

/** The evidence lies in a bucket here, as it does in production. */
describeEachKind('AUREUS: policy engine', ({ url }) => {
  let s3: S3Simulator;
  let bucket: EvidenceStore;
  let made: World | null = null;
  let situation: Situation;

  beforeAll(async () => {
    s3 = await S3Simulator.start({ buckets: { [BUCKET]: { versioned: true } } });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'workspace' };
    bucket = S3Store.open({ bucket: BUCKET, prefix: 'tocsin', region: 'us-east-1', endpoint: s3.url, credentials });
    const server = url();
    made = await startWorld({
      delivery: 'http',
      platforms: true,
      bucket: { endpoint: s3.url, name: BUCKET },
      database: server === null ? await inMemory() : { url: server },
    });
  });
  afterAll(async () => {
    await made?.stop();
    await s3.stop();
  });
  beforeEach(async () => {
    situation = await commanded(world(), 'P0 aureus All queries are blocked');
    await breakIt(world(), FAULT);
  });

  function world(): World {
    if (made === null) throw new Error('The world starts in beforeAll; use it in tests only.');
    return made;
  }

  function down(): boolean {
    return (
      kubernetes(world())
        .faults.list()
        .find(({ id }) => id === FAULT)?.active ?? false
    );
  }

  /** Stored records of a plan by type, read from the bucket. */
  async function about(plan: { readonly id: string }, type: string): Promise<readonly Stored[]> {
    return (await stored(world(), situation.id, bucket)).filter((record) => record.type === type && record.data.plan === plan.id);
  }

  test('[AU-40] [AU-41] [AU-42] policy engine pods, policy log lines, and a test evaluation from inside of the pod', async () => {
    await until(() => readyPods(world(), 'policy-engine').length === 0, 'the engine is not ready');
    const [frontend] = readyPods(world(), 'frontend');
    const log = { pod: frontend?.metadata.name ?? '', container: 'frontend', tail: 5 };
    await until(async () => (await admin(world()).logs(log)).text.includes('Policy check failed'), 'the frontend complains');
    const { board, steps, findings, suggests } = await diagnose(world(), situation, RUNBOOK, bucket);
    for (const pod of pods(world(), 'policy-engine')) expect(board).toContain(pod.metadata.name);
    expect(steps.engine?.data.summary).toMatch(/^0 of 2 pods ready/);
    expect(steps.denials?.data.summary).toMatch(/^[1-9]\d* of \d+ lines match/);
    expect(steps.denials?.text).toContain('Policy check failed: policy engine unavailable');
    expect(steps.probe?.data.summary).toMatch(
      /^POST policy-api answered 503 in \d+ ms from inside of aureus-frontend-\S+ by curl: .*POLICY_ENGINE_UNAVAILABLE/,
    );
    expect(findings).toContain('A test evaluation answers 503, so queries are blocked.');
    expect(suggests).toEqual(expect.arrayContaining(['reload-policies', 'flush-cache', 'bypass']));
  });

  test('[AU-43] the bypass is for P0 only, is escalated at once, and is applied only when the commander and security have both approved', async () => {
    const lesser = await commanded(world(), 'P1 aureus Some queries are blocked');
    await world().say(ADA, lesser.room, `/runbook run ${RUNBOOK} bypass Open it`);
    await world().say(ADA, lesser.room, '/bypass request aureus Open it');
    expect((await refusals(world(), lesser.id)).length).toBeGreaterThan(0);
    expect((await incidentOf(world(), lesser.id)).plans).toEqual({});

    const plan = await request(world(), situation, `${RUNBOOK} bypass Nobody can query anything`);
    const escalated = (await stored(world(), situation.id, bucket)).filter(
      ({ type, data }) => type === 'incident.escalated' && String(data.reason).includes('Enable policy bypass'),
    );
    expect(escalated).toHaveLength(1);
    expect(readable(messageWith(world(), situation.room, 'Emergency change asked for', 'Enable policy bypass'))).toMatch(
      /<!subteam\^S0SRE>|<@U0LINUS>/,
    );
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_MODE');
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(environmentOf(world(), ...FRONTEND)).toMatchObject({ POLICY_BYPASS_MODE: 'true', POLICY_BYPASS_APPROVER: ADA });
    expect((await about(plan, 'change.verified'))[0]?.data.summary).toContain('bypass true');
    expect((await about(plan, 'change.intended'))[0]?.data.approvers).toEqual([
      { role: 'incident-commander', user: ADA },
      { role: 'security', user: MARIE },
    ]);
    await world().say(ADA, situation.room, '/bypass revert the test is over');
  });

  test('[AU-44] [AU-48] [AU-49] [AU-70] [SK-72] the file in the pods is in S3 as well; the post-mortem has its item; after the revert the bypass has its own pack', async () => {
    const plan = await remedy(world(), situation, `${RUNBOOK} bypass Nobody can query anything`, MARIE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const [written] = (await about(plan, 'change.applied')).filter(({ data }) => data.uses === 'volume.write-file');
    const path = /\/app\/evidence\/emergency-bypass-\d{8}-\d{6}\.log/.exec(String(written?.data.summary))?.[0] ?? '';
    const inPods = readyPods(world(), 'frontend').map(({ metadata }) =>
      kubernetes(world()).cluster.readFile('aureus', metadata.name, path)?.toString('utf8'),
    );
    expect(inPods).toHaveLength(3);
    for (const text of inPods) expect(text).toBe(written?.text);
    for (const words of ['Enable policy bypass', situation.id, plan.hash, `incident-commander ${ADA}`, `security ${MARIE}`])
      expect(written?.text).toContain(words);

    const item = { text: 'Review in the post-mortem: Enable policy bypass', plan: plan.id };
    expect((await about(plan, 'follow-up.added')).map(({ data }) => data)).toEqual([item]);
    expect((await incidentOf(world(), situation.id)).followUps).toMatchObject([item]);
    readable(messageWith(world(), situation.room, 'Review in the post-mortem: Enable policy bypass'));

    await world().say(ADA, situation.room, '/bypass revert The engine is back');
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(environmentOf(world(), ...FRONTEND)).not.toHaveProperty('POLICY_BYPASS_MODE');
    const message = readable(messageWith(world(), situation.room, 'Evidence pack', plan.id));
    const number = /Evidence pack (\d+) of/.exec(message)?.[1];
    const [, records] = /records 1 to (\d+), 1 change,/.exec(message) ?? [];
    const chain = Buffer.from((await bucket.get(`incidents/${situation.id}/pack/${number}/records.jsonl`)) ?? []).toString('utf8');
    expect(Number(records)).toBe(chain.trim().split('\n').length);
    const folder = `incidents/${situation.id}/pack/${number}/plans/${plan.id}/`;
    const names = (await keysUnder(bucket, folder)).map((key) => key.replace(/-\d{8}\.log$/, '.log'));
    const logs = ['before', 'during', 'after'].flatMap((phase) => ['engine', 'denials', 'probe'].map((step) => `logs/${phase}-${step}.log`));
    expect(names).toEqual(
      expect.arrayContaining(['plan.json', 'approvals.json', 'changes.json', 'timeline.md', 'steps/3-volume.write-file.txt', ...logs]),
    );
    const read = async (name: string) => Buffer.from((await bucket.get(`${folder}${name}`)) ?? []).toString('utf8');
    expect(JSON.parse(await read('plan.json'))).toMatchObject({ hash: plan.hash, remedy: 'bypass' });
    const approvals = JSON.parse(await read('approvals.json')) as { type: string; by: { id: string } }[];
    expect(approvals.filter(({ type }) => type === 'approval.given').map(({ by }) => by.id)).toEqual([MARIE]);
    const changes = (JSON.parse(await read('changes.json')) as { type: string }[]).map(({ type }) => type);
    for (const type of ['change.intended', 'change.applied', 'change.verified', 'change.reverted', 'remedy.reverted'])
      expect(changes).toContain(type);
    expect(await read('timeline.md')).toContain('Enable policy bypass');
    expect(await read('steps/3-volume.write-file.txt')).toBe(written?.text);

    const pack = `incidents/${situation.id}/pack/${number}/`;
    const packed = (await keysUnder(bucket, pack)).map((key) => key.replace(/-\d{8}-\d{6}-\d{8}\.log$/, '.log'));
    const captured = ['before', 'during', 'after'].flatMap((phase) => ['engine', 'denials', 'probe'].map((step) => `logs/${phase}/${step}.log`));
    expect(packed).toEqual(
      expect.arrayContaining(['impact-assessment.md', 'rca.md', 'post-mortem.md', 'changes.json', 'approvals.json', ...captured]),
    );
    await world().say(ADA, situation.room, '/incident postmortem');
    const shared = world()
      .slack.messages(situation.room)
      .flatMap(({ files = [] }) => files)
      .findLast(({ name }) => name.includes('-post-mortem-'));
    const posted =
      world()
        .slack.file(shared?.id ?? '')
        ?.content?.toString('utf8') ?? '';
    for (const text of [posted, Buffer.from((await bucket.get(`${pack}post-mortem.md`)) ?? []).toString('utf8')])
      expect(text).toContain(`\n### Enable policy bypass (${plan.id}): reverted\n`);
    expect(posted).toContain(`| ${item.text} |`);
  });

  test('[AU-45] flushing the policy cache takes two people, mends the engine, and never shows the password', async () => {
    const calls = world().slack.calls().length;
    const plan = await request(world(), situation, `${RUNBOOK} flush-cache The bundle in the cache is broken`);
    expect(cardText(world(), situation, plan)).toMatch(/Deletes \d+ keys of database 0 of deployment\/aureus-redis \(FLUSHDB\)/);
    await approve(world(), ADA, situation, plan);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(down()).toBe(true);
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(down()).toBe(false);
    await until(() => readyPods(world(), 'policy-engine').length === 2, 'the engine is ready');
    expect((await about(plan, 'change.applied'))[0]?.data.summary).toMatch(/^Deleted \d+ keys of database 0 in aureus-redis/);

    const password = Buffer.from(object<{ data: { password: string } }>(world(), 'secrets', 'aureus-redis').data.password, 'base64').toString();
    expect(password.length).toBeGreaterThan(8);
    const said = [
      JSON.stringify(world().slack.calls().slice(calls)),
      JSON.stringify(await stored(world(), situation.id, bucket)),
      JSON.stringify(kubernetes(world()).cluster.requests()),
    ];
    for (const form of [password, encodeURIComponent(password), Buffer.from(password).toString('base64')])
      for (const text of said) expect(text).not.toContain(form);
  });

  test('[AU-46] [AU-15] policies are reloaded by a rolling restart, with the logs and descriptions of what is restarted before it', async () => {
    const before = [...pods(world(), 'policy-engine'), ...pods(world(), 'frontend')].map(({ metadata }) => metadata.name);
    const plan = await remedy(world(), situation, `${RUNBOOK} reload-policies The bundle is broken`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(down()).toBe(false);
    await until(() => readyPods(world(), 'policy-engine').length === 2, 'the engine is ready');
    expect(readyPods(world(), 'frontend')).toHaveLength(3);
    const now = [...pods(world(), 'policy-engine'), ...pods(world(), 'frontend')].map(({ metadata }) => metadata.name);
    expect(now.filter((name) => before.includes(name))).toEqual([]);
    const intent = (await about(plan, 'change.intended'))[0]?.seq ?? 0;
    const captured = (await about(plan, 'evidence.captured')).filter(({ data, seq }) => data.phase === 'before' && seq < intent);
    const textOf = (step: string) => captured.find(({ data }) => data.step === step)?.text ?? '';
    for (const name of before) {
      const kind = name.startsWith('aureus-frontend') ? 'frontend' : 'engine';
      expect(textOf(`${kind}_log`)).toContain(name);
      expect(textOf(`${kind}_pods`)).toContain(name);
    }
    const after = await diagnose(world(), situation, RUNBOOK, bucket);
    expect(after.steps.probe?.data.summary).toContain('bypass false');
  });
});
