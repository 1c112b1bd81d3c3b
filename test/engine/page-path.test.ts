import { expect, test } from '@jest/globals';
import type { PathTried } from '../../src/domain/page-path/standing.ts';
import type { StoredRecord } from '../../src/domain/record.ts';
import { pathAskRun } from '../../src/engine/reach/page-path/asking.ts';
import { pathNightRun } from '../../src/engine/reach/page-path/nightly.ts';
import type { Found, PathDeps, PathService, Station } from '../../src/engine/reach/page-path/ports.ts';
import { toIso } from '../../src/lib/time.ts';
import { MailError } from '../../src/ports/mail.ts';
import { PagerDutyError, PagerDutyReadError } from '../../src/ports/pagerduty.ts';
import { StatusPageError } from '../../src/ports/status-page.ts';
import type { Store, StoreTx } from '../../src/ports/store.ts';
import { Journal } from './helpers/journal.ts';

const [ADA, GRACE, LINUS] = ['U0ADA', 'U0GRACE', 'U0LINUS'];
const DAY = '2026-11-30';

/** One night of one service, tried by processes that die. Nobody is written to. */
class Night {
  readonly told: string[] = [];
  readonly recorded: PathTried[] = [];
  /** Whose address was looked for. */
  readonly looked: string[] = [];
  readonly writable: Record<string, string> = {};
  /** As Slack tells them; `away`: it does not answer. */
  readonly addresses: Record<string, Found> = {};
  readonly names: Record<string, string> = { [ADA]: 'Ada', [GRACE]: 'Grace', [LINUS]: 'Linus' };
  isMailed = true;
  stations: PathService['stations'] = [];
  /** Stations of services besides, which nobody is called for. */
  others: readonly PathService['stations'][] = [];
  #at = Date.parse(`${DAY}T00:00:00Z`);
  /** When each was told, ms after the beginning. */
  readonly toldAt: number[] = [];
  readonly #journal = new Journal({
    begin: () => {
      const [told, recorded] = [this.told.length, this.recorded.length];
      return () => {
        this.told.length = told;
        this.toldAt.length = told;
        this.recorded.length = recorded;
      };
    },
    pass: (ms) => {
      this.#at += ms;
    },
    tx: {
      now: async () => this.#at,
      startRun: async () => undefined,
      enqueue: async () => undefined,
      addMessage: async (message) => {
        this.told.push(JSON.stringify(message));
        this.toldAt.push(this.#at - this.begun);
      },
    } satisfies Partial<StoreTx>,
  });

  /** When (ms) the night begins. */
  readonly begun = Date.parse(`${DAY}T04:30:00Z`);

  /** Until the run ends: a step that failed is begun anew, a while later. */
  async run(diesBefore?: number): Promise<'ended' | 'died' | 'waits'> {
    for (;;) {
      try {
        return await this.#journal.run((run) => pathNightRun(this.#deps()).flow(run, { day: DAY }), diesBefore);
      } catch (error) {
        if (!(error instanceof PagerDutyReadError || (error instanceof Error && error.message === 'away'))) throw error;
        this.#at += 10_000;
      }
    }
  }

  get tried(): PathTried | undefined {
    return this.recorded.at(-1);
  }

  #deps(): PathDeps {
    const service: PathService = {
      id: 'shop',
      name: 'Shop',
      channel: 'C0INC',
      lines: [{ line: 'responders[0]', who: { usergroup: 'S0SRE' } }],
      stations: this.stations,
      responders: [],
      asks: null,
      isMailed: this.isMailed,
    };
    return {
      store: { now: async () => this.#at } as Partial<Store> as Store,
      at: '04:30',
      withinMs: 0,
      services: [service, ...this.others.map((stations, i) => ({ ...service, id: `other${i}`, name: `Other ${i}`, lines: [], stations }))],
      members: async () => ({ users: [ADA, GRACE, LINUS], error: null }),
      tryPerson: async (user) => this.writable[user] ?? null,
      findAddress: async (_service, user) => {
        this.looked.push(user);
        const found = this.addresses[user] ?? null;
        if (found === 'away') throw new Error('away');
        if (found === 'once away' && this.looked.filter((one) => one === user).length === 1) throw new Error('away');
        if (found === 'once away') return null;
        return found;
      },
      nameOf: async (user) => this.names[user] ?? user,
      question: () => ({ text: '' }) as never,
      record: async (_tx, { type, data }) => {
        if (type === 'page-path.tried') this.recorded.push(data);
      },
      records: async () => [],
    };
  }
}

const missing = (what: string) => ({ way: 'address', what, error: 'no_address', severities: ['P0', 'P1', 'P2', 'P3'] });

test('who has no mail address is found and named once, wherever the process is killed', async () => {
  for (let n = 1; n <= 16; n += 1) {
    const night = new Night();
    Object.assign(night.addresses, { [ADA]: 'no_address', [LINUS]: 'no_address' });
    await night.run(n);
    await night.run();
    expect(night.recorded).toEqual([{ service: 'shop', people: 3, ways: [], failed: [missing(ADA), missing(LINUS)] }]);
    expect(night.told).toHaveLength(1);
    expect(night.told[0]).toContain('• Ada, Linus have no mail address that Tocsin knows');
  }
});

test('a look that Slack does not answer is said as not made: nobody is missed for it, and Slack is asked no longer for the next', async () => {
  const night = new Night();
  Object.assign(night.addresses, { [ADA]: 'away', [GRACE]: 'away' });
  await night.run();
  expect(night.tried?.failed).toEqual([]);
  expect(night.tried?.unseen).toEqual([ADA, GRACE].map((what) => ({ way: 'address', what, error: 'no_answer', tried: true })));
  expect(night.looked.filter((user) => user === ADA).length).toBeGreaterThan(1);
  expect(night.looked.filter((user) => user === GRACE)).toHaveLength(1);
  expect(night.told).toEqual([expect.stringContaining('Whether Ada, Grace have a mail address is not known: Slack does not answer (no_answer).')]);
});

test('only a look that was given up shows that Slack is away: an answer of any words takes no patience from who comes after', async () => {
  const night = new Night();
  Object.assign(night.addresses, { [ADA]: { unseen: 'no_answer', tried: true }, [GRACE]: 'once away' });
  Object.assign(night.writable, { [ADA]: 'no_answer' });
  await night.run();
  expect(night.looked.filter((user) => user === GRACE)).toHaveLength(2);
  expect(night.tried?.unseen).toEqual([{ way: 'address', what: ADA, error: 'no_answer', tried: true }]);
});

/** PagerDuty, which cannot be read so often. */
function unread(times: number): { readonly looks: () => number; readonly station: Station } {
  let looks = 0;
  const attempt = async () => {
    looks += 1;
    if (looks <= times) throw new PagerDutyReadError('passing', 'PagerDuty answers 503', 'It is tried again.');
    return null;
  };
  return { looks: () => looks, station: { way: 'pagerduty-on-call', what: 'PIJ90N7', severities: ['P0'], attempt } };
}

test('a moment in which PagerDuty cannot be read is no finding; what stays so is said in its own words, and Slack is not away for it', async () => {
  const moment = new Night();
  const passing = unread(1);
  moment.stations = [passing.station];
  await moment.run();
  expect([moment.tried?.ways, moment.tried?.unseen, moment.told]).toEqual([[{ way: 'pagerduty-on-call', what: 'PIJ90N7' }], undefined, []]);
  for (let n = 1; n <= 14; n += 1) {
    const night = new Night();
    const staying = unread(100);
    // The channel after it has all the patience that there is.
    let tries = 0;
    const attempt = async () => {
      tries += 1;
      if (tries === 1) throw new Error('away');
      return null;
    };
    night.stations = [staying.station, { way: 'channel', what: 'C0INC', severities: ['P0'], attempt }];
    await night.run(n);
    await night.run();
    expect(night.tried?.failed).toEqual([]);
    expect(night.tried?.unseen).toEqual([{ way: 'pagerduty-on-call', what: 'PIJ90N7', error: 'PagerDuty answers 503', tried: true }]);
    expect(staying.looks()).toBeGreaterThan(1);
    expect(night.told).toEqual([expect.stringContaining('Whom PagerDuty would call is not known: PagerDuty answers 503.')]);
  }
});

test('a system outside that was not asked to the end is not known, while Slack’s silence stays a fault of its ways', async () => {
  const night = new Night();
  const attempt = async () => {
    throw new Error('away');
  };
  night.stations = (['status-page', 'channel'] as const).map((way) => ({ way, what: 'one', severities: ['P0'], attempt }));
  await night.run();
  expect(night.tried?.failed).toEqual([{ way: 'channel', what: 'one', error: 'no_answer', severities: ['P0'] }]);
  expect(night.tried?.unseen).toEqual([{ way: 'status-page', what: 'one', error: 'it could not be asked', tried: true }]);
});

/** A system outside of Slack that fails like this, so often. `at`: when it was tried, ms after the night’s beginning. */
function failing(way: 'mail' | 'pagerduty' | 'status-page', error: Error, times = Number.POSITIVE_INFINITY) {
  const tried = { times: 0 };
  const attempt = async () => {
    tried.times += 1;
    if (tried.times <= times) throw error;
    return null;
  };
  return { tried, station: { way, what: 'one', severities: ['P0'], attempt } as Station };
}

const PASSING = [
  ['mail', new MailError('away', 'the mail server smtp.example.com:587 cannot be reached')],
  ['mail', new MailError('later', 'the mail server said 451 try again')],
  ['pagerduty', new PagerDutyError('away', 'PagerDuty answers with 500')],
  ['pagerduty', new PagerDutyError('busy', 'PagerDuty takes no more events now (429)')],
  ['pagerduty', new PagerDutyError('unsure', 'PagerDuty did not answer')],
  ['status-page', new StatusPageError('away', 'Statuspage answered 503')],
  ['status-page', new StatusPageError('later', 'Statuspage takes one request a second and was asked too often')],
] as const;

test.each(PASSING)('what may pass is tried again in the same night and is no fault where it passes: %s, %s', async (way, error) => {
  for (const times of [1, 2]) {
    const night = new Night();
    const { station, tried } = failing(way, error, times);
    night.stations = [station];
    await night.run();
    expect([night.recorded, night.told]).toEqual([[{ service: 'shop', people: 3, ways: [{ way, what: 'one' }], failed: [] }], []]);
    expect(tried.times).toBe(times + 1);
  }
});

test.each(PASSING)(
  'what fails each time is told once, after a quarter of an hour at most, wherever the process is killed: %s, %s',
  async (way, error) => {
    for (let n = 0; n <= 16; n += 1) {
      const night = new Night();
      const { station, tried } = failing(way, error);
      night.stations = [station];
      if (n > 0) await night.run(n);
      await night.run();
      expect(night.recorded).toEqual([
        { service: 'shop', people: 3, ways: [], failed: [{ way, what: 'one', error: error.message, severities: ['P0'] }] },
      ]);
      expect(night.told).toEqual([expect.stringContaining(`: ${error.message}. Severity: P0.`)]);
      expect(n > 0 ? [3, 4] : [3]).toContain(tried.times);
      // Whoever dies in a wait waits for it once more here.
      if (n === 0) expect(night.toldAt).toEqual([11 * 60_000]);
    }
  },
);

test('what fails for certain is told at once, and a night that waits for another service holds it up no longer', async () => {
  const night = new Night();
  const certain = { way: 'mail', what: '', severities: ['P0'], attempt: async () => 'the login was not accepted' } as const;
  night.others = [[failing('pagerduty', new PagerDutyError('away', 'PagerDuty answers with 500')).station], [certain]];
  await night.run();
  expect(night.toldAt).toEqual([0, 11 * 60_000]);
  expect(night.told[0]).toContain('Nobody would get mail: the login was not accepted');
  expect(night.recorded.map(({ service }) => service)).toEqual(['shop', 'other1', 'other0']);
});

test('one that fails for certain when it is tried again is told then, and is not tried a third time', async () => {
  const night = new Night();
  let times = 0;
  const attempt = async () => {
    times += 1;
    if (times === 1) throw new StatusPageError('away', 'Statuspage answered 503');
    return 'Statuspage does not accept the key';
  };
  night.stations = [{ way: 'status-page', what: '', severities: ['P0'], attempt }];
  await night.run();
  expect([times, night.toldAt]).toEqual([2, [60_000]]);
  expect(night.tried?.failed).toMatchObject([{ error: 'Statuspage does not accept the key' }]);
});

test('what the configuration asks for no look at is recorded, and alone is no reason for a report', async () => {
  const night = new Night();
  for (const user of [ADA, GRACE, LINUS]) night.addresses[user] = { unseen: 'no scope', tried: false };
  night.stations = [{ way: 'pagerduty-on-call', what: '', severities: ['P0'], attempt: async () => ({ unseen: 'not set', tried: false }) }];
  await night.run();
  expect(night.tried).toMatchObject({ people: 3, ways: [], failed: [] });
  expect(night.tried?.unseen).toHaveLength(4);
  expect(night.told).toEqual([]);
});

test('no address is looked for where nothing is mailed, nor of somebody whom no mail would be sent to', async () => {
  const none = new Night();
  none.isMailed = false;
  await none.run();
  expect(none.looked).toEqual([]);
  const gone = new Night();
  Object.assign(gone.writable, { [ADA]: 'user_disabled', [GRACE]: 'restricted_action' });
  await gone.run();
  expect(gone.looked).toEqual([GRACE, LINUS]);
});

test('who works well is said by name, or by the id where Slack tells no name: the report notifies nobody but who cannot be reached', async () => {
  const night = new Night();
  delete night.names[GRACE];
  Object.assign(night.addresses, { [ADA]: 'no_address', [GRACE]: { unseen: 'user_not_visible', tried: true } });
  Object.assign(night.writable, { [LINUS]: 'restricted_action' });
  await night.run();
  expect(night.told[0]).toContain('• Ada has no mail address');
  expect(night.told[0]).toContain('• Whether U0GRACE has a mail address is not known');
  expect(night.told[0]?.match(/<@[^>]*>/g)).toEqual(Array.from({ length: 2 }, () => '<@U0LINUS>'));
});

/** What a week in which the one who was asked confirmed says, after such a night. */
async function weekAfter(tried: Partial<PathTried>): Promise<readonly string[]> {
  const said: string[] = [];
  let now = Date.parse('2026-11-30T08:00:00Z');
  const at = now + 2 * 60 * 60_000;
  const journal = new Journal({
    begin: () => () => undefined,
    pass: (ms) => {
      now += ms;
    },
    tx: {
      now: async () => now,
      startRun: async () => undefined,
      enqueue: async () => undefined,
      addMessage: async (message) => void said.push(JSON.stringify(message)),
    } satisfies Partial<StoreTx>,
  });
  const asks = { weekday: 'monday', time: '10:00', timeZone: 'UTC' } as const;
  const service: PathService = {
    id: 'shop',
    name: 'Shop',
    channel: 'C0INC',
    lines: [],
    stations: [],
    responders: [{ user: ADA }],
    asks,
    isMailed: true,
  };
  const of = (type: string, data: object) => ({ type, data: { service: 'shop', ...data }, time: `${DAY}T04:30:00.000Z` }) as unknown as StoredRecord;
  const deps: Partial<PathDeps> = {
    store: { now: async () => now } as Partial<Store> as Store,
    withinMs: 60_000,
    services: [service],
    members: async () => ({ users: [ADA], error: null }),
    nameOf: async (user) => user,
    question: () => ({ text: 'asked', blocks: [] }),
    record: async () => undefined,
    records: async () => [
      of('page-path.tried', { people: 1, ways: [], failed: [], ...tried }),
      of('page-path.asked', { at: toIso(at), users: [ADA] }),
      of('page-path.confirmed', { at: toIso(at), user: ADA }),
    ],
  };
  await journal.run((run) => pathAskRun(deps as PathDeps).flow(run, { service: 'shop', at }));
  return said.filter((text) => !text.includes('"asked"'));
}

test('the good word of a week is for a night in which all that was to be looked at was seen, and worked', async () => {
  const unseen = (tried: boolean) => [{ way: 'pagerduty-on-call', what: '', error: 'PagerDuty answers 503', tried }] as const;
  expect(await weekAfter({})).toEqual([expect.stringContaining(':white_check_mark: A page of *Shop* arrives')]);
  expect(await weekAfter({ unseen: unseen(false) })).toEqual([expect.stringContaining(':white_check_mark: A page of *Shop* arrives')]);
  expect(await weekAfter({ failed: [{ way: 'mail', what: '', error: 'away', severities: ['P0'] }] })).toEqual([]);
  expect(await weekAfter({ unseen: unseen(true) })).toEqual([]);
});
