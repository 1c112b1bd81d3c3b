import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CoveredService, type PagerDutySimulator, startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { checkPagerDuty, whyNoPages } from '../../src/app/doctor/pagerduty.ts';
import { findCover } from '../../src/app/doctor/pagerduty-cover.ts';
import { type Config, ConfigError, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { secretsOf } from '../../src/config/secrets.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const KEY = 'e93facc04764012d7bfb002500d5d1a6';

function configOf(line: string, variables: Config['variables'], url: string, more: (text: string) => string = (text) => text): Config {
  const text = more(readFileSync(FILE, 'utf8').replace('    name: SARK\n', `    name: SARK\n${line}`));
  return {
    path: FILE,
    file: parseConfig(text, FILE),
    environment: environmentSchema.parse({ PAGERDUTY_EVENTS_URL: url, PAGERDUTY_API_URL: url }),
    variables,
  };
}

const LINE = '    pagerduty: { routing_key_env: SARK_PAGERDUTY }\n';

describe('The doctor on PagerDuty', () => {
  let simulator: PagerDutySimulator;
  beforeAll(async () => {
    simulator = await startPagerDutySimulator({
      keys: [KEY],
      apiKeys: [
        { key: 'may-read', reads: ['services', 'oncalls'] },
        { key: 'blind', reads: ['services', 'oncalls'], hidesKeys: true },
        { key: 'nothing', reads: [] },
      ],
    });
  });
  afterAll(async () => simulator.stop());

  const heard = (text: string) => text.replace('\nwebhooks:\n', '\nwebhooks:\n  pagerduty: { secret_env: PD, default_service: sark }\n');
  async function found(line: string, key?: string, more?: (text: string) => string): Promise<readonly string[]> {
    const checks = await checkPagerDuty(configOf(line, key === undefined ? {} : { SARK_PAGERDUTY: key }, simulator.url, more));
    return checks.map(({ state, name, says }) => `${state} ${name}: ${says}`);
  }

  test('says nothing where nobody uses it, what is wrong with a key by its form, and whether PagerDuty takes it, without paging anybody', async () => {
    const answers = `good PagerDuty: ${new URL(simulator.url).host} answers`;
    expect(await found('')).toEqual([]);
    expect(await found(LINE)).toEqual([answers, 'bad PagerDuty of sark: SARK_PAGERDUTY is not set, so nobody is paged']);
    expect(await found(LINE, 'u+key')).toEqual([
      answers,
      'bad PagerDuty of sark: SARK_PAGERDUTY is not an integration key: those have 32 letters and digits',
    ]);
    expect((await found(LINE, KEY))[1]).toMatch(/^warning PagerDuty of sark: .*Tocsin does not hear what people do in PagerDuty$/);
    expect((await found(LINE, KEY, heard))[1]).toBe('good PagerDuty of sark: PagerDuty takes events under the key, and Tocsin takes its webhooks');
    expect((await found(LINE, 'f'.repeat(32), heard))[1]).toBe(
      'bad PagerDuty of sark: an event under the key of SARK_PAGERDUTY was not taken: PagerDuty refuses the event (400: Invalid routing key)',
    );
    expect(simulator.incidents).toEqual([]);
    const keys = simulator.requests.map(({ body }) => body as { event_action: string; dedup_key: string });
    expect(keys.map(({ event_action: action }) => action)).toEqual(['resolve', 'resolve', 'resolve']);
    expect(new Set(keys.map(({ dedup_key: key }) => key)).size).toBe(3);
  });

  test('the proof hears for certain what is wrong with a key, and what may pass is for whoever tries again', async () => {
    const why = (key: string | null) => whyNoPages(configOf(LINE, key === null ? {} : { SARK_PAGERDUTY: key }, simulator.url), 'sark');
    expect(await why(KEY)).toBeNull();
    expect(await why(null)).toContain('SARK_PAGERDUTY is not set, so nobody is paged. Set it');
    expect(await why('f'.repeat(32))).toContain('an event under the key of SARK_PAGERDUTY was not taken: PagerDuty refuses the event (400');
    for (const [status, reason] of [
      [429, 'busy'],
      [500, 'away'],
      [503, 'away'],
    ] as const) {
      simulator.faults.add({ kind: 'status', status });
      await expect(why(KEY)).rejects.toMatchObject({ reason });
    }
    simulator.faults.add({ kind: 'status', status: 503 });
    const check = (await checkPagerDuty(configOf(LINE, { SARK_PAGERDUTY: KEY }, simulator.url))).find(({ name }) => name === 'PagerDuty of sark');
    expect(check).toMatchObject({
      state: 'bad',
      says: expect.stringContaining('PagerDuty answers with 503'),
      advice: expect.stringContaining('run doctor again'),
    });
    await simulator.away();
    // A connection from before breaks, a new one is refused.
    await expect(why(KEY)).rejects.toMatchObject({ reason: expect.stringMatching(/^(away|unsure)$/) });
    await simulator.back();
  });

  /** What is found of PagerDuty's service, and whom it calls. */
  async function cover(settings: string, variables: Config['variables'] = {}): Promise<{ readonly check: string; readonly proof: unknown }> {
    const line = `    pagerduty: { routing_key_env: SARK_PAGERDUTY${settings} }\n`;
    const config = configOf(line, { SARK_PAGERDUTY: KEY, ...variables }, simulator.url, heard);
    const check = (await checkPagerDuty(config)).find(({ name }) => name === 'PagerDuty on-call of sark');
    return { check: `${check?.state}: ${check?.says}`, proof: await findCover(config, 'sark') };
  }

  /** The service in PagerDuty, with somebody on call at these levels. */
  function covered(levels: readonly number[], status: CoveredService['status'] = 'active'): void {
    const onCalls = levels.map((level) => ({ level, user: { id: 'PADA001', name: 'Ada' }, schedule: null, start: null, end: null }));
    simulator.cover({ id: 'PIJ90N7', name: 'SARK', status, policy: { id: 'PT20YPA', name: 'SARK first', onCalls } });
  }

  const NAMED = ', service: PIJ90N7, api_key_env: SARK_REST';

  test.each([
    ['active', [1, 2], 'good: the service PIJ90N7 is on, and somebody is on call at the first level of its escalation policy PT20YPA'],
    ['critical', [1], 'good: the service PIJ90N7 is on, and somebody is on call at the first level of its escalation policy PT20YPA'],
    ['active', [], 'bad: nobody is on call now at any level of its escalation policy PT20YPA'],
    ['warning', [2, 3], 'bad: nobody is on call now at the first level of its escalation policy PT20YPA, only from level 2 on'],
    ['disabled', [1], 'bad: the service PIJ90N7 is disabled there, so it pages nobody'],
    ['maintenance', [1], 'bad: the service PIJ90N7 is in maintenance there, so it pages nobody until that ends'],
  ] as const)('says whether the service pages anybody (%s) and who is on call (levels %j)', async (status, levels, says) => {
    covered(levels, status);
    const { check, proof } = await cover(NAMED, { SARK_REST: 'may-read' });
    expect(check).toBe(says);
    expect(proof).toBe(says.startsWith('good') ? null : says.replace('bad: ', ''));
  });

  const SOMEBODY = [{ level: 1, user: { id: 'PADA001', name: 'Ada' }, schedule: null, start: null, end: null }];
  const OTHER = 'f'.repeat(32);
  const otherKey = { id: 'PQ12345', name: 'Events', type: 'events_api_v2_inbound_integration', key: OTHER } as const;

  test('warns where none of the service’s integrations has the key: a page under it goes somewhere else, and no key is shown', async () => {
    // Nobody is on call there, which says nothing of a page that goes elsewhere.
    for (const onCalls of [SOMEBODY, []]) {
      const policy = { id: 'PT20YPA', name: 'SARK first', onCalls };
      simulator.cover({ id: 'PIJ90N7', name: 'SARK', status: 'active', policy, integrations: [otherKey] });
      const { check, proof } = await cover(NAMED, { SARK_REST: 'may-read' });
      const says =
        'none of the integrations of the service PIJ90N7 has the key of SARK_PAGERDUTY, so a page goes to another service or to an event orchestration, if PagerDuty takes it';
      expect(check).toBe(`warning: not known: ${says}`);
      expect(proof).toEqual({ unseen: expect.stringContaining(`${says}. Set SARK_PAGERDUTY to the key of one of its integrations`), tried: true });
      for (const said of [check, JSON.stringify(proof)]) expect(said).not.toMatch(new RegExp(`${KEY}|${OTHER}|may-read`));
    }
  });

  test('says what is read of the service where the key is said to be an orchestration’s', async () => {
    const policy = { id: 'PT20YPA', name: 'SARK first', onCalls: SOMEBODY };
    simulator.cover({ id: 'PIJ90N7', name: 'SARK', status: 'active', policy, integrations: [otherKey] });
    const { check, proof } = await cover(`${NAMED}, orchestration: true`, { SARK_REST: 'may-read' });
    expect([check.startsWith('good: the service PIJ90N7 is on'), proof]).toEqual([true, null]);
  });

  test('takes a key that PagerDuty does not show neither for right nor for wrong, and still finds nobody on call', async () => {
    covered([1]);
    const { check, proof } = await cover(NAMED, { SARK_REST: 'blind' });
    const says =
      'the service PIJ90N7 is on, and somebody is on call at the first level of its escalation policy PT20YPA, but PagerDuty does not show whether the key of SARK_PAGERDUTY is one of its integrations’';
    expect([check, proof]).toEqual([`unknown: not known: ${says}`, { unseen: says, tried: false }]);
    covered([]);
    expect((await cover(NAMED, { SARK_REST: 'blind' })).proof).toBe('nobody is on call now at any level of its escalation policy PT20YPA');
  });

  test('compares no key that is not set: that is said already', async () => {
    covered([1]);
    const { check, proof } = await cover(NAMED, { SARK_REST: 'may-read', SARK_PAGERDUTY: '' });
    expect([check.startsWith('good: the service PIJ90N7 is on'), proof]).toEqual([true, null]);
  });

  test('says what is not known where no service is named, and finds nothing wrong', async () => {
    const says = 'pagerduty.service is not set, so neither the service there nor who is on call is looked at';
    expect(await cover('')).toEqual({ check: `unknown: not known: ${says}`, proof: { unseen: says, tried: false } });
  });

  test('finds nobody missing where it could not read, and says why: the key, its rights, the id, or PagerDuty', async () => {
    covered([]);
    const not = async (variables: Config['variables'], settings = NAMED) => {
      const { check, proof } = await cover(settings, variables);
      expect(proof).toEqual({ unseen: expect.any(String), tried: true });
      return [check, (proof as { readonly unseen: string }).unseen];
    };
    expect(await not({})).toEqual([
      'bad: not known: SARK_REST is not set',
      'SARK_REST is not set. Set it to a read-only API access key of PagerDuty’s REST API',
    ]);
    expect((await not({}, ', service: PIJ90N7'))[0]).toBe('bad: not known: PAGERDUTY_API_KEY is not set');
    expect((await not({ SARK_REST: 'another' }))[0]).toBe('bad: not known: PagerDuty does not accept the key');
    expect(await not({ SARK_REST: 'nothing' })).toEqual([
      'bad: not known: this key may not read the service PIJ90N7',
      'this key may not read the service PIJ90N7. Set SARK_REST to a read-only API access key of the account (what OAuth calls services.read)',
    ]);
    expect((await not({ SARK_REST: 'may-read' }, ', service: PNOBODY, api_key_env: SARK_REST'))[0]).toBe(
      'bad: not known: PagerDuty knows no service PNOBODY for this key',
    );
    for (const [status, says] of [
      [418, 'PagerDuty answers 418'],
      [429, 'PagerDuty answers no more questions now (429)'],
      [503, 'PagerDuty answers 503'],
    ] as const) {
      const line = '    pagerduty: { routing_key_env: SARK_PAGERDUTY, service: PIJ90N7, api_key_env: SARK_REST }\n';
      const config = configOf(line, { SARK_PAGERDUTY: KEY, SARK_REST: 'may-read' }, simulator.url, heard);
      const before = simulator.asked.length;
      simulator.restFaults.add({ kind: 'status', status });
      const check = (await checkPagerDuty(config)).find(({ name }) => name === 'PagerDuty on-call of sark');
      expect([check?.state, check?.says]).toEqual(['unknown', `not known: ${says}`]);
      // Doctor asks once; the proof tries again what passes, and so is not told that it is not known.
      expect(simulator.asked).toHaveLength(before + 1);
      simulator.restFaults.add({ kind: 'status', status });
      const proof = findCover(config, 'sark');
      if (status === 418) expect(await proof).toEqual({ unseen: says, tried: true });
      else await expect(proof).rejects.toMatchObject({ code: 'pagerduty-unread', message: says });
    }
  });

  test('reads with PAGERDUTY_API_KEY where no other variable is named', async () => {
    covered([1]);
    const line = '    pagerduty: { routing_key_env: SARK_PAGERDUTY, service: PIJ90N7 }\n';
    const config = configOf(line, { SARK_PAGERDUTY: KEY }, simulator.url, heard);
    const environment = { ...config.environment, PAGERDUTY_API_KEY: 'may-read' };
    expect(await findCover({ ...config, environment }, 'sark')).toBeNull();
  });

  test('says that PagerDuty cannot be reached', async () => {
    await simulator.away();
    const [address, key] = await found(LINE, KEY);
    expect(address).toMatch(/^bad PagerDuty: PagerDuty cannot be reached/);
    expect(key).toMatch(/^warning PagerDuty of sark: the key looks right \(not tried\);/);
    await simulator.back();
  });
});

describe('The settings of PagerDuty', () => {
  test('keep the key a secret, and refuse a step that nobody pages for', () => {
    expect(secretsOf(configOf(LINE, { SARK_PAGERDUTY: KEY }, 'https://events.pagerduty.com'))).toContain(KEY);
    const read = '    pagerduty: { routing_key_env: SARK_PAGERDUTY, service: PIJ90N7, api_key_env: SARK_REST }\n';
    expect(secretsOf(configOf(read, { SARK_REST: 'rest-key' }, 'https://events.pagerduty.com'))).toContain('rest-key');
    for (const [from, to, where] of [
      ['service: PIJ90N7, ', '', 'services.sark.pagerduty.api_key_env'],
      ['PIJ90N7', 'My service', 'services.sark.pagerduty.service'],
      ['service: PIJ90N7, api_key_env: SARK_REST', 'orchestration: true', 'services.sark.pagerduty.orchestration'],
    ] as const)
      expect(() => configOf(read.replace(from, to), {}, 'https://events.pagerduty.com')).toThrow(where);
    const step = (text: string) => text.replace('{ user: U0LINUS, after: 30m }', '{ user: U0LINUS, after: 30m, pagerduty: true }');
    expect(() => configOf('', {}, 'https://events.pagerduty.com', step)).toThrow(ConfigError);
    expect(() => configOf('', {}, 'https://events.pagerduty.com', step)).toThrow('services.sark.escalation.1.pagerduty');
    expect(configOf(LINE, {}, 'https://events.pagerduty.com', step).file.services['sark']?.pagerduty).toMatchObject({
      severities: ['P0', 'P1'],
      private: false,
    });
  });
});
