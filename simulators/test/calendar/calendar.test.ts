import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CalendarSimulator } from '../../calendar/index.ts';

const TEXT = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nEND:VCALENDAR\r\n';

describe('The simulated calendar', () => {
  let calendar: CalendarSimulator;
  beforeAll(async () => {
    calendar = await CalendarSimulator.start();
    calendar.publish(TEXT);
  });
  afterAll(() => calendar.stop());

  const ask = (url = calendar.url, init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}) =>
    fetch(url, { redirect: 'manual', ...init, headers: { accept: 'text/calendar', ...init.headers } });

  test('gives the calendar to who has the token, and says when it has not changed', async () => {
    const found = await ask();
    expect([found.status, await found.text()]).toEqual([200, TEXT]);
    const etag = found.headers.get('etag') ?? '';
    expect((await ask(calendar.url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    calendar.publish(TEXT.replace('Test', 'Other'));
    expect((await ask(calendar.url, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test('refuses any other address, method and format, and what is no iCalendar', async () => {
    expect((await ask(calendar.url.replace('private-', 'public-'))).status).toBe(404);
    expect((await ask(calendar.url, { method: 'POST' })).status).toBe(405);
    expect((await ask(calendar.url, { headers: { accept: 'application/json' } })).status).toBe(406);
    for (const text of ['', TEXT.replaceAll('\r\n', '\n'), TEXT.replace('Test', 'long'.repeat(30))])
      expect(() => calendar.publish(text)).toThrow('no iCalendar');
  });

  test('goes wrong when it is told to', async () => {
    calendar.fail({ kind: 'status', status: 503 });
    expect((await ask()).status).toBe(503);
    calendar.fail({ kind: 'elsewhere' });
    expect((await ask()).headers.get('location')).toContain('https://login.example.com');
    calendar.fail(null);
    expect((await ask()).status).toBe(200);
  });
});
