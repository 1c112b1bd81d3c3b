import { describe, expect, test } from '@jest/globals';
import { turnsOfCalendar } from '../../../src/adapters/calendar/turns.ts';
import type { NamedTurn } from '../../../src/ports/rotas.ts';
import { calendarOf } from '../../helpers/calendar.ts';

const at = (iso: string) => Date.parse(iso);
const YEAR = { from: at('2026-01-01T00:00:00Z'), until: at('2027-01-01T00:00:00Z') };

function read(text: string, timeZone = 'Europe/Berlin', span = YEAR) {
  const found = turnsOfCalendar({ text, timeZone, span });
  if ('refused' in found) throw new Error(found.refused);
  return found;
}

function times(turns: readonly NamedTurn[]): string[] {
  return turns
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, until }) => `${new Date(from).toISOString().slice(0, 16)}/${new Date(until).toISOString().slice(0, 16)}`);
}

const timesOf = (...lines: string[]) => times(read(calendarOf([lines])).turns);

describe('[VQ-25] when an event of a calendar is', () => {
  test('in UTC, in a named zone, by the clocks of the rota where it names none, and on whole days', () => {
    expect(timesOf('DTSTART:20260310T080000Z', 'DTEND:20260310T160000Z')).toEqual(['2026-03-10T08:00/2026-03-10T16:00']);
    expect(timesOf('DTSTART;TZID=America/New_York:20260310T080000', 'DTEND;TZID=America/New_York:20260310T160000')).toEqual([
      '2026-03-10T12:00/2026-03-10T20:00',
    ]);
    expect(timesOf('DTSTART:20260310T080000', 'DTEND:20260310T160000')).toEqual(['2026-03-10T07:00/2026-03-10T15:00']);
    expect(timesOf('DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260312')).toEqual(['2026-03-09T23:00/2026-03-11T23:00']);
    expect(timesOf('DTSTART;VALUE=DATE:20260310')).toEqual(['2026-03-09T23:00/2026-03-10T23:00']);
  });

  test('with a length in place of an end, in days by the clocks and in hours by the time that passes', () => {
    expect(timesOf('DTSTART;TZID=Europe/Berlin:20260328T090000', 'DURATION:P1D')).toEqual(['2026-03-28T08:00/2026-03-29T07:00']);
    expect(timesOf('DTSTART;TZID=Europe/Berlin:20260328T090000', 'DURATION:PT24H')).toEqual(['2026-03-28T08:00/2026-03-29T08:00']);
    expect(timesOf('DTSTART:20260310T080000Z')).toEqual([]);
  });

  test('02:30 that never comes is counted on from before the gap, and 02:30 that comes twice is the first', () => {
    expect(timesOf('DTSTART;TZID=Europe/Berlin:20260329T023000', 'DTEND;TZID=Europe/Berlin:20260329T060000')).toEqual([
      '2026-03-29T01:30/2026-03-29T04:00',
    ]);
    expect(timesOf('DTSTART;TZID=Europe/Berlin:20261025T023000', 'DTEND;TZID=Europe/Berlin:20261025T060000')).toEqual([
      '2026-10-25T00:30/2026-10-25T05:00',
    ]);
  });

  test('each week at the same time by the clocks, over both changes of them', () => {
    const weekly = ['DTSTART;TZID=Europe/Berlin:20260323T090000', 'DTEND;TZID=Europe/Berlin:20260330T090000', 'RRULE:FREQ=WEEKLY;INTERVAL=2'];
    const found = timesOf(...weekly);
    expect(found.slice(0, 2)).toEqual(['2026-03-23T08:00/2026-03-30T07:00', '2026-04-06T07:00/2026-04-13T07:00']);
    expect(found.find((one) => one.startsWith('2026-10-19'))).toBe('2026-10-19T07:00/2026-10-26T08:00');
    expect(found).toHaveLength(21);
  });

  test('a rule ends with its number, and with its last moment in UTC', () => {
    const daily = (rule: string) =>
      timesOf('DTSTART;TZID=America/New_York:20260301T200000', 'DTEND;TZID=America/New_York:20260302T080000', `RRULE:FREQ=DAILY;${rule}`);
    expect(daily('COUNT=3')).toHaveLength(3);
    // 20:00 in New York on March 5 is 01:00 UTC on the 6th.
    expect(daily('UNTIL=20260306T010000Z')).toHaveLength(5);
    expect(daily('UNTIL=20260306T005959Z')).toHaveLength(4);
    expect(daily('UNTIL=20260305')).toHaveLength(5);
  });

  test('without its exceptions, by their moment in any zone or by their day', () => {
    const daily = ['DTSTART;TZID=Europe/Berlin:20260310T200000', 'DTEND;TZID=Europe/Berlin:20260311T080000', 'RRULE:FREQ=DAILY;COUNT=5'];
    const starts = (...more: string[]) => timesOf(...daily, ...more).map((one) => one.slice(8, 10));
    expect(starts('EXDATE;TZID=Europe/Berlin:20260311T200000,20260313T200000')).toEqual(['10', '12', '14']);
    expect(starts('EXDATE:20260311T190000Z')).toEqual(['10', '12', '13', '14']);
    expect(starts('EXDATE;VALUE=DATE:20260312')).toEqual(['10', '11', '13', '14']);
    expect(starts('RDATE;TZID=Europe/Berlin:20260320T200000')).toEqual(['10', '11', '12', '13', '14', '20']);
  });

  test('a single time that was moved, given to somebody else or called off', () => {
    const uid = 'UID:weekly@example.com';
    const series = [
      uid,
      'SUMMARY:Ada',
      'DTSTART;TZID=Europe/Berlin:20260302T090000',
      'DTEND;TZID=Europe/Berlin:20260303T090000',
      'RRULE:FREQ=WEEKLY;COUNT=4',
    ];
    const change = (id: string, ...lines: string[]) => [uid, `RECURRENCE-ID;TZID=Europe/Berlin:${id}`, ...lines];
    const { turns, problems } = read(
      calendarOf([
        series,
        change('20260309T090000', 'SUMMARY:Linus', 'DTSTART;TZID=Europe/Berlin:20260310T090000', 'DTEND;TZID=Europe/Berlin:20260311T090000'),
        change('20260316T090000', 'STATUS:CANCELLED', 'DTSTART;TZID=Europe/Berlin:20260316T090000'),
      ]),
    );
    expect(turns.toSorted((a, b) => a.from - b.from).map(({ says, from }) => `${new Date(from).toISOString().slice(0, 10)} ${says}`)).toEqual([
      '2026-03-02 Ada',
      '2026-03-10 Linus',
      '2026-03-23 Ada',
    ]);
    expect(problems).toEqual([]);
  });

  test('by the rules that a calendar brings along for a zone with a name of its own', () => {
    const rules = (kind: string, from: string, to: string, month: number) => [
      `BEGIN:${kind}`,
      'DTSTART:16010101T020000',
      `TZOFFSETFROM:${from}`,
      `TZOFFSETTO:${to}`,
      `RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=${month}`,
      `END:${kind}`,
    ];
    const winter = rules('STANDARD', '+0200', '+0100', 10);
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Our Office', ...winter, ...rules('DAYLIGHT', '+0100', '+0200', 3), 'END:VTIMEZONE'];
    const event = ['DTSTART;TZID=Our Office:20260327T090000', 'DTEND;TZID=Our Office:20260330T090000'];
    expect(times(read(calendarOf([event], zone), 'UTC').turns)).toEqual(['2026-03-27T08:00/2026-03-30T07:00']);
    // Without them nobody knows when that is, which is said.
    const unknown = read(calendarOf([event, ['DTSTART:20260310T080000Z', 'DTEND:20260310T090000Z']]));
    expect([unknown.turns.length, unknown.problems]).toEqual([1, ['1 event in a time zone that nobody knows (“Our Office”)']]);
    const prefixed = [
      'DTSTART;TZID=/example.com/20260101/Europe/Berlin:20260310T090000',
      'DTEND;TZID=/example.com/20260101/Europe/Berlin:20260310T100000',
    ];
    expect(times(read(calendarOf([prefixed]), 'UTC').turns)).toEqual(['2026-03-10T08:00/2026-03-10T09:00']);
  });
});

describe('[VQ-25] whom an event of a calendar names', () => {
  const whole = ['DTSTART:20260310T080000Z', 'DTEND:20260310T160000Z'];
  const named = (...lines: string[]) =>
    read(calendarOf([[...whole, ...lines]])).turns.map(({ mails, organizer, says }) => ({ mails, organizer, says }))[0];

  test('who is invited, without rooms, who declined, and who only invited others', () => {
    expect(
      named(
        'SUMMARY:On call',
        'ORGANIZER:mailto:Lead@example.com',
        'ATTENDEE;PARTSTAT=ACCEPTED:mailto:lead@example.com',
        'ATTENDEE;CN="Ada";PARTSTAT=NEEDS-ACTION:MAILTO:Ada@Example.com',
        'ATTENDEE;PARTSTAT=DECLINED:mailto:linus@example.com',
        'ATTENDEE;CUTYPE=RESOURCE:mailto:room@example.com',
      ),
    ).toEqual({ mails: ['ada@example.com'], organizer: 'lead@example.com', says: 'On call' });
    expect(named('ORGANIZER:mailto:ada@example.com', 'ATTENDEE:mailto:ada@example.com')).toMatchObject({ mails: ['ada@example.com'] });
    expect(named('SUMMARY:Ada\\, then\\nlunch', 'ATTENDEE:urn:uuid:7')).toEqual({ mails: [], organizer: null, says: 'Ada, then lunch' });
  });
});

describe('[VQ-25] a calendar that means harm', () => {
  const refusal = (text: string) => {
    const found = turnsOfCalendar({ text, timeZone: 'UTC', span: YEAR });
    return 'refused' in found ? found.refused : `${found.turns.length} turns`;
  };

  test('is refused when it is none', () => {
    for (const text of ['', '<html>Sign in</html>', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n', '\u0000'.repeat(100)])
      expect(refusal(text)).toBe('the answer is not a calendar');
  });

  test('is refused when it repeats each second, each minute, or each hour since long ago', () => {
    const often = 'it repeats events more often than any rota does';
    const since = (start: string, rule: string) => refusal(calendarOf([[`DTSTART:${start}`, 'DURATION:PT1S', `RRULE:${rule}`]]));
    expect(since('20260101T000000Z', 'FREQ=SECONDLY')).toBe(often);
    expect(since('20260101T000000Z', 'FREQ=MINUTELY')).toBe(often);
    expect(since('16010101T000000Z', 'FREQ=HOURLY')).toBe(often);
    expect(refusal(calendarOf(Array.from({ length: 3_001 }, () => ['DTSTART:20260310T080000Z', 'DTEND:20260310T160000Z'])))).toBe(often);
  });

  test('loses the events that cannot be read, and says how many', () => {
    const good = ['DTSTART:20260310T080000Z', 'DTEND:20260310T160000Z'];
    const text = calendarOf([
      good,
      ['DTSTART:20261345T990000Z', 'DTEND:20260310T160000Z'],
      ['DTSTART:tomorrow'],
      ['DTSTART:20260310T080000Z', 'RRULE:FREQ=NEVER'],
    ]);
    const { turns, problems } = read(text);
    expect([turns.length, problems]).toEqual([1, ['3 events with times that cannot be read']]);
  });
});
