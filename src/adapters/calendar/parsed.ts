import ICAL from 'ical.js';

/** A calendar’s text as components. `unread`: events that are none. */
export interface Parsed {
  readonly calendars: readonly ICAL.Component[];
  readonly unread: number;
}

const EVENT = /^BEGIN:VEVENT[ \t]*\r?\n[\s\S]*?^END:VEVENT[ \t]*(?:\r?\n|$)/gim;

/** The calendars of a text; `null` for what is none. One event that is wrong costs no other: the library gives up at the first. */
export function parsedCalendars(text: string): Parsed | null {
  const whole = calendarsIn(text);
  if (whole !== null) return { calendars: whole, unread: 0 };
  const frame = calendarsIn(text.replaceAll(EVENT, ''));
  if (frame === null) return null;
  const events = [...text.matchAll(EVENT)].map(([event]) =>
    calendarsIn(`BEGIN:VCALENDAR\r\n${event}${event.endsWith('\n') ? '' : '\r\n'}END:VCALENDAR\r\n`),
  );
  return { calendars: [...frame, ...events.flatMap((one) => one ?? [])], unread: events.filter((one) => one === null).length };
}

function calendarsIn(text: string): readonly ICAL.Component[] | null {
  try {
    const found: unknown = ICAL.parse(text);
    if (!Array.isArray(found)) return null;
    const calendars = (Array.isArray(found[0]) ? found : [found]).map((one: unknown[]) => new ICAL.Component(one));
    return calendars.length > 0 && calendars.every(({ name }) => name === 'vcalendar') ? calendars : null;
  } catch {
    return null;
  }
}
