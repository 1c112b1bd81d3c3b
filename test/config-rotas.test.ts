import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../src/config/load.ts';
import { rotasOf } from '../src/config/rotas.ts';
import { onCall } from '../src/domain/rota/on-call.ts';
import { read } from './docs/files.ts';
import { fenced } from './docs/markdown.ts';

const SHOP = 'services:\n  shop:\n    name: Shop\n    channels: { incidents: C0INC }\n    responders: [{ usergroup: S0SRE }]\n';

function problems(text: string): string {
  try {
    parseConfig(text, 'tocsin.yml');
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** A rota with one layer that says so beside its people and its start. */
function withLayer(says: string): string {
  return `${SHOP}rotas:\n  platform:\n    layers: [{ people: [U0ADA], starts: "2026-01-05"${says} }]\n`;
}

describe('A rota in the file', () => {
  test('is turns of a week that change on Monday at nine, unless it says otherwise', () => {
    expect(rotasOf(parseConfig(withLayer(''), 'tocsin.yml'))).toEqual([
      {
        id: 'platform',
        name: 'platform',
        timeZone: 'UTC',
        layers: [{ name: null, people: ['U0ADA'], days: 7, handover: { weekday: 'monday', time: '09:00' }, starts: '2026-01-05' }],
        holidays: [],
      },
    ]);
    const [days] = rotasOf(parseConfig(withLayer(', every: 3 days'), 'tocsin.yml'));
    expect(days).toMatchObject({ layers: [{ days: 3, handover: { weekday: null, time: '09:00' } }] });
  });

  test.each([
    [', every: 1 month', 'expected how long a turn lasts, in days or weeks, such as 1 week or 3 days'],
    [', handover: 09:00', 'is missing its day: expected Monday 09:00 for turns of weeks'],
    [', every: 1 day, handover: Monday 09:00', 'has a day: expected 09:00 alone for turns of days'],
    [', handover: Monday 25:00', 'expected when turns change, such as Monday 09:00 for weeks or 09:00 for days'],
    [', hours: 09:00-17:00', 'limits the first layer, so nobody would be on call at other times'],
    [', days: [mondey]', 'is not a day of the week. Did you mean "monday"?'],
  ])('a layer with “%s” is told what is wrong', (says, wrong) => {
    expect(problems(withLayer(says))).toContain(wrong);
  });

  test('may be kept elsewhere: in a calendar, or in PagerDuty', () => {
    const [calendar, schedule] = rotasOf(
      parseConfig(
        `${SHOP}rotas:\n  platform: { ical: { url_env: CALENDAR }, time_zone: Europe/Berlin, read_every: 1h, people: { "Ada L.": U0ADA } }\n  nights: { name: Nights, pagerduty: PI7DH85 }\n`,
        'tocsin.yml',
      ),
    );
    expect(calendar).toEqual({ id: 'platform', name: 'platform', timeZone: 'Europe/Berlin', source: 'calendar', list: null, away: null });
    expect(schedule).toMatchObject({ id: 'nights', name: 'Nights', source: 'pagerduty' });
  });

  test.each([
    ['{}', 'does not say who is on call. Give it layers, ical or pagerduty'],
    ['{ ical: { url_env: A }, pagerduty: PI7DH85 }', 'has ical and pagerduty. One of them says who is on call: remove the others'],
    ['{ ical: { url: "https://calendar.example/secret.ics" } }', 'url'],
    ['{ pagerduty: "https://acme.pagerduty.com/schedules" }', 'expected the id of a schedule, such as PI7DH85'],
    ['{ pagerduty: PI7DH85, read_every: 10s }', 'expected from 1m to 24h'],
    ['{ pagerduty: PI7DH85, holidays: [{ day: "2026-12-25" }] }', 'go with layers'],
    ['{ layers: [{ people: [U0ADA], starts: "2026-01-05" }], people: { Ada: U0ADA } }', 'go with ical or pagerduty'],
  ])('one like %s is told what is wrong', (says, wrong) => {
    expect(problems(`${SHOP}rotas:\n  platform: ${says}\n`)).toContain(wrong);
  });

  test('a line that names a rota that is not there is told with its place', () => {
    const text = withLayer('').replace('{ usergroup: S0SRE }', '{ rota: platfrom }');
    expect(problems(text)).toContain('services.shop.responders.0.rota is not a rota. Did you mean "platform"? Rotas are platform');
  });

  test('a group that holds a role is not kept in step: whoever stands in would get the role', () => {
    const text = `${SHOP}roles:\n  security: { usergroup: S0SEC }\nrotas:\n  platform:\n    usergroup: S0SEC\n    layers: [{ people: [U0ADA], starts: "2026-01-05" }]\n`;
    expect(problems(text)).toContain('rotas.platform.usergroup holds the role security, which a swap would give away');
    expect(problems(text.replace('usergroup: S0SEC\n    layers', 'usergroup: S0DUTY\n    layers'))).toBe('');
  });

  test('the examples of the page are valid', () => {
    const blocks = fenced(read('docs/how-to/set-up-a-rota.md'), 'yaml');
    expect(blocks.length).toBe(8);
    for (const block of blocks) expect(problems(block.startsWith('services:') ? block : `${SHOP}${block}`)).toBe('');
  });

  test('who joins is in a layer of its own, which moves no turn before it begins', () => {
    const examples = fenced(read('docs/how-to/set-up-a-rota.md'), 'yaml').slice(0, 2);
    const [before, joined] = examples.map((block) => rotasOf(parseConfig(`${SHOP}${block}`, 'tocsin.yml'))[0]);
    if (before === undefined || joined === undefined) throw new Error('The page has no such examples.');
    const begins = Date.parse('2026-11-02T08:00:00Z');
    for (let at = Date.parse('2026-01-05T08:00:00Z'); at < begins; at += 7 * 86_400_000)
      expect(onCall(joined, [], at).user).toBe(onCall(before, [], at).user);
    expect([begins - 1, begins, begins + 7 * 86_400_000].map((at) => onCall(joined, [], at).user)).toEqual(['U0ADA', 'U0LINUS', 'U0GRACE']);
  });
});
