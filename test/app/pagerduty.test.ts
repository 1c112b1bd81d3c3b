import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { checkPagerDuty } from '../../src/app/doctor/pagerduty.ts';
import { type Config, ConfigError, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { secretsOf } from '../../src/config/secrets.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const KEY = 'e93facc04764012d7bfb002500d5d1a6';

function configOf(line: string, variables: Config['variables'], url: string, more: (text: string) => string = (text) => text): Config {
  const text = more(readFileSync(FILE, 'utf8').replace('    name: SARK\n', `    name: SARK\n${line}`));
  return { path: FILE, file: parseConfig(text, FILE), environment: environmentSchema.parse({ PAGERDUTY_EVENTS_URL: url }), variables };
}

const LINE = '    pagerduty: { routing_key_env: SARK_PAGERDUTY }\n';

describe('The doctor on PagerDuty', () => {
  let simulator: PagerDutySimulator;
  beforeAll(async () => {
    simulator = await startPagerDutySimulator({ keys: [KEY] });
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
    const step = (text: string) => text.replace('{ user: U0LINUS, after: 30m }', '{ user: U0LINUS, after: 30m, pagerduty: true }');
    expect(() => configOf('', {}, 'https://events.pagerduty.com', step)).toThrow(ConfigError);
    expect(() => configOf('', {}, 'https://events.pagerduty.com', step)).toThrow('services.sark.escalation.1.pagerduty');
    expect(configOf(LINE, {}, 'https://events.pagerduty.com', step).file.services['sark']?.pagerduty).toMatchObject({
      severities: ['P0', 'P1'],
      private: false,
    });
  });
});
