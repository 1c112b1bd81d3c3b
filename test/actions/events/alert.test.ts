import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { alertPattern, covers } from '../../../src/actions/events/alert.ts';
import { eventsAlertOnCall } from '../../../src/actions/events/alert-on-call.ts';
import { eventsAlertStatus } from '../../../src/actions/events/alert-status.ts';
import { AwsError } from '../../../src/ports/aws.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { losingAnswers, startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const INPUT = { target: 'rule', topic: 'topic' };
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:vaultmesh-qbusiness-alarms';

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const alerting = step(eventsAlertOnCall, INPUT);
const status = async () => (await read(eventsAlertStatus, INPUT, world.context())).output;
const bus = () => world.context().aws().events;

describe('an alert on an API call', () => {
  test('what is missing is planned, made once, and taken away again', async () => {
    const policy = (await bus().topic(TOPIC)).policy;
    expect(await status()).toMatchObject({ in_force: false, rule: false, topic_lets: 'no', subscribers: 1 });
    const plan = await alerting.plan(world.context());
    expect(plan.diff).toContain('+ target: arn:aws:sns:eu-west-1:123456789012:vaultmesh-qbusiness-alarms');
    expect(plan.diff).toContain('- events.amazonaws.com may publish: no');
    const wrap = losingAnswers(['putRule'], () => new AwsError('uncertain', 'No answer.'));
    await expect(alerting.apply(plan, world.context({ wrap }))).rejects.toMatchObject({ reason: 'uncertain' });
    expect(await alerting.apply(plan, world.context())).toEqual({ already: false, in_force: true, problems: [] });
    expect(await alerting.apply(plan, world.context())).toMatchObject({ already: true, in_force: true });
    expect(await status()).toMatchObject({ in_force: true, rule: true, enabled: true, catches: true, target: true, topic_lets: 'yes', problems: [] });
    expect(await alerting.plan(world.context())).toMatchObject({ changes: false });

    // It is one: a change in the console arrives at the topic.
    const before = world.aws.account.sns.topics.get(TOPIC);
    expect(before).toBeDefined();

    expect(await alerting.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect([await bus().rule('guardrail-changes'), (await bus().topic(TOPIC)).policy]).toEqual([null, policy]);
    expect(await alerting.revert(plan, world.context())).toMatchObject({ kind: 'already' });
  });

  test('a rule that is there and disabled is enabled, and disabled again', async () => {
    const pattern = alertPattern({ event: 'UpdateChatControlsConfiguration', source: 'qbusiness' });
    await bus().putRule({ name: 'guardrail-changes', pattern, enabled: false, description: 'by hand' });
    const plan = await alerting.plan(world.context());
    expect(plan.diff).toContain('-   enabled: false\n+   enabled: true');
    await alerting.apply(plan, world.context());
    expect(await bus().rule('guardrail-changes')).toMatchObject({ enabled: true, description: 'by hand' });
    await bus().putRule({ name: 'guardrail-changes', pattern: { source: ['aws.s3'] }, enabled: true, description: 'mine now' });
    expect(await alerting.revert(plan, world.context())).toMatchObject({ kind: 'conflict' });
    expect(await alerting.revert(plan, world.context(), true)).toMatchObject({ kind: 'reverted' });
    expect(await bus().rule('guardrail-changes')).toMatchObject({ enabled: false, description: 'by hand' });
    await bus().deleteRule('guardrail-changes');
  });

  test('a rule that changed since the plan is left alone', async () => {
    const plan = await alerting.plan(world.context());
    await bus().putRule({ name: 'guardrail-changes', pattern: { source: ['aws.s3'] }, enabled: true, description: '' });
    await expect(alerting.apply(plan, world.context())).rejects.toMatchObject({ code: 'plan-stale' });
    await bus().deleteRule('guardrail-changes');
  });

  test('what may not be done is said', async () => {
    await expect(alerting.plan(world.context({ as: 'nobody' }))).rejects.toMatchObject({ reason: 'denied' });
    expect((await preflightOf(eventsAlertOnCall, INPUT, world.context({ as: 'nobody' }))).map(({ state }) => state)).toEqual(['failure', 'warning']);
    expect((await preflightOf(eventsAlertStatus, INPUT, world.context())).map(({ state }) => state)).toEqual(['ok']);
  });

  test.each([
    [
      {
        source: ['aws.qbusiness'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: { eventName: ['UpdateChatControlsConfiguration', 'DeleteIndex'] },
      },
      true,
    ],
    [{ source: [{ prefix: 'aws.' }], detail: { eventName: [{ wildcard: 'Update*' }] } }, true],
    [{ source: ['aws.qbusiness'] }, true],
    [{ source: ['aws.s3'] }, false],
    [{ detail: { eventName: ['DeleteIndex'] } }, false],
    [{ source: ['aws.qbusiness'], detail: { userIdentity: { type: ['Root'] } } }, false],
    [{ source: [{ 'anything-but': 'aws.qbusiness' }] }, false],
    [null, false],
  ])('a pattern catches the call or not (%#)', (pattern, caught) => {
    expect(covers(pattern, { event: 'UpdateChatControlsConfiguration', source: 'qbusiness' })).toBe(caught);
  });
});
