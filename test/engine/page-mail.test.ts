import { describe, expect, test } from '@jest/globals';
import { pageMail } from '../../blocks/page-mail.ts';
import type { Declaration, SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { type PageMailDeps, pageMailRun } from '../../src/engine/reach/page-mail.ts';
import { MailError } from '../../src/ports/mail.ts';
import { RetryLater } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import { declaring, Life, MINUTE } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const TO = 'linus@example.com';

/** The mail to one person whom Slack did not reach, handed over by processes that die. */
class Mailing {
  readonly life = new Life();
  /** What the server took. */
  readonly taken: string[] = [];
  /** How it answers the next mails; it takes them when there is nothing here. */
  readonly answers: MailError['reason'][] = [];
  /** As Slack tells it; `away`: it does not say. */
  to: string | null = TO;
  from: string | null = 'tocsin@example.com';
  /** The record that calls them. */
  seq = 1;
  /** The text of what the server took. */
  text = '';
  /** The text of all that reached the server, with what it may have taken. */
  readonly texts: string[] = [];
  readonly #journal = new Journal({
    begin: beginIn(this.life),
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
    const page = { incident: this.life.incident.id, seq: this.seq, page: 'p', user: 'U0LINUS' };
    return this.#journal.run((run) => pageMailRun(this.#deps()).flow(run, page), diesBefore);
  }

  #deps(): PageMailDeps {
    return {
      store: {
        now: async () => this.life.at,
        records: async (_stream, range) => this.life.records.filter(({ seq }) => seq === range?.from),
      } as Partial<Store> as Store,
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx: unknown, _id: string, ask: SystemCommand) => {
          this.life.give({ at: this.life.at, by: null, ask });
          return null;
        },
      } as Partial<Incidents> as Incidents,
      server: {
        send: async ({ subject, text, messageId }, to) => {
          const answer = this.answers.shift();
          if (answer === undefined || answer === 'unsure') this.texts.push(text);
          if (answer !== undefined) throw new MailError(answer, `the server says ${answer}`);
          this.taken.push(`${to} ${messageId} ${subject}`);
          this.text = text;
        },
        verify: async () => undefined,
      },
      senderOf: () => ({ from: this.from, isOut: (address) => address === 'out@example.com' }),
      addressOf: async () => {
        if (this.to === 'away') throw new RetryLater(60_000);
        return this.to;
      },
      write: pageMail,
      names: () => ({ U0GRACE: 'Grace' }),
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

  /** Why somebody may be called though the incident is acknowledged. */
  const ANYWAY: readonly (readonly [string, string, (life: Life) => void])[] = [
    ['somebody escalates', 'the disk fills', (life) => life.ask({ type: 'escalate', reason: 'the disk fills' })],
    ['the severity is raised', 'Raised to P0: it is worse', (life) => life.ask({ type: 'change-severity', severity: 'P0', reason: 'it is worse' })],
    [
      'the type changes',
      'The type is Data loss now: rows are gone',
      (life) => life.ask({ type: 'change-type', incidentType: 'data-loss', reason: 'rows are gone' }),
    ],
    ['an update is missed', 'Why: .*update', (life) => life.fireUntil(life.at + 40 * MINUTE)],
    [
      'nobody who was called for it is reached',
      'could be reached: Grace, a group',
      (life) => {
        life.ask({ type: 'escalate', reason: 'the disk fills' });
        const reason = 'Nobody who was called could be reached: <@U0GRACE>, <!subteam^S0SRE>.';
        life.give({ at: life.at, by: null, ask: { type: 'nobody-reached', reason } });
      },
    ],
  ];
  test.each(ANYWAY)('goes out although somebody has acknowledged, and says why, where %s', async (_, why, call) => {
    const mailing = new Mailing();
    mailing.life.ask({ type: 'acknowledge' });
    mailing.life.at += MINUTE;
    call(mailing.life);
    mailing.seq = mailing.life.records.findLast(({ type }) => ['incident.escalated', 'severity.changed', 'type.changed'].includes(type))?.seq ?? 0;
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toHaveLength(1);
    expect(mailing.told()).toEqual([{ page: 'p', user: 'U0LINUS', error: null }]);
    expect(mailing.text).toMatch(new RegExp(why));
    // It is acknowledged: the step would be refused.
    expect(mailing.text).not.toContain('/incident ack');
  });

  /** Somebody escalates, the mail cannot be sent, and then somebody acknowledges. */
  function answeredBetween(...answers: MailError['reason'][]): Mailing {
    const mailing = new Mailing();
    mailing.life.at += MINUTE;
    mailing.life.ask({ type: 'escalate', reason: 'the disk fills' });
    mailing.seq = mailing.life.records.findLast(({ type }) => type === 'incident.escalated')?.seq ?? 0;
    mailing.answers.push(...answers);
    mailing.meanwhile = () => {
      if (mailing.life.incident.milestones.acknowledged === null) mailing.life.ask({ type: 'acknowledge' });
    };
    return mailing;
  }

  test('is true when it goes out: written before an acknowledgement and sent after it, it says when nobody had, and asks for one only if it is due', async () => {
    const mailing = answeredBetween('away');
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toEqual([expect.stringMatching(/<inc-2026-0001\.page-\d+-u0linus\.1a2b3c4d@example\.com>/)]);
    expect(mailing.text).toContain('the disk fills');
    expect(mailing.text).toContain('Nobody had acknowledged it at 2026-11-21 08:01 UTC.');
    expect(mailing.text).not.toContain('waits for somebody to acknowledge');
    expect(mailing.text).toContain(
      'Open the incident’s channel in Slack, type /incident ack if it still waits for that, or call your team another way.',
    );
    expect(mailing.told().at(-1)).toEqual({ page: 'p', user: 'U0LINUS', error: null });
  });

  test('is the same text where it may arrive twice: after a crash, and after an answer that was lost', async () => {
    for (let n = 1; n <= 7; n += 1) {
      const killed = answeredBetween('away');
      await killed.run(n);
      expect(await killed.run()).toBe('ended');
      expect(new Set(killed.texts).size).toBe(1);
    }
    const lost = answeredBetween('unsure');
    expect(await lost.run()).toBe('ended');
    expect(lost.texts).toHaveLength(2);
    expect(new Set(lost.texts).size).toBe(1);
  });

  test('is none of a private incident, of one whose mails come from nobody, and for whoever wants none', async () => {
    const hidden = new Mailing({ private: true });
    const nobodys = new Mailing();
    const out = new Mailing();
    nobodys.from = null;
    out.to = 'out@example.com';
    for (const mailing of [hidden, nobodys, out]) {
      expect(await mailing.run()).toBe('ended');
      expect([mailing.taken, mailing.told()]).toEqual([[], []]);
    }
  });

  test.each([
    [null, 'no address is known'],
    ['away', 'Slack does not tell their address'],
  ] as const)('is a record where there is no address (%s), and goes out once there is one', async (to, error) => {
    const mailing = new Mailing();
    mailing.to = to;
    const begun = mailing.life.at;
    mailing.meanwhile = () => {
      if (mailing.life.at > begun + 3 * 60 * MINUTE) mailing.to = TO;
    };
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toHaveLength(1);
    expect(mailing.told()).toEqual([
      { page: 'p', user: 'U0LINUS', error, waits: true },
      { page: 'p', user: 'U0LINUS', error: null },
    ]);
  });

  test.each([
    ['for a day', 'no address is known', () => undefined],
    [
      'until somebody acknowledges',
      'somebody has acknowledged the incident',
      ({ life }: Mailing) => {
        if (life.incident.milestones.acknowledged === null) life.ask({ type: 'acknowledge' });
      },
    ],
  ] as const)('waits for an address %s', async (_, error, meanwhile) => {
    const mailing = new Mailing();
    mailing.to = null;
    mailing.meanwhile = () => meanwhile(mailing);
    expect(await mailing.run()).toBe('ended');
    expect(mailing.taken).toEqual([]);
    expect(mailing.told()).toEqual([
      { page: 'p', user: 'U0LINUS', error: 'no address is known', waits: true },
      { page: 'p', user: 'U0LINUS', error },
    ]);
  });
});
