import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloudtrailEvents } from '../../../src/actions/cloudtrail/events.ts';
import { driftCompare } from '../../../src/actions/drift/compare.ts';
import { driftEvidence } from '../../../src/actions/drift/evidence.ts';
import { driftVerdict } from '../../../src/actions/drift/verdict.ts';
import { driftVerified } from '../../../src/actions/drift/verified.ts';
import { qbusinessChatControls } from '../../../src/actions/qbusiness/chat-controls.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';

let world: World;
const HEAD = { head: '518a928d72678a05418d7cb22d442068f1481b90', same: true, relation: 'same', file_touched: false };
const CHANGES = { pulls: [], branches: [], commit: HEAD.head, author: 'grace', at: '2026-10-01T00:00:00Z', through_pull: true, all_seen: true };

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** The steps of a diagnosis, as a runbook wires them. */
async function investigate(head: object | null = HEAD, changes: object | null = CHANGES, as = 'tocsin') {
  const context = world.context({ as });
  const source = world.aws.vaultmesh.source();
  const tried = (action: Parameters<typeof read>[0], input: object) =>
    read(action, input, context).then(
      ({ output }) => output,
      () => null,
    );
  const [evidence, events, controls, verified] = await Promise.all([
    tried(driftEvidence, { target: 'audit' }),
    tried(cloudtrailEvents, { target: 'oracle', since: '7d' }),
    tried(qbusinessChatControls, { target: 'oracle' }),
    tried(driftVerified, { target: 'audit' }),
  ]);
  const compare = async (left: unknown, right: unknown) =>
    (await read(driftCompare, { source: left ?? null, remote: right ?? null }, context)).output;
  const given = {
    evidence,
    head,
    events,
    changes,
    verified,
    live: await compare(source, controls?.['controls']),
    local: await compare(source, evidence?.['local']),
    shapes: await compare(evidence?.['local'], evidence?.['remote']),
    old: await compare(evidence?.['local'], controls?.['controls']),
  };
  return read(driftVerdict, given, context);
}

test('at rest: a false alarm, as only the shapes differ', async () => {
  expect((await investigate()).output).toMatchObject({ verdict: 'false-alarm', confidence: 'confirmed', differs: false, who: '', missing: [] });
});

test('a change in the console: A with the person’s name, when, and from where', async () => {
  await world.aws.faults.set('guardrail-console-change', true);
  const { output, summary } = await investigate();
  expect(output).toMatchObject({
    verdict: 'A',
    confidence: 'confirmed',
    who: 'mallory',
    when: '2026-10-19T11:50:00.000Z',
    from: '203.0.113.77',
    differs: true,
  });
  expect(summary).toMatch(/^A: changed by hand \(confirmed\)\. mallory changed the live controls in the console/);
});

test('put back by whoever did it: no false alarm, although what is live is what the source says', async () => {
  world.aws.vaultmesh.endConsoleChange();
  const { output } = await investigate();
  expect(output).toMatchObject({ verdict: 'A', confidence: 'likely', who: 'mallory', differs: false });
  expect(output['because']).toMatch(/it has been corrected since\.$/);
});

test('the same while CloudTrail has not delivered yet: undecided, and when to look again', async () => {
  world.aws.vaultmesh.endConsoleChange();
  world.now += 3_600_000;
  world.aws.vaultmesh.startConsoleChange({ at: world.now - 60_000 });
  world.aws.vaultmesh.recordDrift();
  world.aws.account.trail.events.splice(0, world.aws.account.trail.events.length - 1);
  const { output } = await investigate();
  expect(output).toMatchObject({
    verdict: 'undecided',
    differs: true,
    missing: ['CloudTrail delivers late: look again after 2026-10-19T13:15:00Z.'],
  });
});

test('it was verified after mallory, and differs again while CloudTrail has not delivered yet: mallory is named as older, and not blamed', async () => {
  const { vaultmesh, account } = world.aws;
  vaultmesh.endConsoleChange();
  world.now += 3_600_000;
  vaultmesh.startConsoleChange({ at: world.now - 120 * 60_000 });
  vaultmesh.endConsoleChange();
  vaultmesh.recordDrift({ at: world.now - 60 * 60_000 });
  const seen = account.trail.events.length;
  vaultmesh.startConsoleChange({ by: 'trent', at: world.now - 60_000 });
  account.trail.events.splice(seen);
  vaultmesh.recordDrift();
  const { output } = await investigate();
  expect(output).toMatchObject({ verdict: 'undecided', differs: true, who: '' });
  expect((output['facts'] as string[]).join(' ')).toMatch(
    /mallory changed them at \S+ in the console, from 203\.0\.113\.77: that was before both were the same/,
  );
  expect((output['missing'] as string[]).join(' ')).toContain('CloudTrail delivers late: look again after');
});

test('when everything is denied it says so, and guesses nothing', async () => {
  const { output } = await investigate(null, null, 'nobody');
  expect(output).toMatchObject({ verdict: 'undecided', confidence: 'undecided', differs: false });
  expect((output['missing'] as string[]).length).toBeGreaterThan(3);
});
