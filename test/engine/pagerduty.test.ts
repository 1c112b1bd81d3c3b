import { describe, expect, test } from '@jest/globals';
import { pageByPagerDuty } from '../../blocks/page-event.ts';
import type { PersonCommand, SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Change, Incidents } from '../../src/engine/incidents/incidents.ts';
import type { PagerDutyDeps } from '../../src/engine/pagerduty/ports.ts';
import { pagerDutyRun } from '../../src/engine/pagerduty/run.ts';
import { PagerDutyError } from '../../src/ports/pagerduty.ts';
import type { Store } from '../../src/ports/store.ts';
import { declaring, Life, policy } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

/** A page that is sent by processes which die: what was journalled stays, what was at work is begun anew. */
class Paging {
  readonly life = new Life();
  /** What reached PagerDuty, as `action key`. */
  readonly sent: string[] = [];
  /** How PagerDuty answers the next events; it takes them when there is nothing here. */
  readonly answers: ('refused' | 'busy' | 'away' | 'unsure')[] = [];
  /** How long (ms) PagerDuty asks to be left alone. */
  asksMs: number | null = null;
  /** How often the records of the incident were read. */
  reads = 0;
  /** The waits between tries, ms. */
  readonly waits: number[] = [];
  /** Done after so many more events, as people do in between. */
  readonly meanwhile: PersonCommand[] = [];
  key: string | null = 'e93facc04764012d7bfb002500d5d1a6';
  readonly #journal = new Journal({
    begin: beginIn(this.life),
    pass: (ms) => {
      this.life.at += ms;
      this.waits.push(ms);
    },
    hasCome: (name) => (this.life.incident.pagerduty?.nth ?? 0) >= Number(name.split(':')[1]),
  });

  constructor() {
    this.life.ask(declaring('P1', { policy: { ...policy, pagerduty: { severities: ['P1'] } } }));
  }

  told(): string[] {
    return this.life.records.flatMap(({ type, data }) =>
      type === 'pagerduty.sent' || type === 'pagerduty.failed' || type === 'pagerduty.dropped' ? [`${type} ${data.action} ${data.nth}`] : [],
    );
  }

  /** Runs it, dying before the n-th note of what was done. */
  run(diesBefore?: number) {
    return this.#journal.run((run) => pagerDutyRun(this.#deps()).flow(run, { incident: 'INC-2026-0001', episode: 1 }), diesBefore);
  }

  #read() {
    this.reads += 1;
    return this.life.records;
  }

  #deps(): PagerDutyDeps {
    return {
      store: { now: async () => this.life.at, records: async () => this.#read() } as Partial<Store> as Store,
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx: unknown, _id: string, ask: SystemCommand): Promise<Change> => {
          this.life.give({ at: this.life.at, by: null, ask });
          return { id: 'INC-2026-0001', incident: this.life.incident, records: [] };
        },
      } as Partial<Incidents> as Incidents,
      termsOf: () => ({ variable: 'AUREUS_PAGERDUTY', key: this.key }),
      pagerduty: {
        send: async (_key, { action, key }) => {
          const answer = this.answers.shift();
          if (answer === undefined || answer === 'unsure') this.sent.push(`${action} ${key}`);
          const next = this.meanwhile.shift();
          if (next !== undefined) this.life.ask(next);
          if (answer !== undefined) throw new PagerDutyError(answer, `PagerDuty says ${answer}`, { retryAfterMs: this.asksMs });
        },
        reach: async () => undefined,
        tryKey: async () => undefined,
      },
      installation: async () => '1a2b3c4d',
      write: pageByPagerDuty,
      roomOf: () => 'https://slack.example/room',
    };
  }
}

describe('A page by PagerDuty', () => {
  test('that is killed anywhere is sent all the same, under the same key, and told once', async () => {
    for (let n = 1; n <= 4; n += 1) {
      const paging = new Paging();
      expect(await paging.run(n)).toBe('died');
      expect(await paging.run()).toBe('waits');
      expect(new Set(paging.sent)).toEqual(new Set(['trigger INC-2026-0001-1a2b3c4d']));
      expect(paging.sent.length).toBeLessThanOrEqual(2);
      expect(paging.told()).toEqual(['pagerduty.sent trigger 1']);
    }
  });

  test('reads the records of its incident once a round', async () => {
    const paging = new Paging();
    paging.answers.push('away', 'away');
    expect(await paging.run()).toBe('waits');
    // Three tries, and a look that finds nothing more to do.
    expect(paging.sent).toHaveLength(1);
    expect(paging.reads).toBe(4);
  });

  test('ends with its resolution, and says each thing in its turn', async () => {
    const paging = new Paging();
    expect(await paging.run()).toBe('waits');
    paging.life.ask({ type: 'acknowledge' });
    expect(await paging.run()).toBe('waits');
    paging.life.ask({ type: 'resolve', summary: 'done' });
    expect(await paging.run()).toBe('ended');
    expect(paging.sent).toEqual(['trigger', 'acknowledge', 'resolve'].map((action) => `${action} INC-2026-0001-1a2b3c4d`));
  });

  test('that a release before this one began is ended under its own key', async () => {
    const paging = new Paging();
    const before = { action: 'trigger', nth: 1, key: 'INC-2026-0001', digest: 'd' } as const;
    paging.life.give({ at: paging.life.at, by: null, ask: { type: 'pagerduty-sent', data: before } });
    paging.life.ask({ type: 'resolve', summary: 'done' });
    expect(await paging.run()).toBe('ended');
    expect(paging.sent).toEqual(['resolve INC-2026-0001']);
  });

  test('that was never tried is not sent once it is over', async () => {
    const paging = new Paging();
    paging.life.ask({ type: 'resolve', summary: 'done' });
    expect(await paging.run()).toBe('ended');
    expect(paging.sent).toEqual([]);
    expect(paging.told()).toEqual(['pagerduty.dropped resolve 2']);
  });

  test('that is over while it waits is never sent late: only its end is, since nobody knows whether it came', async () => {
    const paging = new Paging();
    paging.answers.push('away');
    paging.meanwhile.push({ type: 'resolve', summary: 'done' });
    expect(await paging.run()).toBe('ended');
    expect(paging.sent).toEqual(['resolve INC-2026-0001-1a2b3c4d']);
  });

  test('goes on when it is opened again before its end was told', async () => {
    const paging = new Paging();
    expect(await paging.run()).toBe('waits');
    paging.life.ask({ type: 'resolve', summary: 'done' });
    paging.answers.push('away');
    paging.meanwhile.push({ type: 'reopen', reason: 'again' });
    expect(await paging.run()).toBe('waits');
    expect(paging.sent).toEqual(['trigger INC-2026-0001-1a2b3c4d', 'trigger INC-2026-0001-1a2b3c4d']);
  });

  test('is tried for a day, told once as waiting and once as given up, and its end is still told', async () => {
    const paging = new Paging();
    const begun = paging.life.at;
    paging.answers.push(...Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 'away' : 'busy')));
    expect(await paging.run()).toBe('waits');
    expect(paging.life.at - begun).toBeGreaterThanOrEqual(24 * 3_600_000);
    expect(paging.life.at - begun).toBeLessThan(25 * 3_600_000);
    expect(paging.told()).toEqual(['pagerduty.failed trigger 1', 'pagerduty.failed trigger 1']);
    paging.answers.length = 0;
    paging.life.ask({ type: 'resolve', summary: 'done' });
    expect(await paging.run()).toBe('ended');
    expect(paging.sent).toEqual(['resolve INC-2026-0001-1a2b3c4d']);
  });

  test('is tried each minute in its first hour, however long PagerDuty asks to be left alone; what is not urgent waits as it asks', async () => {
    const SECOND = 1_000;
    const paging = new Paging();
    paging.answers.push(...Array.from({ length: 9 }, () => 'away' as const));
    expect(await paging.run()).toBe('waits');
    expect(paging.waits).toEqual([10, 20, 30, 60, 60, 60, 60, 60, 60].map((seconds) => seconds * SECOND));

    const asked = new Paging();
    asked.asksMs = 3_600 * SECOND;
    asked.answers.push(...Array.from({ length: 13 }, () => 'busy' as const));
    expect(await asked.run()).toBe('waits');
    expect(asked.waits).toEqual([...Array.from({ length: 12 }, () => 300 * SECOND), 3_600 * SECOND]);
    expect(asked.sent).toEqual(['trigger INC-2026-0001-1a2b3c4d']);

    asked.answers.push('busy');
    asked.life.ask({ type: 'acknowledge' });
    expect(await asked.run()).toBe('waits');
    expect(asked.waits.at(-1)).toBe(3_600 * SECOND);
    expect(asked.waits).toHaveLength(14);
  });

  test('says what to change where there is no key, or a wrong one, and goes on when it is right', async () => {
    const paging = new Paging();
    paging.key = null;
    paging.answers.push('refused');
    const errors = () => paging.life.records.flatMap(({ type, data }) => (type === 'pagerduty.failed' ? [data.error] : []));
    expect(await paging.run(5)).toBe('died');
    expect(errors()).toEqual(['AUREUS_PAGERDUTY is not set. Set it to the integration key and restart Tocsin']);
    paging.key = 'e93facc04764012d7bfb002500d5d1a6';
    expect(await paging.run()).toBe('waits');
    expect(paging.sent).toEqual(['trigger INC-2026-0001-1a2b3c4d']);
    const wrong = new Paging();
    wrong.answers.push('refused');
    expect(await wrong.run()).toBe('waits');
    const [error] = wrong.life.records.flatMap(({ type, data }) => (type === 'pagerduty.failed' ? [data.error] : []));
    expect(error).toBe('PagerDuty says refused. Set AUREUS_PAGERDUTY to the integration key of an Events API v2 integration and restart Tocsin');
  });
});
