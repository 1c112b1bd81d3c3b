import { describe, expect, test } from '@jest/globals';
import { pageMail } from '../../blocks/page-mail.ts';
import type { Declaration, SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { type PageMailDeps, pageMailRun } from '../../src/engine/reach/page-mail.ts';
import { MailError } from '../../src/ports/mail.ts';
import type { Store } from '../../src/ports/store.ts';
import { declaring, Life } from '../domain/helpers/incidents.ts';
import { Journal } from './helpers/journal.ts';

const TO = 'linus@example.com';

/** The mail to one person whom Slack did not reach, handed over by processes that die. */
class Mailing {
  readonly life = new Life();
  /** What the server took. */
  readonly taken: string[] = [];
  /** How it answers the next mails; it takes them when there is nothing here. */
  readonly answers: MailError['reason'][] = [];
  to: string | null = TO;
  readonly #journal = new Journal({
    begin: () => {
      const [before, state] = [this.life.records.length, this.life.state];
      return () => {
        this.life.records.length = before;
        this.life.state = state;
      };
    },
    pass: (ms) => {
      this.life.at += ms;
      this.meanwhile?.();
    },
  });
  meanwhile: (() => void) | null = null;

  constructor(more: Partial<Declaration> = {}) {
    this.life.ask(declaring('P1', more));
  }

  told() {
    return this.life.records.flatMap(({ type, data }) => (type === 'person.mailed' ? [data] : []));
  }

  run(diesBefore?: number) {
    const page = { incident: this.life.incident.id, seq: 1, page: 'p', user: 'U0LINUS' };
    return this.#journal.run((run) => pageMailRun(this.#deps()).flow(run, page), diesBefore);
  }

  #deps(): PageMailDeps {
    return {
      store: { now: async () => this.life.at, records: async () => this.life.records.slice(0, 1) } as Partial<Store> as Store,
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx: unknown, _id: string, ask: SystemCommand) => {
          this.life.give({ at: this.life.at, by: null, ask });
          return null;
        },
      } as Partial<Incidents> as Incidents,
      server: {
        send: async ({ subject, messageId }, to) => {
          const answer = this.answers.shift();
          if (answer !== undefined) throw new MailError(answer, `the server says ${answer}`);
          this.taken.push(`${to} ${messageId} ${subject}`);
        },
        verify: async () => undefined,
      },
      endsOf: async () => (this.to === null ? null : { from: 'tocsin@example.com', to: this.to }),
      write: pageMail,
      installation: async () => '1a2b3c4d',
      linkTo: (channel) => `https://slack.example/${channel}`,
    };
  }
}

describe('The mail to somebody whom Slack did not reach', () => {
  test('is sent wherever the process is killed, under one Message-ID, and is a record without the address', async () => {
    for (let n = 1; n <= 4; n += 1) {
      const mailing = new Mailing();
      expect(await mailing.run(n)).toBe('died');
      expect(await mailing.run()).toBe('ended');
      expect([...new Set(mailing.taken)]).toEqual([
        expect.stringMatching(/^linus@example\.com <inc-2026-0001\.page-1-u0linus\.1a2b3c4d@example\.com> You are called: INC/),
      ]);
      expect(mailing.told()).toEqual([{ page: 'p', user: 'U0LINUS', error: null }]);
      expect(JSON.stringify(mailing.life.records)).not.toContain(TO);
    }
  });

  test('is tried again while the server is away, which is told once', async () => {
    const mailing = new Mailing();
    mailing.answers.push('away', 'away');
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toHaveLength(1);
    expect(mailing.told()).toEqual([
      { page: 'p', user: 'U0LINUS', error: 'the server says away', waits: true },
      { page: 'p', user: 'U0LINUS', error: null },
    ]);
  });

  test('goes out no more once somebody has acknowledged', async () => {
    const mailing = new Mailing();
    mailing.answers.push('away');
    mailing.meanwhile = () => {
      if (mailing.life.incident.milestones.acknowledged === null) mailing.life.ask({ type: 'acknowledge' });
    };
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toEqual([]);
    expect(mailing.told().at(-1)).toEqual({ page: 'p', user: 'U0LINUS', error: 'somebody has acknowledged the incident' });
  });

  test('is none of a private incident, and none where no address is known', async () => {
    const hidden = new Mailing({ private: true });
    const unknown = new Mailing();
    unknown.to = null;
    for (const mailing of [hidden, unknown]) {
      expect(await mailing.run()).toBe('ended');
      expect([mailing.taken, mailing.told()]).toEqual([[], []]);
    }
  });
});
