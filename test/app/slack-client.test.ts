import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { DEMO, demoSeed } from '../../demo/workspace.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { openSlackClient } from '../../src/app/slack-client.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { localBus } from '../../src/store/bus.ts';

describe('Slack’s limits', () => {
  let slack: SlackSimulator;
  beforeAll(async () => {
    slack = await startSlackSimulator({ seed: demoSeed() });
  });
  afterAll(() => slack.close());

  test('are shared: what Slack refuses one replica, the others do not ask', async () => {
    const bus = localBus();
    const logger = pino({ level: 'silent' });
    const replicas = [0, 1].map(() => openSlackClient(demoSeed().bot.token, slack.apiUrl, { metrics: createMetrics(), logger }));
    for (const replica of replicas) replica.shareLimits(bus);
    const ask = (replica: number) => replicas[replica]?.client.users.info({ user: 'U0ADA' });
    slack.faults.add({ kind: 'rate_limited', retry_after: 30, method: 'users.info' });
    await expect(ask(0)).rejects.toMatchObject({ retryAfter: 30 });
    await expect(ask(1)).rejects.toMatchObject({ code: 'slack_webapi_rate_limited_error' });
    expect(slack.calls('users.info')).toHaveLength(1);
    expect(await replicas[1]?.client.conversations.info({ channel: DEMO.incidents })).toMatchObject({ ok: true });
  });
});
