import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cloudtrailEvents } from '../../../src/actions/cloudtrail/events.ts';
import { qbusinessApplyChatControls } from '../../../src/actions/qbusiness/apply-chat-controls.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const DAY = 86_400_000;
const MINUTE = 60_000;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const kinds = (output: Record<string, unknown>) =>
  (output['events'] as { kind: string; person: string }[]).map(({ kind, person }) => `${kind} ${person}`);

describe('cloudtrail.events', () => {
  test('the pipeline’s own changes are marked, and people are named', async () => {
    const { output, summary } = await read(cloudtrailEvents, { target: 'oracle' }, world.context());
    expect(kinds(output)).toEqual(['pipeline GitHubActions', 'pipeline GitHubActions']);
    expect(output).toMatchObject({ people: 0, complete: true, own_known: true, settled: new Date(world.now - 15 * MINUTE).toISOString() });
    expect(summary).toBe('2 changes in 90 d; none by a person. Those of the last 15 minutes may not be listed yet.');
  });

  test('a change in the console, Tocsin’s own, a refused one and another application’s', async () => {
    world.aws.vaultmesh.startConsoleChange({ by: 'mallory', at: world.now - 30 * MINUTE });
    const applying = step(qbusinessApplyChatControls, { target: 'oracle', source: world.aws.vaultmesh.source() });
    await applying.apply(await applying.plan(world.context()), world.context());
    const shared = { name: 'UpdateChatControlsConfiguration', source: 'qbusiness.amazonaws.com', sourceIp: '203.0.113.9', userAgent: 'aws-cli/2' };
    const person = { arn: 'arn:aws:iam::123456789012:user/eve', accessKeyId: 'AKIAEVE' };
    const { applicationId } = world.aws.vaultmesh.names;
    const { trail } = world.aws.account;
    const refused = { code: 'AccessDenied', message: 'no' };
    trail.record({ ...shared, principal: person, request: { applicationId }, time: world.now - 20 * MINUTE, error: refused });
    trail.record({ ...shared, principal: person, request: { applicationId: '00000000-0000-4000-8000-0000000000ff' }, time: world.now - 15 * MINUTE });
    world.now += 6 * MINUTE;
    const { output, summary, table } = await read(cloudtrailEvents, { target: 'oracle', since: '2h' }, world.context());
    expect(kinds(output)).toEqual(['own bot', 'person eve', 'person eve', 'person mallory']);
    expect(output).toMatchObject({ people: 1, complete: true });
    expect(summary).toContain('the last by a person: mallory, 2026-10-19T11:30:00Z, from 203.0.113.77 in the console.');
    expect(table?.rows.map((row) => row.slice(1))).toEqual([
      ['bot', 'own', '127.0.0.1', expect.stringContaining('aws-sdk-js'), 'done'],
      ['eve', 'person, another application', '203.0.113.9', 'aws-cli/2', 'done'],
      ['eve', 'person', '203.0.113.9', 'aws-cli/2', 'AccessDenied'],
      ['mallory', 'person', '203.0.113.77', 'console', 'done'],
    ]);
  });

  test('five unless more are asked for, and it says when there are more', async () => {
    for (let days = 40; days < 100; days += 1) world.aws.vaultmesh.startConsoleChange({ by: `user-${days}`, at: world.now - days * DAY });
    const few = await read(cloudtrailEvents, { target: 'oracle' }, world.context());
    expect([(few.output['events'] as unknown[]).length, few.output['complete']]).toEqual([5, false]);
    const all = await read(cloudtrailEvents, { target: 'oracle', since: '90d' }, world.context());
    expect((all.output['events'] as unknown[]).length).toBeGreaterThan(50);
    expect(all.output['complete']).toBe(true);
    expect(all.files?.[0]?.name).toBe('cloudtrail-UpdateChatControlsConfiguration.json');
  });

  test('what may not be read is said', async () => {
    await expect(read(cloudtrailEvents, { target: 'oracle' }, world.context({ as: 'nobody' }))).rejects.toThrow(/^cloudtrail:LookupEvents on /);
    expect(await preflightOf(cloudtrailEvents, { target: 'oracle' }, world.context({ as: 'nobody' }))).toMatchObject([{ state: 'failure' }]);
    expect(await preflightOf(cloudtrailEvents, { target: 'oracle' }, world.context())).toMatchObject([{ state: 'ok' }]);
  });
});
