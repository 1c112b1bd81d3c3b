import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CoveredService, type PagerDutySimulator, startPagerDutySimulator } from '../../../simulators/pagerduty/index.ts';
import { pagerDutyCover } from '../../../src/adapters/pagerduty/cover.ts';
import { PagerDutyReadError } from '../../../src/ports/pagerduty.ts';

const HOUR = 3_600_000;
const POLICY = 'PT20YPA';

type Entry = CoveredService['policy']['onCalls'][number];

/** Somebody on call at a level, by a schedule: from an hour ago on, unless told. */
function entry(level: number, user = 'PADA001', from = -HOUR, until = HOUR): Entry {
  const schedule = { id: 'PI7DH85', name: 'Nights' };
  return { level, user: { id: user, name: user }, schedule, start: Date.now() + from, end: Date.now() + until };
}

function service(onCalls: readonly Entry[], status: CoveredService['status'] = 'active'): CoveredService {
  return { id: 'PIJ90N7', name: 'Shop', status, policy: { id: POLICY, name: 'Shop first', onCalls } };
}

describe('What PagerDuty says of a service and of who is on call', () => {
  let pagerduty: PagerDutySimulator;
  beforeAll(async () => {
    pagerduty = await startPagerDutySimulator({
      keys: [],
      apiKeys: [
        { key: 'may-read', reads: ['services', 'oncalls'] },
        { key: 'blind', reads: ['services'], hidesKeys: true },
        { key: 'services-alone', reads: ['services'] },
        { key: 'nothing', reads: [] },
      ],
    });
  });
  afterEach(() => pagerduty.restFaults.clear());
  afterAll(() => pagerduty.stop());

  const reader = (key: string | null = 'may-read', address = pagerduty.url, patience?: number) =>
    pagerDutyCover({ address, key, variable: 'SHOP_REST', ...(patience === undefined ? {} : { patience }) });
  const levels = (key?: string) => reader(key).levels(POLICY);
  async function why(asked: Promise<unknown>): Promise<readonly string[]> {
    const error = await asked.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof PagerDutyReadError)) throw new Error(`not refused: ${String(error)}`);
    return [error.reason, error.message, error.advice];
  }

  test('is its status and its escalation policy', async () => {
    pagerduty.cover(service([], 'maintenance'));
    expect(await reader().service('PIJ90N7', null)).toEqual({ status: 'maintenance', policy: POLICY, hasKey: null });
  });

  const [OURS, ANOTHERS] = ['e93facc04764012d7bfb002500d5d1a6', 'R0123456789ABCDEFGHIJKLMNOPQRSTU'];
  const events = (key: string | null) => ({ id: 'PQ12345', name: 'Events', type: 'events_api_v2_inbound_integration', key }) as const;
  const mail = { id: 'PQ12346', name: 'Mail', type: 'generic_email_inbound_integration', key: null } as const;

  test.each([
    ['the key', [events(ANOTHERS), events(OURS)], true],
    ['another key', [events(ANOTHERS)], false],
    ['mail alone, which has no key', [mail], false],
    ['none at all', [], false],
    ['one whose key is not shown', [events(null), events(ANOTHERS)], null],
    ['the key, beside one whose key is not shown', [events(null), events(OURS)], true],
    ['one whose key is shown in part', [events('e93f****************************')], null],
  ] as const)('is whether an integration of the service has the key: %s', async (_what, integrations, hasKey) => {
    pagerduty.cover({ ...service([]), integrations });
    expect((await reader().service('PIJ90N7', OURS)).hasKey).toBe(hasKey);
    expect(pagerduty.asked.at(-1)).toBe('/services/PIJ90N7?include%5B%5D=integrations');
    // What a key may not see is not known, whatever there is.
    const blind = (await reader('blind').service('PIJ90N7', OURS)).hasKey;
    expect(blind).toBe(integrations.every(({ type }) => type === 'generic_email_inbound_integration') ? false : null);
  });

  test('is each level of the policy at which somebody is on call now, over all pages, and of no other policy', async () => {
    const another = { ...service([entry(3)]), id: 'PIJ90N8' };
    pagerduty.cover({ ...another, policy: { ...another.policy, id: 'PANOTHR' } });
    pagerduty.cover(service([]));
    expect(await levels()).toEqual([]);
    pagerduty.cover(service([entry(1, 'PGONE01', -2 * HOUR, -HOUR), entry(1, 'PLATER1', HOUR, 2 * HOUR), entry(2)]));
    expect(await levels()).toEqual([2]);
    // Who is named in the policy itself is always on call.
    pagerduty.cover(service([{ ...entry(1), schedule: null, start: null, end: null }]));
    expect(await levels()).toEqual([1]);
    const before = pagerduty.asked.length;
    pagerduty.cover(service([...Array.from({ length: 230 }, (_, i) => entry(2, `P${i}`)), entry(1, 'PLAST01')]));
    expect(await levels()).toEqual([1, 2]);
    const query = (offset: number) => `/oncalls?escalation_policy_ids%5B%5D=${POLICY}&limit=100&offset=${offset}`;
    expect(pagerduty.asked.slice(before)).toEqual([query(0), query(100), query(200)]);
  });

  test('is told as what it is where it cannot be read, with the variable and the permission', async () => {
    pagerduty.cover(service([entry(1)]));
    expect(await why(reader(null).service('PIJ90N7', null))).toEqual([
      'key',
      'SHOP_REST is not set',
      expect.stringContaining('read-only API access key'),
    ]);
    expect(await why(levels('another'))).toEqual(['key', 'PagerDuty does not accept the key', expect.stringContaining('Correct SHOP_REST')]);
    expect(await why(reader('nothing').service('PIJ90N7', null))).toEqual([
      'forbidden',
      'this key may not read the service PIJ90N7',
      'Set SHOP_REST to a read-only API access key of the account (what OAuth calls services.read).',
    ]);
    expect(await why(levels('services-alone'))).toEqual([
      'forbidden',
      'this key may not read who is on call',
      'Set SHOP_REST to a read-only API access key of the account (what OAuth calls oncalls.read).',
    ]);
    expect(await why(reader().service('PNOBODY', null))).toEqual([
      'missing',
      'PagerDuty knows no service PNOBODY for this key',
      expect.stringContaining('the id is in the service’s address in PagerDuty'),
    ]);
    for (const status of [500, 502, 503]) {
      pagerduty.restFaults.add({ kind: 'status', status });
      expect((await why(levels())).slice(0, 2)).toEqual(['passing', `PagerDuty answers ${status}`]);
    }
    pagerduty.restFaults.add({ kind: 'status', status: 429 });
    expect((await why(levels())).slice(0, 2)).toEqual(['passing', 'PagerDuty answers no more questions now (429)']);
    pagerduty.restFaults.add({ kind: 'silence' });
    expect((await why(reader('may-read', pagerduty.url, 50).service('PIJ90N7', null))).slice(0, 2)).toEqual([
      'passing',
      expect.stringMatching(/^PagerDuty cannot be asked \(GET to http:.*: no answer within 50 ms\)$/),
    ]);
    pagerduty.restFaults.add({ kind: 'lost-answer' });
    expect((await why(levels()))[0]).toBe('passing');
    expect((await why(reader('may-read', 'http://127.0.0.1:9').service('PIJ90N7', null)))[0]).toBe('passing');
  });

  test.each([
    ['no JSON', '<html>proxy</html>'],
    ['no on-calls', '{}'],
    ['on-calls without their pages', '{"oncalls":[]}'],
    ['somebody on call who is nobody', `{"more":false,"oncalls":[{"escalation_policy":{"id":"${POLICY}"},"escalation_level":1}]}`],
    ['a level that is none', `{"more":false,"oncalls":[{"escalation_policy":{"id":"${POLICY}"},"user":{"id":"P1"},"escalation_level":"1"}]}`],
    ['an empty page and more', '{"more":true,"oncalls":[]}'],
  ])('is not taken for nobody on call where the answer is odd: %s', async (_, body) => {
    await using odd = await answering(body);
    expect((await why(reader('may-read', odd.url).levels(POLICY))).slice(0, 2)).toEqual([
      'odd',
      'PagerDuty gave an answer that its API does not have',
    ]);
  });

  test.each([
    ['no integrations', undefined],
    ['something else', 'none'],
    ['nothing', null],
    ['one that is none', [null]],
    ['one with an odd key', [{ type: 'events_api_v2_inbound_integration', integration_key: 7 }]],
    ['one of no type', [{}]],
  ])('is not taken for a service without the key where integrations are odd: %s', async (_, integrations) => {
    const body = { service: { status: 'active', escalation_policy: { id: POLICY }, integrations } };
    await using odd = await answering(JSON.stringify(body));
    expect(await reader('may-read', odd.url).service('PIJ90N7', OURS)).toEqual({ status: 'active', policy: POLICY, hasKey: null });
  });

  test('is not taken for a service that is on where its status is one that there is not', async () => {
    await using odd = await answering(JSON.stringify({ service: { status: 'paused', escalation_policy: { id: POLICY } } }));
    expect((await why(reader('may-read', odd.url).service('PIJ90N7', null)))[0]).toBe('odd');
  });
});

/** A server that answers everything with this body. */
async function answering(body: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server: Server = createServer((_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
