import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demoSeed } from '../../demo/workspace.ts';
import { CalendarSimulator } from '../../simulators/calendar/index.ts';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { checkReach } from '../../src/app/doctor/reach.ts';
import { lookAtRotas } from '../../src/app/doctor/rotas.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { calendarOf, stamp } from '../helpers/calendar.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const HOUR = 3_600_000;

describe('[VQ-25] the doctor says of a rota that is kept elsewhere', () => {
  let slack: SlackSimulator;
  let calendar: CalendarSimulator;
  let pagerduty: PagerDutySimulator;
  beforeAll(async () => {
    const seed = demoSeed();
    const users = seed.users.map((user) => ({ ...user, email: `${user.name}@example.com` }));
    slack = await startSlackSimulator({ seed: { ...seed, users, bot: { ...seed.bot, scopes: [...seed.bot.scopes, 'users:read.email'] } } });
    calendar = await CalendarSimulator.start();
    pagerduty = await startPagerDutySimulator({ keys: [], apiKeys: [{ key: 'narrow', reads: [] }] });
  });
  afterAll(async () => {
    await slack.close();
    await calendar.stop();
    await pagerduty.stop();
  });

  async function look(rota: string, more: Readonly<Record<string, string>> = {}) {
    const environment = environmentSchema.parse({
      SLACK_BOT_TOKEN: demoSeed().bot.token,
      SLACK_API_URL: slack.apiUrl,
      PAGERDUTY_API_URL: pagerduty.url,
      ...more,
    });
    const text = (await readFile(FILE, 'utf8')).replace(/^rotas:\n(?: .*\n)*/m, `rotas:\n  knowledge: ${rota}\n`);
    const config = { path: FILE, file: parseConfig(text, FILE), environment, variables: { CALENDAR: calendar.url } };
    const { rotas, checks } = await lookAtRotas(config);
    const reach = (await checkReach(config, Promise.resolve(rotas))).find(({ name }) => name === 'Reach of vaultmesh-qbusiness');
    return { checks: checks.map(({ state, says }) => `${state}: ${says}`), reach: `${reach?.state}: ${reach?.says}` };
  }

  const turn = (from: number, mail: string) => [
    `DTSTART:${stamp(Date.now() + from * HOUR)}`,
    `DTEND:${stamp(Date.now() + (from + 8) * HOUR)}`,
    `SUMMARY:${mail}`,
    `ATTENDEE:mailto:${mail}`,
  ];

  test('who is on call by it, and whom a page would reach; who cannot act is named before their turn comes', async () => {
    calendar.publish(calendarOf([turn(-1, 'ada@example.com'), turn(7, 'grace@example.com')]));
    const good = await look('{ ical: { url_env: CALENDAR } }');
    expect(good.checks).toEqual([expect.stringMatching(/^good: U0ADA is on call until .*; 2 turns in the next twelve weeks$/)]);
    expect(good.reach).toMatch(/^good: A P0 of vaultmesh-qbusiness tonight reaches/);
    slack.changeUser('U0GRACE', { is_restricted: true });
    expect((await look('{ ical: { url_env: CALENDAR } }')).reach).toContain('rotas.knowledge (<@U0GRACE>) could not act: a guest may not act');
    slack.changeUser('U0GRACE', { is_restricted: false });
  });

  test('that nobody is on call now, and who is not in Slack', async () => {
    calendar.publish(calendarOf([turn(3, 'stranger@example.com')]));
    const { checks, reach } = await look('{ ical: { url_env: CALENDAR } }');
    expect(checks).toEqual([
      expect.stringMatching(/^warning: nobody is on call; 1 turn/),
      'warning: Slack knows nobody for 1 name (“stranger@example.com”): add them to rotas.knowledge.people in tocsin.yml',
    ]);
    expect(reach).toContain('could not act: nobody is on call');
  });

  test('that it cannot be read, and what is missing for that', async () => {
    calendar.fail({ kind: 'status', status: 404 });
    expect((await look('{ ical: { url_env: CALENDAR } }')).checks).toEqual([expect.stringContaining('bad: the calendar’s server refuses it (404)')]);
    expect((await look('{ ical: { url_env: UNSET } }')).checks).toEqual([expect.stringContaining('bad: UNSET is not set')]);
    calendar.fail(null);
    expect((await look('{ pagerduty: PI7DH85 }')).checks).toEqual([expect.stringContaining('bad: PAGERDUTY_API_KEY is not set')]);
    expect((await look('{ pagerduty: PI7DH85 }', { PAGERDUTY_API_KEY: 'narrow' })).checks).toEqual([
      expect.stringContaining('bad: this key may not read the schedule PI7DH85'),
    ]);
  });

  test.each([
    ['a bot that has read all of them', 'tocsin_rota_copy_oldest_seconds 120\n', '. The oldest copy of the running bot is 2 min old'],
    ['a bot that never read one of them', 'tocsin_rota_copy_oldest_seconds NaN\n', '. The running bot has none of at least one rota'],
    ['a bot without this rota', 'tocsin_up 1\n', ''],
    ['no bot', null, ''],
  ])('what counts while it cannot be read, and promises no copy that nobody has: %s', async (_, metrics, copies) => {
    const bot = createServer((_request, response) => response.end(metrics));
    await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', resolve));
    const { port } = bot.address() as AddressInfo;
    const close = () => new Promise((resolve) => bot.close(resolve));
    if (metrics === null) await close();
    calendar.fail({ kind: 'status', status: 404 });
    try {
      const { checks } = await look('{ ical: { url_env: CALENDAR } }', { TOCSIN_OPS_PORT: String(port) });
      expect(checks).toEqual([
        `bad: the calendar’s server refuses it (404). Until it can be read, its last good copy counts; where there is none, nobody is on call by it${copies}`,
      ]);
    } finally {
      calendar.fail(null);
      if (metrics !== null) await close();
    }
  });
});
