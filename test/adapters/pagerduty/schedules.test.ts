import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../../simulators/pagerduty/index.ts';
import { pagerDutySchedule } from '../../../src/adapters/pagerduty/schedules.ts';

const DAY = 86_400_000;
const FROM = Date.parse('2026-11-30T00:00:00Z');
const SPAN = { from: FROM, until: FROM + 85 * DAY };

describe('[VQ-25] a schedule of PagerDuty', () => {
  let pagerduty: PagerDutySimulator;
  beforeAll(async () => {
    const reads = ['schedules', 'users'] as const;
    pagerduty = await startPagerDutySimulator({
      keys: [],
      apiKeys: [
        { key: 'may-read', reads },
        { key: 'no-users', reads: ['schedules'] },
      ],
    });
    pagerduty.plan({
      id: 'PI7DH85',
      name: 'Databases',
      timeZone: 'Europe/Berlin',
      users: [{ id: 'PADA001', name: 'Ada Lovelace', email: 'ada@example.com' }],
      entries: [
        { user: 'PADA001', start: FROM - 9 * DAY, end: FROM - DAY },
        { user: 'PADA001', start: FROM - DAY, end: FROM + DAY },
        { user: 'PGONE01', start: FROM + DAY, end: FROM + 2 * DAY },
      ],
    });
  });
  afterAll(() => pagerduty.stop());

  const read = (key: string | null, schedule = 'PI7DH85', address = pagerduty.url) => pagerDutySchedule({ address, key, schedule }).read(SPAN, null);

  test('is its final schedule, with people’s mail addresses; who is gone keeps the name', async () => {
    expect(await read('may-read')).toEqual({
      turns: [
        { from: FROM - DAY, until: FROM + DAY, mails: ['ada@example.com'], organizer: null, says: 'Ada Lovelace' },
        { from: FROM + DAY, until: FROM + 2 * DAY, mails: [], organizer: null, says: 'PGONE01' },
      ],
      tag: null,
      problems: [],
    });
  });

  test('is not read without the key, the right, or the right id, and it is said which of them is missing', async () => {
    await expect(read(null)).rejects.toThrow('PAGERDUTY_API_KEY is not set');
    await expect(read('another')).rejects.toThrow('PagerDuty does not accept the key');
    await expect(read('no-users')).rejects.toThrow('may not read the schedule PI7DH85, or its people');
    await expect(read('may-read', 'PNOBODY')).rejects.toThrow('PagerDuty knows no schedule PNOBODY');
    await expect(read('may-read', 'PI7DH85', 'http://127.0.0.1:9')).rejects.toThrow(/PagerDuty cannot be asked/);
  });
});
