import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canFire, cloudwatchAlarms } from '../../../src/actions/cloudwatch/alarms.ts';
import { logsErrors } from '../../../src/actions/cloudwatch/log-errors.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';

let world: World;
const MINUTE = 60_000;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe('cloudwatch.alarms', () => {
  test('an alarm whose dimensions are not its metric’s cannot fire', async () => {
    const { output, summary } = await read(cloudwatchAlarms, { targets: ['alarm', 'pipeline-alarm'] }, world.context());
    expect(output).toMatchObject({
      all_ok: true,
      firing: 0,
      cannot_fire: 1,
      alarms: [
        { name: 'QBusinessSyncFailed', state: 'OK', can_fire: 'no', tells_recovery: false },
        { name: 'vaultmesh-qbusiness-Failed', state: 'OK', can_fire: 'yes' },
      ],
    });
    expect(summary).toContain(
      'QBusinessSyncFailed cannot fire: VaultMesh/QBusiness SyncFailed has data with App=00000000-0000-4000-8000-000000000001 only, and the alarm watches it with no dimensions.',
    );
  });

  test('the pre-flight points out one that cannot fire, and one that is not there', async () => {
    expect(await preflightOf(cloudwatchAlarms, { targets: ['alarm', 'pipeline-alarm', 'no-alarm'] }, world.context())).toMatchObject([
      { state: 'warning', advice: 'Give the alarm the dimensions of its metric, and an action.' },
      { state: 'ok' },
      { state: 'failure', what: 'There is no alarm NoSuchAlarm' },
    ]);
    expect(await preflightOf(cloudwatchAlarms, { targets: ['alarm'] }, world.context({ as: 'nobody' }))).toMatchObject([{ state: 'failure' }]);
    await expect(read(cloudwatchAlarms, { targets: ['alarm'] }, world.context({ as: 'nobody' }))).rejects.toThrow(/^cloudwatch:DescribeAlarms on /);
  });

  test('one that fires without an action alerts nobody, and is not said to be unable to fire', async () => {
    const known = world.aws.account.cloudwatch.alarms.get('vaultmesh-qbusiness-Failed');
    if (known === undefined) throw new Error('The alarm is not there.');
    const { settings } = known;
    known.settings = { ...settings, ActionsEnabled: false };
    const { summary } = await read(cloudwatchAlarms, { targets: ['pipeline-alarm'] }, world.context());
    expect(summary).toBe('1 of 1 alarm OK; vaultmesh-qbusiness-Failed alerts nobody: Its actions are disabled.');
    known.settings = settings;
  });

  test('one that fires, since when, and that it clears', async () => {
    await world.aws.faults.set('sync-failed-alarm', true);
    world.now += 20 * MINUTE;
    const { output } = await read(cloudwatchAlarms, { targets: ['alarm'] }, world.context());
    expect(output).toMatchObject({ all_ok: false, firing: 1, alarms: [{ state: 'ALARM', minutes: 20 }] });
    await world.aws.faults.set('sync-failed-alarm', false);
    expect((await read(cloudwatchAlarms, { targets: ['alarm'] }, world.context())).output).toMatchObject({ all_ok: true, firing: 0 });
  });

  test('of one that has fired before, nobody says that it cannot fire', async () => {
    const summary = async () => (await read(cloudwatchAlarms, { targets: ['alarm'] }, world.context())).summary;
    await world.aws.faults.set('sync-failed-alarm', true);
    await world.aws.faults.set('sync-failed-alarm', false);
    expect(await summary()).toBe('1 of 1 alarm OK');
    expect(await preflightOf(cloudwatchAlarms, { targets: ['alarm'] }, world.context())).toMatchObject([
      { state: 'ok', what: expect.stringMatching(/is OK/) },
    ]);
    expect(canFire(alarm, [{ App: '2' }], 'unknown')).toMatchObject({ can_fire: 'unknown', why: expect.stringMatching(/DescribeAlarmHistory/) });
  });

  const alarm = {
    name: 'a',
    arn: '',
    state: 'OK',
    since: null,
    reason: '',
    enabled: true,
    alarmActions: ['topic'],
    okActions: [],
    metric: { namespace: 'N', name: 'M', dimensions: { App: '1' } },
    missingData: 'missing',
  };
  test.each([
    [alarm, [{ App: '1' }], 'yes'],
    [alarm, [{ App: '1', Index: '2' }], 'no'],
    [alarm, [{ App: '2' }], 'no'],
    [alarm, [], 'unknown'],
    [alarm, null, 'unknown'],
    [{ ...alarm, metric: null }, null, 'unknown'],
    [{ ...alarm, enabled: false }, [{ App: '1' }], 'no'],
    [{ ...alarm, alarmActions: [] }, [{ App: '1' }], 'no'],
  ])('whether an alarm can fire (%#)', (given, existing, expected) => {
    expect(canFire(given, existing, 'never').can_fire).toBe(expected);
  });
});

describe('logs.errors', () => {
  test('the newest errors, and the whole log', async () => {
    await world.aws.faults.set('sync-access-denied', true);
    world.aws.vaultmesh.syncJobs();
    const { output, summary, table, text } = await read(logsErrors, { target: 'log' }, world.context());
    expect(output['errors']).toBeGreaterThan(0);
    expect(output).toMatchObject({ complete: true, newest: expect.stringContaining('AccessDenied') });
    expect(summary).toContain('the newest: AccessDenied');
    expect(table?.rows[0]?.[1]).toContain('is not authorized to perform s3:GetObject');
    expect(text?.name).toBe('log.log');
    expect(text?.content.split('\n').length).toBe((output['lines'] as number) + 1);
    const other = await read(logsErrors, { target: 'log', contains: world.aws.vaultmesh.names.reportsDataSourceId }, world.context());
    expect(other.output).toMatchObject({ errors: 0 });
    await world.aws.faults.set('sync-access-denied', false);
  });

  test('a log group that is not there, and no permission', async () => {
    await expect(read(logsErrors, { target: 'no-log' }, world.context())).rejects.toMatchObject({ reason: 'not-found' });
    await expect(read(logsErrors, { target: 'log' }, world.context({ as: 'nobody' }))).rejects.toThrow(/^logs:FilterLogEvents on /);
    expect(await preflightOf(logsErrors, { target: 'no-log' }, world.context())).toMatchObject([{ state: 'failure' }]);
  });
});
