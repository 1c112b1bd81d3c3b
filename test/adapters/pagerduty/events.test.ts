import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../../simulators/pagerduty/index.ts';
import { pagerDutyEvents } from '../../../src/adapters/pagerduty/events.ts';
import { PagerDutyError, type PagerDutyEvent } from '../../../src/ports/pagerduty.ts';

const KEY = 'e93facc04764012d7bfb002500d5d1a6';
const PAGE: NonNullable<PagerDutyEvent['page']> = {
  summary: 'INC-2026-0042 P0 AUREUS: Frontend is down',
  severity: 'critical',
  source: 'tocsin/aureus',
  component: 'frontend',
  group: 'aureus',
  class: null,
  details: { Severity: 'P0 (Critical)' },
  links: [{ href: 'https://slack.example/C1', text: 'The incident in Slack' }],
  at: Date.parse('2026-11-21T08:00:00Z'),
  room: 'https://slack.example/C1',
};
const trigger = (more: Partial<typeof PAGE> = {}): PagerDutyEvent => ({ action: 'trigger', key: 'INC-2026-0042', page: { ...PAGE, ...more } });
const other = (action: 'acknowledge' | 'resolve'): PagerDutyEvent => ({ action, key: 'INC-2026-0042', page: null });

describe('The Events API of PagerDuty', () => {
  let simulator: PagerDutySimulator;
  beforeAll(async () => {
    simulator = await startPagerDutySimulator({ keys: [KEY] });
  });
  beforeEach(() => simulator.faults.clear());
  afterAll(async () => simulator.stop());

  async function failure(event: PagerDutyEvent, { key = KEY, patience = 15_000 } = {}): Promise<PagerDutyError> {
    const error = await pagerDutyEvents(simulator.url, patience)
      .send(key, event)
      .catch((cause: unknown) => cause);
    if (error instanceof PagerDutyError) return error;
    throw new Error(`It was taken: ${String(error)}`);
  }

  test('takes a page, its acknowledgement and its end, however long the summary is', async () => {
    const events = pagerDutyEvents(simulator.url);
    await events.send(KEY, trigger({ summary: 'x'.repeat(3_000) }));
    await events.send(KEY, other('acknowledge'));
    await events.send(KEY, other('resolve'));
    expect(simulator.incidents).toMatchObject([{ key: 'INC-2026-0042', status: 'resolved' }]);
    // Whoever is unknown there is passed over.
    await events.send(KEY, other('resolve'));
  });

  test('says whether it is worth another try, and never what the key is', async () => {
    expect(await failure(trigger(), { key: 'u+key' })).toMatchObject({
      reason: 'refused',
      message:
        "PagerDuty refuses the event (400: Length of 'routing_key' is incorrect (should be 32 characters); 'routing_key' cannot contain non-alphanumeric characters)",
    });
    expect(await failure(trigger(), { key: 'f'.repeat(32) })).toMatchObject({
      reason: 'refused',
      message: 'PagerDuty refuses the event (400: Invalid routing key)',
    });
    simulator.faults.add({ kind: 'status', status: 429, retryAfter: 30 });
    expect(await failure(trigger())).toMatchObject({ reason: 'busy', retryAfterMs: 30_000 });
    simulator.faults.add({ kind: 'status', status: 502 });
    expect(await failure(trigger())).toMatchObject({ reason: 'away', message: 'PagerDuty answers with 502', retryAfterMs: null });
    simulator.faults.add({ kind: 'lost-answer' });
    expect(await failure(trigger())).toMatchObject({ reason: 'unsure' });
    simulator.faults.add({ kind: 'silence' });
    expect(await failure(trigger(), { patience: 200 })).toMatchObject({ reason: 'unsure' });
  });

  test('looks whether it is there without paging anybody', async () => {
    const before = simulator.requests.length;
    await pagerDutyEvents(simulator.url).reach();
    expect(simulator.requests).toHaveLength(before);
    await simulator.away();
    await expect(pagerDutyEvents(simulator.url).reach()).rejects.toMatchObject({ reason: 'away' });
    expect(await failure(trigger())).toMatchObject({ reason: 'away', message: expect.stringContaining('PagerDuty cannot be reached') });
    await simulator.back();
  });
});
