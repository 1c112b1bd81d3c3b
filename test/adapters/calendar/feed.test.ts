import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CalendarSimulator } from '../../../simulators/calendar/index.ts';
import { calendarFeed } from '../../../src/adapters/calendar/feed.ts';
import { openThreads } from '../../../src/adapters/threads/pool.ts';
import { RotaSourceError } from '../../../src/ports/rotas.ts';
import { calendarOf } from '../../helpers/calendar.ts';

const SPAN = { from: Date.parse('2026-03-01T00:00:00Z'), until: Date.parse('2026-05-01T00:00:00Z') };
const EVENT = ['SUMMARY:Ada', 'DTSTART:20260310T080000Z', 'DTEND:20260310T160000Z'];
const SECRET = 'private-0f3c9a';

describe('[VQ-25] a calendar that is fetched', () => {
  const threads = openThreads();
  let calendar: CalendarSimulator;
  beforeAll(async () => {
    calendar = await CalendarSimulator.start();
  });
  beforeEach(() => {
    calendar.fail(null);
    calendar.publish(calendarOf([EVENT]));
  });
  afterAll(async () => {
    threads.close();
    await calendar.stop();
  });

  function feed(address: string | null = calendar.url, patience = { answer: 20_000, reading: 20_000 }) {
    return calendarFeed({ address, variable: 'ROTA_URL', timeZone: 'UTC', threads, patience });
  }

  async function refusal(address?: string | null, patience?: { answer: number; reading: number }): Promise<string> {
    const error = await feed(address, patience)
      .read(SPAN, null)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof RotaSourceError)) throw new Error('It was read.');
    const says = `${error.message}. ${error.advice}`;
    expect(says).not.toContain(SECRET);
    return says;
  }

  test('is read once, and then only asked whether it has changed', async () => {
    const first = await feed().read(SPAN, null);
    expect(first).toMatchObject({ turns: [{ says: 'Ada', mails: [], organizer: null }], problems: [], tag: expect.stringContaining('"') });
    expect(await feed().read(SPAN, first?.tag ?? null)).toBeNull();
    calendar.publish(calendarOf([EVENT, EVENT.map((line) => line.replaceAll('20260310', '20260311'))]));
    expect((await feed().read(SPAN, first?.tag ?? null))?.turns).toHaveLength(2);
  });

  test('is not read without its token, from another host, or when it is no calendar, and nobody learns the address', async () => {
    expect(await refusal(null)).toBe('ROTA_URL is not set. Set ROTA_URL to the calendar’s address (iCal).');
    expect(await refusal('calendar')).toContain('ROTA_URL is not the address of a calendar');
    expect(await refusal(calendar.url.replace(SECRET, 'private-00'))).toContain('refuses it (404)');
    expect(await refusal('http://127.0.0.1:9/private-0f3c9a/basic.ics')).toMatch(/cannot be fetched/);
    calendar.fail({ kind: 'elsewhere' });
    expect(await refusal()).toContain('is somewhere else now (302)');
    calendar.fail({ kind: 'status', status: 503 });
    expect(await refusal()).toContain('answers 503');
    calendar.fail(null);
    calendar.publish('<html>Sign in</html>', 'raw');
    expect(await refusal()).toContain('the answer is not a calendar');
  });

  test('that is late, too large or never done costs its own time alone', async () => {
    calendar.fail({ kind: 'silence' });
    expect(await refusal(calendar.url, { answer: 50, reading: 50 })).toContain('cannot be fetched');
    calendar.fail(null);
    calendar.publish(`BEGIN:VCALENDAR\r\n${'X-FILL:0123456789\r\n'.repeat(600_000)}END:VCALENDAR\r\n`, 'raw');
    expect(await refusal()).toContain('larger than 4 MiB');
    // The library looks for the 30th of February for ever.
    calendar.publish(calendarOf([[...EVENT, 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30']]));
    expect(await refusal(calendar.url, { answer: 20_000, reading: 50 })).toContain('takes too long');
    calendar.publish(calendarOf([EVENT]));
    expect((await feed().read(SPAN, null))?.turns).toHaveLength(1);
  });
});
