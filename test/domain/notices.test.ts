import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../src/domain/incident/commands.ts';
import { replay } from '../../src/domain/incident/evolve.ts';
import { noticeDue } from '../../src/domain/notice/decide.ts';
import type { IncidentPolicy } from '../../src/domain/policy.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { ada, declaring, Life, MINUTE, policy, START } from './helpers/incidents.ts';

const comms: Person = { id: 'U0JOAN', roles: ['communications'], trusted: true };
const both: Person = { id: 'U0BOTH', roles: ['communications', 'responder'], trusted: true };
const TERMS: NonNullable<IncidentPolicy['notices']> = {
  name: 'Shop',
  subject: 'Service Disruption Notice',
  first_ms: 10 * MINUTE,
  every_ms: 30 * MINUTE,
  approval: true,
  places: ['customers', 'status-page'],
};
const FIELDS = { subject: 'Slow', facts: 'Orders are slow.', impact: 'Orders wait', doing: 'We work on it', eta: '' };

function declared(severity: Severity, more: Partial<typeof TERMS> = {}, isPrivate = false): Life {
  const life = new Life();
  life.ask(declaring(severity, { policy: { ...policy, notices: { ...TERMS, ...more } }, private: isPrivate }));
  return life;
}

const typesOf = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const dueOf = ({ incident }: Life) => incident.notices?.promise.dueAt ?? null;

describe('Notices to customers', () => {
  test('a first one is owed of a P0 and P1, when one is raised to it too, and of nothing else', () => {
    expect(dueOf(declared('P1'))).toBe(START + 10 * MINUTE);
    const raised = declared('P2');
    expect(dueOf(raised)).toBeNull();
    raised.at += 5 * MINUTE;
    raised.ask({ type: 'change-severity', severity: 'P0', reason: 'all fail' });
    expect(dueOf(raised)).toBe(START + 15 * MINUTE);
    raised.ask({ type: 'change-severity', severity: 'P3', reason: 'no' });
    expect(dueOf(raised)).toBeNull();
    expect(dueOf(declared('P0', {}, true))).toBeNull();
  });

  test('two people, one of them of communications: nobody alone, whatever they hold', () => {
    const life = declared('P1');
    expect(typesOf(life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS }, both))).toEqual(['plan.made']);
    expect(() => life.ask({ type: 'approve', plan: 'PLN-1', givers: [both] }, both)).toThrow('Still needed from somebody else');
    expect(typesOf(life.ask({ type: 'approve', plan: 'PLN-1', givers: [both] }, ada))).toEqual(['approval.given', 'notice.due']);
    expect(life.incident.plans['PLN-1']).toMatchObject({ status: 'applied', endedAt: null });
    expect(dueOf(life)).toBe(START + 30 * MINUTE);
  });

  test('a giver who lost the role meanwhile does not count', () => {
    const life = declared('P1');
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS }, comms);
    expect(() => life.ask({ type: 'approve', plan: 'PLN-1', givers: [{ ...comms, roles: [] }] }, ada)).toThrow('no longer holds that');
  });

  test('without approval it goes out as it was written', () => {
    const life = declared('P1', { approval: false });
    expect(typesOf(life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS }))).toEqual(['plan.made', 'notice.due']);
  });

  test('the hash covers every word, where it goes, and how the service stands', () => {
    const hashOf = (change: object, places = TERMS.places) => {
      const life = declared('P1', { places });
      life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, ...change });
      return life.incident.plans['PLN-1']?.hash;
    };
    const all = [{}, { subject: 'a' }, { facts: 'a' }, { impact: 'a' }, { doing: 'a' }, { eta: 'a' }, { status: 'monitoring' }].map((one) =>
      hashOf(one),
    );
    expect(new Set([...all, hashOf({}, ['customers'])]).size).toBe(8);
    expect(hashOf({})).toBe(all[0]);
  });

  test('nothing of a private incident goes to the status page, and customers hear of it only when communications says so', () => {
    const life = declared('P0', {}, true);
    expect(() => life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, exposes: true })).toThrow('somebody with the role *communications*');
    expect(() => life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS }, comms)).toThrow('Tick');
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, exposes: true }, comms);
    expect(life.incident.plans['PLN-1']?.notice?.to).toEqual(['customers']);
  });

  test('late ones are a breach and call the next in line each time, until the next one; after the end nobody is called', () => {
    const life = declared('P1');
    life.ask({ type: 'acknowledge' });
    life.fireUntil(START + 46 * MINUTE);
    const of = (type: string) => life.records.filter((one) => one.type === type && one.actor.id.startsWith('notice-'));
    expect(of('notice.offered')).toHaveLength(1);
    expect(of('breach.recorded').map(({ data }) => data)).toEqual([{ target: 'notice', due: '2026-11-21T08:10:00.000Z', late_ms: 5 * MINUTE }]);
    expect(of('incident.escalated')).toHaveLength(2);
    expect(of('update.posted')).toEqual([]);
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS });
    life.ask({ type: 'approve', plan: 'PLN-1', givers: [ada] }, comms);
    life.ask({ type: 'resolve', summary: 'done' });
    expect(dueOf(life)).toBe(life.at + 5 * MINUTE);
    const before = of('incident.escalated').length;
    life.fireUntil(life.at + 60 * MINUTE);
    expect(of('breach.recorded')).toHaveLength(2);
    expect(of('incident.escalated')).toHaveLength(before);
    life.ask({ type: 'request-notice', id: 'PLN-2', ...FIELDS });
    life.ask({ type: 'approve', plan: 'PLN-2', givers: [ada] }, comms);
    expect(life.incident.plans['PLN-2']?.notice).toMatchObject({ status: 'resolved', state: 'operational', nth: 2 });
    expect(dueOf(life)).toBeNull();
    life.ask({ type: 'reopen', reason: 'again' });
    expect(dueOf(life)).toBe(life.at + 30 * MINUTE);
    expect(replay(life.records)).toEqual(life.incident);
  });

  describe('that nobody gets', () => {
    const fail = (life: Life, plan: string, place: 'customers' | 'status-page') =>
      life.give({
        at: life.at,
        by: null,
        ask: {
          type: 'change',
          event: { type: 'notice.failed', outcome: 'failed', data: { plan, digest: 'd', place, error: 'refused', waits: false } },
        },
      });
    const write = (life: Life, plan: string) => {
      life.ask({ type: 'request-notice', id: plan, ...FIELDS });
      life.ask({ type: 'approve', plan, givers: [ada] }, comms);
    };

    test('count as none: the next one is owed at once, of a P2 too, and asked for once', () => {
      const life = declared('P2');
      write(life, 'PLN-1');
      life.at += MINUTE;
      fail(life, 'PLN-1', 'customers');
      expect(life.incident.notices).toMatchObject({ count: 1, promise: { dueAt: START + 30 * MINUTE } });
      fail(life, 'PLN-1', 'status-page');
      expect(life.incident.notices).toMatchObject({ count: 0, last: { facts: FIELDS.facts }, promise: { dueAt: life.at, lastPostedAt: null } });
      const from = life.records.length;
      life.fireUntil(life.at + MINUTE);
      expect(life.types().slice(from)).toEqual(['notice.reminded']);
      // Nobody heard of it: no end is owed.
      life.ask({ type: 'resolve', summary: 'done' });
      expect(dueOf(life)).toBeNull();
      expect(replay(life.records)).toEqual(life.incident);
    });

    test('are owed again after the end, unless it is closed', () => {
      const life = declared('P1');
      write(life, 'PLN-1');
      life.ask({ type: 'resolve', summary: 'done' });
      write(life, 'PLN-2');
      expect(dueOf(life)).toBeNull();
      fail(life, 'PLN-2', 'customers');
      fail(life, 'PLN-2', 'status-page');
      expect(dueOf(life)).toBe(life.at);
      write(life, 'PLN-3');
      life.ask({ type: 'close' });
      fail(life, 'PLN-3', 'customers');
      fail(life, 'PLN-3', 'status-page');
      expect(dueOf(life)).toBeNull();
    });

    test('owe nothing more where a newer one took their place, and what is late stays late', () => {
      const life = declared('P1');
      write(life, 'PLN-1');
      life.at += MINUTE;
      write(life, 'PLN-2');
      fail(life, 'PLN-1', 'customers');
      fail(life, 'PLN-1', 'status-page');
      expect(life.incident.notices).toMatchObject({ count: 1, promise: { dueAt: life.at + 30 * MINUTE, lastPostedAt: life.at } });
      const due = dueOf(life);
      life.fireUntil(life.at + 40 * MINUTE);
      fail(life, 'PLN-2', 'customers');
      fail(life, 'PLN-2', 'status-page');
      expect(dueOf(life)).toBe(due);
    });
  });

  test('nothing that a feed cannot carry is in a notice', () => {
    const life = declared('P1');
    const facts = 'Or\u0000ders\u0008 are\u000b\u000c slow\u001b\u007f\uffff.\r\n\tA line \ud83d\ude80 \ud83d';
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, facts });
    expect(life.incident.plans['PLN-1']?.notice?.facts).toBe('Orders are slow.\r\n\tA line \u{1f680} \ufffd');
    expect(() => life.ask({ type: 'request-notice', id: 'PLN-2', ...FIELDS, facts: '\u0000' })).toThrow('Please give a sentence');
  });

  describe('by hand', () => {
    const write = (life: Life, plan: string) => {
      life.ask({ type: 'request-notice', id: plan, ...FIELDS });
      life.ask({ type: 'approve', plan, givers: [ada] }, comms);
      life.at += 1;
    };
    const send = (life: Life, plan: string) => {
      life.at += MINUTE;
      life.ask({ type: 'notice-sent', plan, where: 'to all' });
    };

    test('have a number each, sent or not', () => {
      const life = declared('P1', { places: [] });
      for (const plan of ['PLN-1', 'PLN-2', 'PLN-3']) write(life, plan);
      expect(Object.values(life.incident.plans).map(({ notice }) => notice?.nth)).toEqual([1, 2, 3]);
      expect(life.records.flatMap((one) => (one.type === 'notice.due' ? [one.data.nth] : []))).toEqual([1, 2, 3]);
    });

    test('an old one that is sent after a newer one changes nothing of what is owed', () => {
      const life = declared('P1', { places: [] });
      write(life, 'PLN-1');
      write(life, 'PLN-2');
      send(life, 'PLN-2');
      const { promise, last } = life.incident.notices ?? {};
      send(life, 'PLN-1');
      expect(life.incident.notices).toEqual({ count: 2, promise, last });
    });

    test('after the last one nothing is owed, whichever card is pressed', () => {
      const life = declared('P1', { places: [] });
      write(life, 'PLN-1');
      life.ask({ type: 'resolve', summary: 'done' });
      write(life, 'PLN-2');
      send(life, 'PLN-2');
      send(life, 'PLN-1');
      expect(dueOf(life)).toBeNull();
    });

    test('whoever heard of the trouble after its end is owed the end at once, and of an end that is none, more', () => {
      const life = declared('P1', { places: [] });
      write(life, 'PLN-1');
      life.ask({ type: 'resolve', summary: 'done' });
      expect(dueOf(life)).toBeNull();
      send(life, 'PLN-1');
      expect(dueOf(life)).toBe(life.at + 5 * MINUTE);
      write(life, 'PLN-2');
      life.ask({ type: 'reopen', reason: 'again' });
      send(life, 'PLN-2');
      expect(dueOf(life)).toBe(life.at + 30 * MINUTE);
    });
  });

  test('a last notice that waits ends with the reopening, and one that is not true goes nowhere', () => {
    const life = declared('P1');
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS });
    life.ask({ type: 'approve', plan: 'PLN-1', givers: [ada] }, comms);
    life.ask({ type: 'resolve', summary: 'done' });
    life.ask({ type: 'request-notice', id: 'PLN-2', ...FIELDS });
    const waiting = life.incident.plans['PLN-2'];
    expect(typesOf(life.ask({ type: 'reopen', reason: 'again' }))).toEqual(['plan.voided', 'incident.reopened']);
    expect(life.incident.plans['PLN-2']).toMatchObject({ status: 'voided', reason: 'INC-2026-0001 was reopened' });
    if (waiting === undefined) throw new Error('It was not made.');
    // As a release before left it.
    expect(() => noticeDue(life.incident, waiting, life.at)).toThrow('says that it is resolved, but it is open again. Write another one');
    const first = life.incident.plans['PLN-1'];
    life.ask({ type: 'resolve', summary: 'done' });
    if (first === undefined) throw new Error('It was not made.');
    expect(() => noticeDue(life.incident, first, life.at)).toThrow('says that it is not resolved yet, but it is');
  });

  test('a notice is at its end once it is known of each place what became of it', () => {
    const life = declared('P1');
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS });
    life.ask({ type: 'approve', plan: 'PLN-1', givers: [ada] }, comms);
    const about = { plan: 'PLN-1', digest: life.incident.plans['PLN-1']?.hash ?? '' };
    const tell = (event: Extract<Parameters<Life['give']>[0], { by: null }>['ask'] & { type: 'change' }) =>
      life.give({ at: life.at, by: null, ask: event });
    tell({ type: 'change', event: { type: 'notice.published', data: { ...about, place: 'customers', recipients: 2 } } });
    expect(life.incident.plans['PLN-1']).toMatchObject({ status: 'applied', endedAt: null });
    tell({
      type: 'change',
      event: { type: 'notice.failed', outcome: 'failed', data: { ...about, place: 'status-page', error: 'no such page', waits: false } },
    });
    expect(life.incident.plans['PLN-1']).toMatchObject({ status: 'applied', reason: 'no such page', endedAt: life.at });
  });

  test.each([
    ['a mention', { facts: 'Ask <@U0ADA>' }, 'Take the mention out'],
    ['too much', { doing: 'x'.repeat(500) }, 'Please shorten what you are doing about it by 100 characters'],
    ['no subject', { subject: ' ' }, 'Please give a subject'],
  ])('refuses %s', (_, change, why) => {
    expect(() => declared('P1').ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, ...change })).toThrow(why);
  });
});
