import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nameProblem, roomName, slugOf } from '../../src/domain/incident/room-name.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import { declared, MINUTE, policy } from './helpers/incidents.ts';

const DAY = 24 * 60 * MINUTE;
/** What Slack takes. */
const NAME = /^[a-z0-9_-]{1,80}$/;

describe('The name of an incident’s channel', () => {
  const { incident } = declared('P1');
  const named = (template: string, title: string) => roomName(template, { ...incident, id: 'INC-2026-0042', service: 'shop', title });

  test.each([
    ['{id}', 'Checkout fails', 'inc-2026-0042'],
    ['inc-{id}-{slug}', 'Checkout fails!', 'inc-2026-0042-checkout-fails'],
    ['{severity}_{service}-{id}', 'x', 'p1_shop-inc-2026-0042'],
    ['{id}-{slug}', 'Überfüllte Straße', 'inc-2026-0042-uberfullte-strasse'],
    ['{id}-{slug}', 'Платежи не работают', 'inc-2026-0042-platezhi-ne-rabotayut'],
    ['{id}-{slug}', 'Πληρωμές', 'inc-2026-0042-pliromes'],
    ['{id}-{slug}', '支付失败', 'inc-2026-0042-incident'],
    ['{id}-{slug}', '支付 API 失败', 'inc-2026-0042-api'],
    ['{id}-{slug}', ':fire: <!channel>', 'inc-2026-0042-fire-channel'],
  ])('%s of “%s” is %s', (template, title, name) => {
    expect(named(template, title)).toBe(name);
  });

  test('is one that Slack takes, with room for what a taken name gets, whatever the title is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
        const name = named('{date}-{service}-{id}-{slug}-{severity}', title);
        expect(name).toMatch(NAME);
        expect(name.length).toBeLessThanOrEqual(71);
        expect(name).not.toContain('--');
        expect(slugOf(title, 20)).toMatch(/^[a-z0-9][a-z0-9-]{0,19}$/);
      }),
    );
  });

  test('is cut at the end of a word', () => {
    expect(slugOf('the payment provider refuses every card', 24)).toBe('the-payment-provider');
    expect(slugOf('x'.repeat(100), 24)).toBe('x'.repeat(24));
  });

  test('says nothing of a private incident, and a drill is known by it', () => {
    const one = { ...incident, id: 'INC-2026-0042', title: 'Ada leaked the keys' };
    expect(roomName('{id}-{slug}', { ...one, private: true })).toBe('inc-2026-0042');
  });

  test.each([
    ['incident', 'expected {id} in it'],
    ['{id}-{titel}', '{titel} is not known'],
    ['Inc-{id}', 'expected lower-case letters'],
    ['{id} {slug}', 'expected lower-case letters'],
    [`{id}-${'x'.repeat(60)}`, 'gives names of 76 characters'],
    [`{id}-${'x'.repeat(50)}-{slug}`, 'characters; Slack takes 80'],
  ])('%s is refused in the settings', (template, why) => {
    expect(nameProblem(template, 'shop')).toContain(why);
  });

  test.each(['{id}', 'inc-{id}-{slug}', '{service}_{severity}-{date}-{id}-{slug}'])('%s is taken', (template) => {
    expect(nameProblem(template, 'shop')).toBeNull();
  });
});

describe('The channel of a closed incident', () => {
  function closed(more: object = { archive_after_ms: 7 * DAY }) {
    const life = declared('P1', { policy: { ...policy, ...more } });
    life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
    life.ask({ type: 'resolve', summary: 'x' });
    life.ask({ type: 'close' });
    return life;
  }
  const waits = (life: ReturnType<typeof closed>) => timerRowsOf(life.incident).find(({ name }) => name === 'room-archive')?.dueAt ?? null;
  const fire = (life: ReturnType<typeof closed>) =>
    life.give({ at: waits(life) ?? 0, by: null, ask: { type: 'timer', timer: { kind: 'room-archive' } } });

  test('is archived so long after the last record, and never where nobody said so', () => {
    const life = closed();
    expect(waits(life)).toBe(life.at + 7 * DAY);
    life.at += DAY;
    life.ask({ type: 'add-note', text: 'one more thing' });
    expect(waits(life)).toBe(life.at + 7 * DAY);
    expect(waits(closed({}))).toBeNull();
    life.ask({ type: 'reopen', reason: 'again' });
    expect(waits(life)).toBeNull();
  });

  test('waits for reminders that are still to come', () => {
    const life = closed();
    life.ask({ type: 'add-follow-up', text: 'An alert', due: '2027-01-31' });
    const reminder = timerRowsOf(life.incident).find(({ name }) => name === 'follow-up-overdue')?.dueAt ?? 0;
    expect(waits(life)).toBe(reminder + 7 * DAY);
  });

  test('is archived once; what Slack refuses is recorded as it is', () => {
    const life = closed();
    expect(fire(life).map(({ type }) => type)).toEqual(['room.archive-due']);
    expect(waits(life)).toBeNull();
    const told = life.give({ at: life.at, by: null, ask: { type: 'room-archived', channel: 'C0ROOM', error: 'restricted_action' } });
    expect(told).toMatchObject([{ type: 'room.archived', outcome: 'failed', data: { error: 'restricted_action' } }]);
    life.ask({ type: 'reopen', reason: 'again' });
    expect(life.incident.room).toEqual({ channel: 'C0ROOM', threadTs: null });
    expect(life.incident.archive).toBeUndefined();
  });

  test('is no room any more when it was archived and the incident is reopened, and a room again once it is one', () => {
    const life = closed();
    fire(life);
    life.give({ at: life.at, by: null, ask: { type: 'room-archived', channel: 'C0ROOM', error: null } });
    life.ask({ type: 'reopen', reason: 'again' });
    expect(life.incident.room).toBeNull();
    life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
    expect(life.incident).toMatchObject({ room: { channel: 'C0ROOM' } });
    expect(life.incident.archive).toBeUndefined();
  });
});
