import { describe, expect, test } from '@jest/globals';
import { stakeholderMail } from '../../blocks/mail.ts';
import type { SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import type { MailDeps } from '../../src/engine/mail/ports.ts';
import { mailRun } from '../../src/engine/mail/run.ts';
import { MailError } from '../../src/ports/mail.ts';
import type { Store } from '../../src/ports/store.ts';
import { declared, START } from '../domain/helpers/incidents.ts';
import { Journal } from './helpers/journal.ts';

const TO = ['a@example.com', 'b@example.com', 'c@example.com'];

/** A mail that is sent by processes which die: what was journalled stays, what was at work is begun anew. */
class Sending {
  readonly taken: string[] = [];
  readonly told: SystemCommand[] = [];
  now = START;
  /** How the server answers the next mails; it takes them when there is nothing here. */
  readonly answers: ('later' | 'unsure' | 'refused' | 'away')[] = [];
  /** At whom the server hangs. */
  hangsAt: string | null = null;
  readonly #journal = new Journal({
    begin: () => {
      const before = this.told.length;
      return () => {
        this.told.length = before;
      };
    },
    pass: (ms) => {
      this.now += ms;
    },
  });

  /** Runs it, dying before the n-th note of what was done. */
  run(diesBefore?: number) {
    return this.#journal.run((run) => mailRun(this.#deps()).flow(run, { incident: 'INC-2026-0001', kind: 'declared', nth: 1 }), diesBefore);
  }

  #deps(): MailDeps {
    const incident = { ...declared('P1').incident, room: { channel: 'C0ROOM', threadTs: null } };
    return {
      store: { now: async () => this.now } as Store,
      incidents: {
        find: async () => incident,
        tell: async (_tx: unknown, _id: string, ask: SystemCommand) => {
          this.told.push(ask);
          return null;
        },
      } as Partial<Incidents> as Incidents,
      termsOf: () => ({ from: 'tocsin@example.com', stakeholders: [{ to: TO }], afterMs: 1 }),
      server: {
        send: async ({ messageId }, to) => {
          const answer = to === this.hangsAt ? 'away' : this.answers.shift();
          if (answer === undefined || answer === 'unsure') this.taken.push(`${to} ${messageId}`);
          if (answer !== undefined) throw new MailError(answer, answer);
        },
        verify: async () => undefined,
      },
      write: stakeholderMail,
      nameOf: async () => null,
      installation: async () => '1a2b3c4d',
      linkTo: (channel) => `https://slack.example/${channel}`,
    };
  }
}

describe('A mail to stakeholders', () => {
  const expected = TO.map((to) => `${to} <inc-2026-0001.declared.1a2b3c4d@example.com>`);

  test('that is killed anywhere is lost for nobody: whoever gets it twice gets the same Message-ID, and only the one at work does', async () => {
    for (let n = 1; n <= 6; n += 1) {
      const sending = new Sending();
      expect(await sending.run(n)).toBe('died');
      expect(await sending.run()).toBe('ended');
      expect(new Set(sending.taken)).toEqual(new Set(expected));
      expect(sending.taken.length).toBeLessThanOrEqual(TO.length + 1);
      expect(sending.told).toMatchObject([{ type: 'mail-sent', data: { recipients: 3 } }]);
    }
  });

  test('is sent once to each where nothing goes wrong, and what goes wrong for one is no matter of the others', async () => {
    const sending = new Sending();
    sending.answers.push('refused', 'later');
    expect(await sending.run()).toBe('ended');
    expect(sending.taken).toEqual([expected[2], expected[1]]);
    expect(sending.told.map((one) => [one.type, 'data' in one ? one.data : null])).toMatchObject([
      ['mail-failed', { to: ['a…@example.com'], waits: false }],
      ['mail-failed', { recipients: 1, waits: true }],
      ['mail-sent', { recipients: 2, late_ms: 60_000 }],
    ]);
  });

  test('is tried for a day, and told once as waiting and once as given up', async () => {
    const sending = new Sending();
    sending.answers.push(...Array.from({ length: 500 }, () => 'away' as const));
    expect(await sending.run()).toBe('ended');
    expect(sending.taken).toEqual([]);
    expect(sending.told).toMatchObject([
      { type: 'mail-failed', data: { recipients: 3, waits: true } },
      { type: 'mail-failed', data: { recipients: 3, waits: false } },
    ]);
    expect(sending.now - START).toBeGreaterThanOrEqual(24 * 3_600_000);
    expect(sending.now - START).toBeLessThan(25 * 3_600_000);
  });

  test('hangs at one, and the others get theirs all the same', async () => {
    const sending = new Sending();
    sending.hangsAt = TO[0] ?? '';
    expect(await sending.run()).toBe('ended');
    expect(sending.taken).toEqual(expected.slice(1));
    expect(sending.told).toMatchObject([
      { type: 'mail-failed', data: { recipients: 3, waits: true } },
      { type: 'mail-sent', data: { recipients: 2, late_ms: 60_000 } },
      { type: 'mail-failed', data: { recipients: 1, waits: false } },
    ]);
  });

  test('goes on from the wait to a server that is back, after a death in between', async () => {
    const sending = new Sending();
    sending.answers.push('away', 'unsure');
    expect(await sending.run(6)).toBe('died');
    expect(await sending.run()).toBe('ended');
    expect(new Set(sending.taken)).toEqual(new Set(expected));
    expect(sending.told.filter(({ type }) => type === 'mail-failed')).toHaveLength(1);
  });
});
