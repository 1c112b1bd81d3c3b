import { describe, expect, test } from '@jest/globals';
import { issueOfItem } from '../../blocks/item-issue.ts';
import type { SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Change, Incidents } from '../../src/engine/incidents/incidents.ts';
import type { ItemsDeps } from '../../src/engine/items/ports.ts';
import { itemRun } from '../../src/engine/items/run.ts';
import type { Store } from '../../src/ports/store.ts';
import { type TrackedIssue, type Tracker, TrackerError } from '../../src/ports/tracker.ts';
import { declaring, Life, policy } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const ID = 'INC-2026-0001';

/** An item whose issue is kept by processes that die: what was journalled stays, what was at work is begun anew. */
class Tracking {
  readonly life = new Life();
  readonly issues: (TrackedIssue & { readonly record: string; since: number })[] = [];
  /** How the tracker answers the next requests that write; it does them when there is nothing here. */
  readonly answers: ('refused' | 'busy' | 'away' | 'unsure' | 'gone')[] = [];
  /** How long (ms) a search does not know of a new issue. */
  hides = 0;
  readonly #journal = new Journal({
    begin: beginIn(this.life),
    pass: (ms) => {
      this.life.at += ms;
    },
    hasCome: (name) => (this.life.incident.followUps[0]?.turns ?? 0) >= Number(name.split(':')[1]),
  });

  constructor() {
    this.life.ask(declaring('P1', { policy: { ...policy, items: {} } }));
    this.life.ask({ type: 'add-follow-up', text: 'A canary', priority: 'high' });
  }

  told(): string[] {
    return this.life.records.flatMap(({ type }) => (type.startsWith('follow-up.') && type !== 'follow-up.added' ? [type] : []));
  }

  /** Runs it, dying before the n-th note of what was done; a step that is put off is begun anew at its time. */
  run(diesBefore?: number) {
    return this.#journal.run((run) => itemRun(this.#deps()).flow(run, { incident: ID, number: 1 }), diesBefore);
  }

  #write<T>(work: () => T): T {
    const answer = this.answers.shift();
    const done = answer === undefined || answer === 'unsure' ? work() : null;
    if (answer !== undefined || done === null) throw new TrackerError(answer ?? 'away', `The tracker says ${answer}`);
    return done;
  }

  #tracker(): Tracker {
    const seen = ({ record: _record, since: _since, ...issue }: (typeof this.issues)[number]): TrackedIssue => issue;
    return {
      kind: 'jira',
      place: 'jira:OPS',
      settlesMs: 60_000,
      find: async ({ record }) => {
        const found = this.issues.find((one) => one.record === record && this.life.at - one.since >= this.hides);
        return found === undefined ? null : seen(found);
      },
      create: async ({ mark }) =>
        this.#write(() => {
          const key = `OPS-${this.issues.length + 1}`;
          const at = this.life.at;
          this.issues.push({ id: key, key, url: `https://jira.example/${key}`, done: false, at, record: mark.record, since: at });
          return { id: key, key, url: `https://jira.example/${key}`, done: false, at };
        }),
      set: async ({ id }, done) =>
        this.#write(() => {
          const index = this.issues.findIndex((one) => one.id === id);
          const issue = this.issues[index];
          if (issue === undefined) throw new TrackerError('gone', 'It is gone');
          const changed = { ...issue, done, at: this.life.at };
          this.issues[index] = changed;
          return seen(changed);
        }),
      changed: async () => ({ issues: [], odd: [], through: null }),
      setBy: async () => null,
      check: async () => ({ says: '' }),
    };
  }

  #deps(): ItemsDeps {
    return {
      store: { now: async () => this.life.at, records: async () => this.life.records } as Partial<Store> as Store,
      incidents: {
        find: async () => this.life.incident,
        tell: async (_tx: unknown, _id: string, ask: SystemCommand): Promise<Change> => {
          this.life.give({ at: this.life.at, by: null, ask });
          return { id: ID, incident: this.life.incident, records: [] };
        },
      } as Partial<Incidents> as Incidents,
      kindOf: () => 'jira',
      trackerOf: () => this.#tracker(),
      write: issueOfItem,
      roomOf: () => 'https://slack.example/room',
    };
  }
}

describe('[VQ-22] The issue of an action item', () => {
  test('is created once, wherever the process is killed, also where a search finds it late', async () => {
    for (let n = 1; n <= 3; n += 1) {
      const tracking = new Tracking();
      tracking.hides = 30_000;
      expect(await tracking.run(n)).toBe('died');
      // A process that begins anew takes its time.
      tracking.life.at += 5_000;
      expect(await tracking.run()).toBe('waits');
      expect(tracking.issues).toHaveLength(1);
      expect(tracking.told()).toEqual(['follow-up.exported']);
    }
  });

  test('is closed and opened again once each, wherever the process is killed', async () => {
    for (let n = 1; n <= 4; n += 1) {
      const tracking = new Tracking();
      expect(await tracking.run()).toBe('waits');
      tracking.life.ask({ type: 'finish-follow-up', number: 1 });
      expect(await tracking.run(n)).toBe(n > 4 ? 'waits' : 'died');
      expect(await tracking.run()).toBe('waits');
      expect(tracking.issues).toMatchObject([{ done: true }]);
      tracking.life.ask({ type: 'reopen-follow-up', number: 1 });
      expect(await tracking.run()).toBe('waits');
      expect(tracking.issues).toMatchObject([{ done: false }]);
      expect(tracking.told()).toEqual(['follow-up.exported', 'follow-up.done', 'follow-up.synced', 'follow-up.undone', 'follow-up.synced']);
    }
  });

  test('is looked for where its answer was lost', async () => {
    const tracking = new Tracking();
    tracking.hides = 30_000;
    tracking.answers.push('unsure');
    expect(await tracking.run()).toBe('waits');
    expect(tracking.issues).toHaveLength(1);
    expect(tracking.told()).toEqual(['follow-up.unsynced', 'follow-up.exported']);
    expect(tracking.life.incident.followUps[0]).toMatchObject({ issue: { key: 'OPS-1', done: false } });
    expect(tracking.life.incident.followUps[0]?.failing).toBeUndefined();
  });

  test('that was closed before it was found makes the item done', async () => {
    const tracking = new Tracking();
    expect(await tracking.run(2)).toBe('died');
    expect(tracking.issues).toHaveLength(1);
    Object.assign(tracking.issues[0] ?? {}, { done: true, at: tracking.life.at + 1_000 });
    tracking.life.at += 5_000;
    expect(await tracking.run()).toBe('waits');
    expect(tracking.told()).toEqual(['follow-up.exported', 'follow-up.done']);
  });

  test('is tried for a week, told once as waiting and once as given up, and tried again when the item turns', async () => {
    const tracking = new Tracking();
    const begun = tracking.life.at;
    tracking.answers.push(...Array.from({ length: 400 }, () => 'refused' as const));
    expect(await tracking.run()).toBe('waits');
    expect(tracking.life.at - begun).toBeGreaterThanOrEqual(7 * 24 * 3_600_000);
    expect(tracking.life.at - begun).toBeLessThan(7 * 25 * 3_600_000);
    expect(tracking.told()).toEqual(['follow-up.unsynced', 'follow-up.unsynced']);
    tracking.answers.length = 0;
    tracking.life.ask({ type: 'finish-follow-up', number: 1 });
    expect(await tracking.run()).toBe('waits');
    expect(tracking.issues).toEqual([]);
    tracking.life.ask({ type: 'reopen-follow-up', number: 1 });
    expect(await tracking.run()).toBe('waits');
    expect(tracking.issues).toHaveLength(1);
  });

  test('is given up when it is gone', async () => {
    const tracking = new Tracking();
    expect(await tracking.run()).toBe('waits');
    tracking.life.ask({ type: 'finish-follow-up', number: 1 });
    tracking.answers.push('gone');
    expect(await tracking.run()).toBe('ended');
    expect(tracking.told()).toEqual(['follow-up.exported', 'follow-up.done', 'follow-up.lost']);
  });

  test('is none of an item that was done before it could be created', async () => {
    const tracking = new Tracking();
    tracking.life.ask({ type: 'finish-follow-up', number: 1 });
    expect(await tracking.run()).toBe('waits');
    expect(tracking.issues).toEqual([]);
  });
});

describe('What is seen of an issue', () => {
  const exported = async () => {
    const tracking = new Tracking();
    await tracking.run();
    const { life } = tracking;
    const see = (done: boolean, at: number, id = 'OPS-1') =>
      life.give({ at: life.at, by: null, ask: { type: 'issue-seen', data: { number: 1, id, done, by: 'Mia', at } } }).map(({ type }) => type);
    return { life, see };
  };

  test('changes the item, and is neither said twice nor taken from another issue', async () => {
    const { life, see } = await exported();
    expect(see(true, life.at, 'OPS-2')).toEqual([]);
    expect(see(true, life.at + 1_000)).toEqual(['follow-up.done']);
    expect(see(true, life.at + 2_000)).toEqual([]);
    expect(see(false, life.at)).toEqual([]);
    expect(see(false, life.at + 3_000)).toEqual(['follow-up.undone']);
  });

  test('says nothing that both sides did, and nothing older than what is known', async () => {
    const { life, see } = await exported();
    life.ask({ type: 'finish-follow-up', number: 1 });
    expect(see(true, life.at + 1_000)).toEqual(['follow-up.synced']);
    life.ask({ type: 'reopen-follow-up', number: 1 });
    // What was closed before comes once more.
    expect(see(true, life.at + 1_000)).toEqual([]);
    expect(see(true, life.at)).toEqual([]);
    expect(life.incident.followUps[0]?.done).toBeUndefined();
  });
});
