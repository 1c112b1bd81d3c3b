import type ICAL from 'ical.js';
import { clamp } from '../../lib/clamp.ts';
import type { NamedTurn } from '../../ports/rotas.ts';

const ADDRESS = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,190}$/;
/** People of one event that are looked at. */
const MOST = 10;
/** Characters of a title that names are looked for in. */
const LONGEST = 200;

/** Whom an event names: who is invited and did not decline, without rooms; whoever invited them only where nobody else is. */
export function calledIn(event: ICAL.Component): Pick<NamedTurn, 'mails' | 'organizer' | 'says'> {
  const organizer = mailOf(event.getFirstProperty('organizer'));
  const invited = event
    .getAllProperties('attendee')
    .filter(isPerson)
    .flatMap((property) => mailOf(property) ?? []);
  const others = invited.filter((mail) => mail !== organizer);
  const summary: unknown = event.getFirstPropertyValue('summary');
  const says = typeof summary === 'string' ? clamp(summary.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), LONGEST) : '';
  return { mails: (others.length > 0 ? others : invited).slice(0, MOST), organizer, says };
}

function isPerson(property: ICAL.Property): boolean {
  const parameter = (name: string) => (property.getFirstParameter(name) ?? '').toUpperCase();
  return ['', 'INDIVIDUAL'].includes(parameter('cutype')) && parameter('partstat') !== 'DECLINED' && parameter('role') !== 'NON-PARTICIPANT';
}

function mailOf(property: ICAL.Property | null): string | null {
  if (property === null) return null;
  const value = [property.getFirstValue(), property.getFirstParameter('email')]
    .map((one) =>
      String(one ?? '')
        .replace(/^mailto:/i, '')
        .trim()
        .toLowerCase(),
    )
    .find((one) => ADDRESS.test(one));
  return value ?? null;
}
