import { expect, test } from '@jest/globals';
import { StatuspageSimulator } from '../../simulators/statuspage/index.ts';
import { statuspage } from '../../src/adapters/statuspage/statuspage.ts';
import type { SystemCommand } from '../../src/domain/incident/commands.ts';
import type { Json } from '../../src/domain/record.ts';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { noticeMailRun } from '../../src/engine/notices/mail-run.ts';
import { noticePageRun } from '../../src/engine/notices/page-run.ts';
import type { NoticeDeps } from '../../src/engine/notices/ports.ts';
import { MailError, type MailServer } from '../../src/ports/mail.ts';
import type { RunContext } from '../../src/ports/runs.ts';
import type { Store } from '../../src/ports/store.ts';
import { ada, declaring, Life, policy, START } from '../domain/helpers/incidents.ts';

const TERMS = { name: 'Shop', subject: 'Notice', first_ms: 1, every_ms: 1, approval: false, places: ['status-page'] } as const;
const FIELDS = { subject: 'Slow', facts: 'Orders are slow.', doing: 'We work on it' };

/** Processes that die before the n-th note of what was done: what was noted stays, what was at work is begun anew. */
function dying(journal: Map<string, Json>, diesBefore: number): RunContext {
  let left = diesBefore;
  const once = async <T extends Json>(name: string, work: () => Promise<T>): Promise<T> => {
    if (journal.has(name)) return journal.get(name) as T;
    const output = await work();
    left -= 1;
    if (left === 0) throw new Error('killed');
    journal.set(name, output);
    return output;
  };
  return {
    id: 'run',
    step: (name, work) => once(name, () => work(name)),
    write: (name, work) => once(name, () => work({} as Parameters<typeof work>[0])),
    writeAfter: () => Promise.reject(new Error('not used')),
    sleep: async (name, ms) => void (await once(name, async () => ms)),
    signal: async () => null,
  };
}

function published(places: readonly ('customers' | 'status-page')[] = TERMS.places): Life {
  const life = new Life();
  life.ask(declaring('P1', { policy: { ...policy, notices: { ...TERMS, places } } }));
  life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS }, ada);
  return life;
}

function depsOf(life: Life, page: Pick<StatuspageSimulator, 'url' | 'key' | 'page'>, told: SystemCommand[]): NoticeDeps {
  return {
    store: { now: async () => START } as Store,
    incidents: {
      find: async () => life.incident,
      tell: async (_tx: unknown, _id: string, ask: SystemCommand) => void told.push(ask),
    } as unknown as Incidents,
    server: null,
    customersOf: () => null,
    pageOf: () => statuspage({ address: page.url, key: page.key, page: page.page, components: [], installation: async () => '1a2b3c4d' }),
    installation: async () => '1a2b3c4d',
    html: () => '',
  };
}

test.each([1, 2, 3])('a bot that is killed before its note %i publishes a notice once', async (diesBefore) => {
  const page = await StatuspageSimulator.start();
  try {
    const told: SystemCommand[] = [];
    const journal = new Map<string, Json>();
    const run = noticePageRun(depsOf(published(), page, told));
    const input = { incident: 'INC-2026-0001', plan: 'PLN-1', digest: 'd' };
    await expect(run.flow(dying(journal, diesBefore), input)).rejects.toThrow('killed');
    await run.flow(dying(journal, 99), input);
    expect(page.incidents).toHaveLength(1);
    expect(page.incidents[0]?.incident_updates).toHaveLength(1);
    expect(told.at(-1)).toMatchObject({ event: { type: 'notice.published' } });
  } finally {
    await page.stop();
  }
});

test('an older notice never comes after a newer one', async () => {
  const page = await StatuspageSimulator.start();
  try {
    const told: SystemCommand[] = [];
    const life = published();
    life.at += 1;
    life.ask({ type: 'request-notice', id: 'PLN-2', ...FIELDS, facts: 'It works.' }, ada);
    const run = noticePageRun(depsOf(life, page, told));
    await run.flow(dying(new Map(), 99), { incident: 'INC-2026-0001', plan: 'PLN-1', digest: 'd' });
    expect(page.incidents).toEqual([]);
    expect(told).toMatchObject([{ event: { type: 'notice.failed', data: { replaced: true, waits: false } } }]);
  } finally {
    await page.stop();
  }
});

test.each(['customers', 'status-page'] as const)(
  'a notice of the end that waits while the incident is opened again goes nowhere: %s',
  async (place) => {
    const told: SystemCommand[] = [];
    const life = new Life();
    life.ask(declaring('P1', { policy: { ...policy, notices: { ...TERMS, places: [place] } } }));
    life.ask({ type: 'resolve', summary: 'done' });
    life.ask({ type: 'request-notice', id: 'PLN-1', ...FIELDS, facts: 'It is over.' }, ada);
    expect(life.incident.plans['PLN-1']?.notice?.status).toBe('resolved');
    const tries: string[] = [];
    const server: MailServer = {
      verify: async () => undefined,
      send: async (_letter, to) => {
        tries.push(to);
        throw new MailError('away', 'the mail server is away');
      },
    };
    const deps: NoticeDeps = {
      ...depsOf(life, { url: 'http://127.0.0.1:1', key: '', page: '' }, told),
      server,
      customersOf: () => ({ from: 's@example.com', sender: 'Shop', to: ['a@example.com'] }),
    };
    const reopens = async () => {
      life.at += 1;
      life.ask({ type: 'reopen', reason: 'it came back' });
    };
    const run = place === 'customers' ? noticeMailRun(deps) : noticePageRun(deps);
    await run.flow({ ...dying(new Map(), 99), sleep: reopens }, { incident: 'INC-2026-0001', plan: 'PLN-1', digest: 'd' });
    const heard = told.flatMap((one) => (one.type === 'change' && one.event.type === 'notice.failed' ? [one.event.data] : []));
    expect(heard.slice(0, 2)).toMatchObject([{ waits: true }, { waits: false, replaced: true, error: expect.stringContaining('it is open again') }]);
    expect(tries).toHaveLength(place === 'customers' ? 1 : 0);
  },
);

test('a notice that waits for the mail server is not mailed after a newer one, and whoever has it already counts', async () => {
  const told: SystemCommand[] = [];
  const sent: string[] = [];
  const life = published(['customers']);
  const server: MailServer = {
    verify: async () => undefined,
    send: async ({ text }, to) => {
      if (to === 'b@example.com' && text.includes(FIELDS.facts)) throw new MailError('later', 'greylisted');
      sent.push(`${to}: ${text.split('\n')[0]}`);
    },
  };
  const deps: NoticeDeps = {
    ...depsOf(life, { url: '', key: '', page: '' }, told),
    server,
    customersOf: () => ({ from: 's@example.com', sender: 'Shop', to: ['a@example.com', 'b@example.com'] }),
  };
  const about = { incident: 'INC-2026-0001', digest: 'd' };
  const context = dying(new Map(), 99);
  const newer = async () => {
    life.at += 1;
    life.ask({ type: 'request-notice', id: 'PLN-2', ...FIELDS, facts: 'It works.' }, ada);
    await noticeMailRun(deps).flow(dying(new Map(), 99), { ...about, plan: 'PLN-2' });
  };
  await noticeMailRun(deps).flow({ ...context, sleep: newer }, { ...about, plan: 'PLN-1' });
  expect(sent).toEqual(['a@example.com: Orders are slow.', 'a@example.com: It works.', 'b@example.com: It works.']);
  expect(told.flatMap((one) => (one.type === 'change' ? [one.event] : []))).toMatchObject([
    { type: 'notice.failed', data: { plan: 'PLN-1', waits: true } },
    { type: 'notice.published', data: { plan: 'PLN-2', recipients: 2 } },
    { type: 'notice.published', data: { plan: 'PLN-1', recipients: 1 } },
    { type: 'notice.failed', data: { plan: 'PLN-1', recipients: 1, waits: false, replaced: true } },
  ]);
});
