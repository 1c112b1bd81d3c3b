import { describe, expect, test } from '@jest/globals';
import type { SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { pageRun } from '../../src/engine/reach/page.ts';
import type { ReachDeps } from '../../src/engine/reach/ports.ts';
import { RetryLater } from '../../src/ports/queue.ts';
import type { Store, StoreTx } from '../../src/ports/store.ts';
import { declaring, Life, MINUTE } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const GROUP = { usergroup: 'S0SRE' };

/** A page of an incident to a group of which Slack does not say who is in it until some minutes have passed, and of whom nobody is reached. */
class Paging {
  readonly life = new Life();
  /** Whom the page called, and whether the next in line. */
  readonly called: string[] = [];
  /** Why the next in line was called. */
  reason = '';
  /** Who is in the group. */
  group = ['U0LINUS'];
  #meanwhile: (() => void) | null = null;
  #answersAt = 0;

  constructor() {
    this.life.ask(declaring('P1'));
  }

  /** Runs the page that the newest record calls for. Something may happen before Slack answers, which it does after so many minutes. */
  async page(template: 'page' | 'escalated', answersAfter: number, meanwhile?: (life: Life) => void, fresh?: true): Promise<this> {
    this.#answersAt = this.life.at + answersAfter * MINUTE;
    this.#meanwhile = meanwhile === undefined ? null : () => meanwhile(this.life);
    const journal = new Journal({
      begin: beginIn(this.life),
      tx: { startRun: async () => undefined, signalRun: async () => undefined },
      pass: (ms) => {
        this.life.at += ms;
        this.#meanwhile?.();
        this.#meanwhile = null;
      },
    });
    const page = {
      incident: this.life.incident.id,
      seq: this.life.records.length,
      who: [GROUP],
      template,
      ...(fresh === undefined ? {} : { fresh }),
    };
    expect(await journal.run((run) => pageRun(this.#deps()).flow(run, page))).toBe('ended');
    return this;
  }

  #deps(): ReachDeps {
    return {
      store: {
        now: async () => this.life.at,
        records: async (_stream, range) => this.life.records.filter(({ seq }) => seq === range?.from),
      } as Partial<Store> as Store,
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx: StoreTx, _id: string, ask: SystemCommand) => {
          if (ask.type === 'people-called') this.called.push(...ask.users);
          if (ask.type === 'nobody-reached') {
            this.called.push('the next in line');
            this.reason = ask.reason;
          }
          this.life.give({ at: this.life.at, by: null, ask });
          return null;
        },
      } as Partial<Incidents> as Incidents,
      workspace: {
        members: async () => {
          if (this.life.at < this.#answersAt) throw new RetryLater(MINUTE);
          return { users: this.group, error: null };
        },
      } as Partial<ReachDeps['workspace']> as ReachDeps['workspace'],
      channelsOf: () => ({}) as ReturnType<ReachDeps['channelsOf']>,
    };
  }
}

function acknowledge(life: Life): void {
  life.ask({ type: 'acknowledge' });
}

/** Why people are called of an incident that somebody has acknowledged. */
const ANYWAY: readonly (readonly [string, 'page' | 'escalated', (life: Life) => void])[] = [
  ['a graver severity', 'page', (life) => life.ask({ type: 'change-severity', severity: 'P0', reason: 'all regions' })],
  ['another type', 'page', (life) => life.ask({ type: 'change-type', incidentType: 'data-loss', reason: 'rows are gone' })],
  ['a person who escalates', 'escalated', (life) => life.ask({ type: 'escalate', reason: 'the disk fills' })],
];

describe('A page to a group that Slack tells of late', () => {
  test('calls it then, and the next in line meanwhile', async () => {
    const paging = await new Paging().page('page', 4);
    expect(paging.called.toSorted()).toEqual(['U0LINUS', 'the next in line']);
  });

  test('calls nobody once the declaration is acknowledged', async () => {
    const paging = await new Paging().page('page', 4, acknowledge);
    expect(paging.called).toEqual([]);
  });

  test('calls nobody whom only the missing acknowledgement called', async () => {
    const paging = new Paging();
    paging.life.at += 16 * MINUTE;
    paging.life.give({ at: paging.life.at, by: null, ask: { type: 'timer', timer: { kind: 'escalation' } } });
    expect(paging.life.records.at(-1)?.type).toBe('incident.escalated');
    await paging.page('escalated', 4, acknowledge);
    expect(paging.called).toEqual([]);
  });

  test.each(ANYWAY)('calls it and the next in line for %s, though the incident is acknowledged', async (_, template, ask) => {
    const paging = new Paging();
    acknowledge(paging.life);
    ask(paging.life);
    await paging.page(template, 4);
    expect(paging.called.toSorted()).toEqual(['U0LINUS', 'the next in line']);
  });
});

describe('A graver severity', () => {
  /** Grace was called at the declaration, and Linus has joined the group since. */
  function grown(): Paging {
    const paging = new Paging();
    paging.life.give({ at: paging.life.at, by: null, ask: { type: 'people-called', page: 'p', who: GROUP, users: ['U0GRACE'], error: null } });
    paging.group = ['U0GRACE', 'U0LINUS'];
    return paging;
  }

  function raise({ life }: Paging): void {
    life.ask({ type: 'change-severity', severity: 'P0', reason: 'all regions' });
  }

  test('calls who is new in the group, and where Slack does not reach them nobody else while somebody is at it', async () => {
    const paging = grown();
    acknowledge(paging.life);
    raise(paging);
    await paging.page('page', 0, undefined, true);
    expect(paging.called).toEqual(['U0LINUS']);
  });

  test('calls the next in line where nobody is at it, and says who was not reached', async () => {
    const paging = grown();
    raise(paging);
    await paging.page('page', 0, undefined, true);
    expect(paging.called).toEqual(['U0LINUS', 'the next in line']);
    expect(paging.reason).toBe('Nobody who was called could be reached: <@U0LINUS>.');
  });
});
