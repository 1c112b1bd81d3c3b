import { describe, expect, test } from '@jest/globals';
import { canvasOf } from '../../blocks/canvas.ts';
import { runsAtRest } from '../../src/domain/incident/retention.ts';
import { summaryOf } from '../../src/domain/incident/summary.ts';
import type { Change, Incidents } from '../../src/engine/incidents/incidents.ts';
import type { ServiceChannels } from '../../src/engine/incidents/notice.ts';
import { canvasNotices } from '../../src/engine/incidents/notices/canvas.ts';
import { tellOf } from '../../src/engine/incidents/notices/tell.ts';
import { type CanvasDeps, canvasRun } from '../../src/engine/reach/canvas.ts';
import { sayLocalDay } from '../../src/lib/time.ts';
import type { RunStart } from '../../src/ports/runs.ts';
import { declared, MINUTE } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const ID = 'INC-2026-0001';
const ROOM = 'C0ROOM';
const SECOND = 1_000;

/** Longer than a run is ever busy with what a test lets happen; it ends sooner than a test that goes on for ever. */
const ROUNDS = 100;

/** What happens in a channel, record by record, and the runs that keep its canvas by what is told of each. */
class Watched {
  readonly life = declared('P2');
  /** What the canvas showed by each change of it, and when. */
  readonly shown: { readonly at: number; readonly markdown: string }[] = [];
  looks = 0;
  /** How Slack answers the next changes; it does them when there is nothing here. */
  readonly refusals: string[] = [];
  isOn = true;
  readonly runs = new Map<string, { readonly journal: Journal; readonly input: RunStart['input']; state: string }>();
  readonly #signals = new Set<string>();
  /** What happens each second. */
  #storm: (() => boolean) | null = null;
  #told = 0;

  enter(channel = ROOM): void {
    this.life.give({ at: this.life.at, by: null, ask: { type: 'room-created', channel, threadTs: null } });
    this.#tell();
  }

  note(text: string): void {
    this.life.ask({ type: 'add-note', text });
    this.#tell();
  }

  /** A record that changes nothing that the canvas shows. */
  quiet(): void {
    this.life.give({ at: this.life.at, by: null, ask: { type: 'card-posted', channel: 'C0INC', ts: `${this.life.records.length}.0` } });
    this.#tell();
  }

  lose(): void {
    this.life.give({ at: this.life.at, by: null, ask: { type: 'room-lost', channel: ROOM, reason: 'channel_not_found' } });
    this.#tell();
  }

  /** So many times, one a second, while the runs are at work. */
  async storm(times: number, happens: (n: number) => void): Promise<void> {
    let n = 0;
    this.#storm = () => {
      if (n < times) happens(n++);
      return n < times;
    };
    while (n < times) {
      await this.work();
      this.#pass(SECOND);
    }
    this.#storm = null;
  }

  /** Lets every run do what it can. */
  async work(): Promise<void> {
    let before = -1;
    for (let round = 0; round < ROUNDS && before !== this.#told + this.looks; round += 1) {
      before = this.#told + this.looks;
      for (const [id, run] of this.runs) {
        if (run.state !== 'ended') run.state = await run.journal.run((context) => canvasRun(this.#deps()).flow({ ...context, id }, run.input));
      }
    }
  }

  states(): string[] {
    return [...this.runs.values()].map(({ state }) => state);
  }

  get newest(): string {
    return this.shown.at(-1)?.markdown ?? '';
  }

  #pass(ms: number): void {
    const end = this.life.at + ms;
    while (this.#storm !== null && this.life.at + SECOND <= end) {
      this.life.at += SECOND;
      if (!this.#storm()) break;
    }
    this.life.at = end;
  }

  /** Starts and wakes what the new records start and wake. */
  #tell(): void {
    const channels: ServiceChannels = { incidents: 'C0INC', updates: 'C0OPS', room: 'channel', canvas: this.isOn };
    for (const record of this.life.records.slice(this.#told)) {
      for (const notice of canvasNotices(record, tellOf(record.event_id, this.life.incident, channels))) {
        if (notice.kind === 'signal') this.#signals.add(`${notice.run} ${notice.name}`);
        if (notice.kind === 'run' && !this.runs.has(notice.id)) this.#start(notice.id, notice.input);
      }
    }
    this.#told = this.life.records.length;
  }

  #start(id: string, input: RunStart['input']): void {
    const journal = new Journal({
      begin: beginIn(this.life),
      pass: (ms) => this.#pass(ms),
      hasCome: (name) => this.#signals.has(`${id} ${name}`),
    });
    this.runs.set(id, { journal, input, state: 'waits' });
  }

  #deps(): CanvasDeps {
    const change = (markdown: string): string | null => {
      const refusal = this.refusals.shift() ?? null;
      if (refusal === null) this.shown.push({ at: this.life.at, markdown });
      return refusal;
    };
    return {
      store: { now: async () => this.life.at },
      incidents: {
        find: async () => {
          this.looks += 1;
          return this.life.incident;
        },
        tell: async (_tx, _id, ask): Promise<Change> => {
          this.life.give({ at: this.life.at, by: null, ask });
          this.#tell();
          return { id: ID, incident: this.life.incident, records: [] };
        },
      } as Partial<Incidents> as Incidents,
      workspace: { exposure: async () => null },
      channelsOf: () => ({ incidents: 'C0INC', updates: 'C0OPS', room: 'channel', canvas: this.isOn }),
      canvases: {
        create: async (_channel, _title, markdown) => {
          const error = change(markdown);
          return error === null ? { canvas: 'F0CANVAS' } : { error };
        },
        write: async (_canvas, markdown) => change(markdown),
      },
      drawCanvas: async (incident) => {
        const summary = summaryOf(incident, [...this.life.records]);
        return (asOf) => canvasOf({ incident, summary, names: {}, call: null, links: [] }, asOf);
      },
    };
  }
}

async function entered(): Promise<Watched> {
  const watched = new Watched();
  watched.enter();
  await watched.work();
  return watched;
}

describe('The canvas of a channel, while records come', () => {
  test('those that change nothing in it are one look in fifteen seconds, and nothing is sent', async () => {
    const watched = await entered();
    await watched.storm(300, () => watched.quiet());
    await watched.work();
    expect(watched.shown).toHaveLength(1);
    expect(watched.looks).toBeLessThan(30);
  });

  test('however many they are, no run has much behind it, each ends with its part, and the last one shows the newest', async () => {
    const watched = await entered();
    await watched.storm(1_200, (n) => (n % 10 === 0 ? watched.note(`step ${n + 1}`) : watched.quiet()));
    watched.note('the very last');
    await watched.work();
    expect(watched.newest).toContain('the very last');
    expect(watched.states()).toEqual(['ended', 'ended', 'waits']);
    // One change in two minutes, and one more where a part begins.
    expect(watched.shown.length).toBeLessThanOrEqual(1_200 / 120 + 4);
    for (const { journal } of watched.runs.values()) expect(journal.size).toBeLessThan(60);
  });

  test('one by one, each with its time, a part has no more than its own records behind it', async () => {
    const watched = await entered();
    for (let n = 0; n < 1_000; n += 1) {
      watched.life.at += MINUTE;
      watched.quiet();
      await watched.work();
    }
    expect(watched.states()).toEqual(['ended', 'ended', 'waits']);
    for (const { journal } of watched.runs.values()) expect(journal.size).toBeLessThanOrEqual(4 * 500);
    watched.note('the very last');
    await watched.work();
    expect(watched.newest).toContain('the very last');
  });

  test('looks that changed nothing do not make the pauses longer: a change is there two minutes after the one before', async () => {
    const watched = await entered();
    for (let n = 0; n < 100; n += 1) {
      watched.life.at += MINUTE;
      watched.quiet();
      await watched.work();
    }
    const began = watched.life.at;
    watched.note('the first');
    await watched.storm(1, () => watched.note('the second'));
    await watched.work();
    expect(watched.newest).toContain('the second');
    expect((watched.shown.at(-1)?.at ?? 0) - began).toBeLessThan(5 * MINUTE);
  });
});

describe('What a canvas says of its age', () => {
  test('it says as of when it is, in the zone of the service, and is not sent again only because time passed', async () => {
    const watched = await entered();
    const { time_zone } = watched.life.incident.policy;
    watched.life.at += 90 * MINUTE;
    watched.note('restarted');
    await watched.work();
    const [first, second] = watched.shown;
    for (const one of [first, second]) expect(one?.markdown).toContain(`As of ${sayLocalDay(one?.at ?? 0, time_zone)}`);
    watched.life.at += 90 * MINUTE;
    watched.quiet();
    await watched.work();
    expect(watched.shown).toHaveLength(2);
  });
});

describe('A canvas whose setting is off for a while', () => {
  test('is left as it is, and goes on with the next record when it is on again', async () => {
    const watched = await entered();
    watched.isOn = false;
    for (const text of ['one', 'two']) {
      watched.note(text);
      await watched.work();
    }
    expect(watched.shown).toHaveLength(1);
    watched.isOn = true;
    watched.note('three');
    await watched.work();
    for (const text of ['one', 'two', 'three']) expect(watched.newest).toContain(text);
  });

  test('where it is off from the beginning no run begins', async () => {
    const watched = new Watched();
    watched.isOn = false;
    watched.enter();
    watched.note('one');
    expect(watched.runs.size).toBe(0);
  });

  test('goes on where the setting was off as a part ended', async () => {
    const watched = await entered();
    watched.isOn = false;
    await watched.storm(600, () => watched.quiet());
    await watched.work();
    expect(watched.states()).toEqual(['ended', 'waits']);
    watched.isOn = true;
    watched.note('three');
    await watched.work();
    expect(watched.newest).toContain('three');
  });
});

test('a channel that is lost and taken again has one run: that of the time before writes nothing more', async () => {
  const watched = await entered();
  watched.lose();
  watched.enter();
  await watched.work();
  expect(watched.states()).toEqual(['ended', 'waits']);
  watched.note('back again');
  await watched.work();
  expect(watched.shown.filter(({ markdown }) => markdown.includes('back again'))).toHaveLength(1);
  // Whatever still waits keeps the incident out of no archive.
  const atRest = runsAtRest(watched.life.incident);
  expect([...watched.runs.keys()].filter((id) => !atRest.some((rest) => id.startsWith(`${rest}:`)))).toEqual([]);
});
