import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../src/domain/errors.ts';
import type { Person } from '../../src/domain/incident/commands.ts';
import { asCalled, everybodyOf } from '../../src/domain/rota/called.ts';
import { onCall } from '../../src/domain/rota/on-call.ts';
import type { Rota } from '../../src/domain/rota/rota.ts';
import { decideRota, evolveRotas, NO_SWAPS, type RotaCommand, type RotaRecord, type RotaState } from '../../src/domain/rota/swaps.ts';

const HOUR = 3_600_000;
/** A Tuesday: Ada is on call until Monday, then Linus. */
const TUESDAY = Date.parse('2026-01-06T12:00:00Z');
const rota: Rota = {
  id: 'platform',
  name: 'Platform',
  timeZone: 'Europe/Berlin',
  layers: [{ name: null, people: ['U0ADA', 'U0LINUS'], days: 7, handover: { weekday: 'monday', time: '09:00' }, starts: '2026-01-05' }],
  holidays: [],
};

function person(id: string, ...roles: string[]): Person {
  return { id, trusted: true, roles };
}

/** Records of one rota after another, as `system` keeps them. */
class Book {
  state: RotaState = NO_SWAPS;
  readonly records: RotaRecord[] = [];
  at = TUESDAY;

  ask(command: RotaCommand): readonly string[] {
    const made = decideRota(this.state, rota, command, this.at).map(
      (event, i): RotaRecord => ({
        ...event,
        incident_id: 'system',
        seq: this.records.length + 1 + i,
        prev: '',
        event_id: '',
        time: new Date(this.at).toISOString(),
        artifacts: [],
      }),
    );
    this.records.push(...made);
    this.state = made.reduce<RotaState>(evolveRotas, this.state);
    return made.map(({ type }) => type);
  }

  codeOf(command: RotaCommand): string {
    try {
      this.ask(command);
    } catch (error) {
      if (error instanceof UserError) return `${error.code}${error.refusal ? ', refused' : ''}`;
      throw error;
    }
    return 'done';
  }

  get user(): string | null {
    return onCall(rota, this.state.swaps, this.at).user;
  }
}

function swap(by: Person, user: string, from: number, until: number): RotaCommand {
  return { type: 'swap', by, user, from, until };
}

describe('[VQ-25] a swap', () => {
  test('is for those who swap and for responders, and for nobody else', () => {
    const asking = (by: Person, user = 'U0LINUS') => new Book().codeOf(swap(by, user, TUESDAY, TUESDAY + HOUR));
    expect([asking(person('U0ADA')), asking(person('U0LINUS')), asking(person('U0JOAN', 'responder'))]).toEqual(['done', 'done', 'done']);
    expect(asking(person('U0JOAN'))).toBe('role-needed, refused');
    // Who is not in the rota is put on call by others only.
    expect([asking(person('U0JOAN'), 'U0JOAN'), asking(person('U0ADA'), 'U0JOAN')]).toEqual(['role-needed, refused', 'done']);
    expect(asking({ ...person('U0ADA'), trusted: false })).toBe('not-trusted, refused');
  });

  test('needs a time that is ahead and not too far, and somebody else than who is on call anyway', () => {
    const code = (user: string, from: number, until: number) => new Book().codeOf(swap(person('U0ADA'), user, from, until));
    expect(code('U0GRACE', TUESDAY, TUESDAY)).toBe('swap-over');
    expect(code('U0GRACE', TUESDAY + 2 * HOUR, TUESDAY + HOUR)).toBe('swap-over');
    expect(code('U0GRACE', TUESDAY, TUESDAY + 91 * 24 * HOUR)).toBe('swap-long');
    expect(code('U0ADA', TUESDAY, TUESDAY + HOUR)).toBe('swap-nothing');
    // Beyond her own turn there is something to swap.
    expect(code('U0ADA', TUESDAY, TUESDAY + 8 * 24 * HOUR)).toBe('done');
  });

  test('gives away no more than the own turn: who stands in cannot prolong it, nor give away the turns of others', () => {
    const book = new Book();
    book.ask(swap(person('U0ADA'), 'U0MALLORY', TUESDAY, TUESDAY + HOUR));
    const mallory = (user: string, until: number) => book.codeOf(swap(person('U0MALLORY'), user, TUESDAY, until));
    expect([mallory('U0MALLORY', TUESDAY + 89 * 24 * HOUR), mallory('U0MALLORY', TUESDAY + 2 * HOUR)]).toEqual(
      Array(2).fill('not-your-turn, refused'),
    );
    expect([mallory('U0ALAN', TUESDAY + 2 * HOUR), mallory('U0ALAN', TUESDAY + HOUR)]).toEqual(['not-your-turn, refused', 'done']);
    expect(new Book().codeOf(swap(person('U0ADA'), 'U0MALLORY', TUESDAY, TUESDAY + 30 * 24 * HOUR))).toBe('not-your-turn, refused');
    expect(new Book().codeOf(swap(person('U0JOAN', 'responder'), 'U0MALLORY', TUESDAY, TUESDAY + 30 * 24 * HOUR))).toBe('done');
  });

  test('that is on is the one that is taken back, before one of next week', () => {
    const book = new Book();
    book.ask(swap(person('U0ADA'), 'U0GRACE', TUESDAY, TUESDAY + HOUR));
    book.ask(swap(person('U0LINUS'), 'U0ALAN', TUESDAY + 7 * 24 * HOUR, TUESDAY + 8 * 24 * HOUR));
    expect([book.codeOf({ type: 'restore', by: person('U0ADA') }), book.user]).toEqual(['done', 'U0ADA']);
    expect(book.state.swaps.map(({ user }) => user)).toEqual(['U0ALAN']);
  });

  test('that begins later leaves who is on call until then', () => {
    const book = new Book();
    book.ask(swap(person('U0ADA'), 'U0GRACE', TUESDAY + HOUR, TUESDAY + 2 * HOUR));
    expect(book.ask({ type: 'settle', before: 'U0ADA' })).toEqual([]);
    book.at += HOUR;
    expect([book.user, book.ask({ type: 'settle', before: 'U0ADA' })]).toEqual(['U0GRACE', ['rota.changed']]);
    book.at += HOUR;
    expect([book.user, book.ask({ type: 'settle', before: 'U0ADA' })]).toEqual(['U0ADA', ['rota.changed']]);
    expect(book.ask({ type: 'settle', before: 'U0LINUS' })).toEqual([]);
  });

  test('is taken back by who is in it, the newest first, and once', () => {
    const book = new Book();
    book.ask(swap(person('U0ADA'), 'U0GRACE', TUESDAY, TUESDAY + 3 * HOUR));
    book.ask(swap(person('U0GRACE'), 'U0ALAN', TUESDAY, TUESDAY + HOUR));
    expect(book.codeOf({ type: 'restore', by: person('U0JOAN') })).toBe('role-needed, refused');
    expect([book.codeOf({ type: 'restore', by: person('U0ALAN') }), book.user]).toEqual(['done', 'U0GRACE']);
    expect([book.codeOf({ type: 'restore', by: person('U0ADA') }), book.user]).toEqual(['done', 'U0ADA']);
    expect(book.codeOf({ type: 'restore', by: person('U0ADA') })).toBe('no-swap');
  });

  test('gives who stands in what the others of the rota have, while it lasts', () => {
    const book = new Book();
    book.ask(swap(person('U0ADA'), 'U0GRACE', TUESDAY, TUESDAY + HOUR));
    const all = { rotas: { platform: rota }, swaps: book.state.swaps };
    expect(everybodyOf(all, 'platform', TUESDAY)).toEqual(['U0ADA', 'U0LINUS', 'U0GRACE']);
    expect(everybodyOf(all, 'platform', TUESDAY + HOUR)).toEqual(['U0ADA', 'U0LINUS']);
    expect(asCalled(all, { rota: 'platform' }, TUESDAY)).toEqual([{ user: 'U0GRACE' }]);
    expect(asCalled(all, { rota: 'gone' }, TUESDAY)).toEqual([{ rota: 'gone' }]);
    expect(asCalled(all, { usergroup: 'S0SRE' }, TUESDAY)).toEqual([{ usergroup: 'S0SRE' }]);
  });

  test('whatever is asked, replaying the records gives the state, and nobody is announced twice', () => {
    const users = fc.constantFrom('U0ADA', 'U0LINUS', 'U0GRACE', 'U0ALAN');
    const hours = fc.integer({ min: -5, max: 300 });
    const steps = fc.oneof(
      fc.record({ type: fc.constant('swap' as const), user: users, from: hours, length: hours }),
      fc.record({ type: fc.constant('restore' as const) }),
      fc.record({ type: fc.constant('settle' as const), before: users }),
      fc.record({ type: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 100 }) }),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 25 }), (given) => {
        const book = new Book();
        const by = person('U0JOAN', 'responder');
        for (const step of given) {
          if (step.type === 'wait') book.at += step.hours * HOUR;
          else if (step.type === 'swap') book.codeOf(swap(by, step.user, book.at + step.from * HOUR, book.at + (step.from + step.length) * HOUR));
          else book.codeOf(step.type === 'restore' ? { type: 'restore', by } : step);
        }
        expect(book.records.reduce<RotaState>(evolveRotas, NO_SWAPS)).toEqual(book.state);
        const said = book.records.flatMap((record) => (record.type === 'rota.changed' ? [record.data] : []));
        for (const [i, { user, before }] of said.entries()) {
          expect(user).not.toBe(before);
          if (i > 0) expect(before).toBe(said[i - 1]?.user);
        }
      }),
      { numRuns: 200 },
    );
  });
});
