import { expect, test } from '@jest/globals';
import { checkPagePath } from '../../src/app/doctor/page-path.ts';
import type { StoredRecord } from '../../src/domain/record.ts';
import { WEEKDAYS } from '../../src/domain/rota/rota.ts';
import { nextDigest } from '../../src/engine/figures/digest.ts';
import { toIso } from '../../src/lib/time.ts';
import { dayIn, timeIn, weekdayOf } from '../../src/lib/zoned.ts';
import { recordsOfTypesSince } from '../../src/store/newest.ts';
import { withoutAnchor } from './helpers/anchor.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, directMessages, PAGERDUTY_KEY, readable, typesOf, type World, withMails } from './helpers/world.ts';

const ADA = 'U0ADA';
const GRACE = 'U0GRACE';
const DAY = 24 * 60;

/** Times of the configuration are so far from the test's beginning, whenever it runs: a night within each day, and a question after the first five. */
const BEGUN = Date.now();
const HOUR = 3_600_000;
const ZONE = 'Europe/Berlin';
const NIGHT = toIso(BEGUN + 12 * HOUR).slice(11, 16);
const ASKED = BEGUN + 5 * 24 * HOUR + 4 * HOUR;
const ASK = { weekday: WEEKDAYS[weekdayOf(dayIn(ZONE, ASKED))] ?? 'monday', time: timeIn(ZONE, ASKED), timeZone: ZONE };

const VARIABLES = {
  AUREUS_PAGERDUTY: PAGERDUTY_KEY,
  SARK_API_TOKEN: 'none',
  GUARD_TRIP_SECRET: 'what-the-guards-sign-with',
  LEDGER_DATABASE_URL: 'postgresql://ledger@127.0.0.1:1/ledger',
};

/** AUREUS pages by PagerDuty, mails a stakeholder and has a status page; it alone is left of the services, with its group of two. */
function configured(text: string): string {
  const notices = 'notices: { approval: false, status_page: { kind: statuspage, page: tocsinpage01, components: [aureus01] } }';
  const aureus = text.slice(text.indexOf('\n  aureus:\n'), text.indexOf('\n  sark:\n'));
  const rest = text.slice(text.indexOf('\nroles:\n'));
  const service = aureus.replace(
    /^ {4}name: AUREUS Platform$/m,
    `$&\n    pagerduty: { routing_key_env: AUREUS_PAGERDUTY, service: PIJ90N7 }\n    ${notices}`,
  );
  return `mail: { from: tocsin@example.com, stakeholders: [cto@example.com] }
page_path: { at: "${NIGHT}", ask: ${ASK.weekday} ${ASK.time}, confirm_within: 24h }
services:${service}\n${rest.slice(0, rest.indexOf('\nwebhooks:\n'))}\n`;
}

describeWorld(
  'The proof that a page arrives',
  { delivery: 'http', mail: true, pagerduty: true, statuspage: ['aureus01'], config: configured, seed: withMails, variables: VARIABLES },
  (world) => {
    const tried = async () => (await records(world(), 'page-path.tried')).at(-1)?.data as { failed: unknown[]; ways: unknown[]; people: number };
    const said = () =>
      world()
        .texts(DEMO.incidents)
        .filter((text) => /page of \*AUREUS|test message/i.test(text));

    /** A night in which what may pass is tried again, as often as that is done. */
    const restlessNight = async () => {
      for (const minutes of [DAY, 1, 10]) await world().later(minutes);
    };

    /** Who is on call in PagerDuty, at which level. */
    const onCallThere = (...levels: readonly number[]) => {
      const onCalls = levels.map((level) => ({ level, user: { id: 'PADA001', name: 'Ada' }, schedule: null, start: null, end: null }));
      world().pagerduty.cover({ id: 'PIJ90N7', name: 'AUREUS', status: 'active', policy: { id: 'PT20YPA', name: 'AUREUS first', onCalls } });
    };

    test('each night every way is tried, and nobody sees anything of it while all works', async () => {
      // The bot that has just started is about to wait for the night.
      await world().settled();
      onCallThere(1, 2);
      const before = everything(world());
      await world().later(DAY);
      expect(await tried()).toEqual({
        service: 'aureus',
        people: 6,
        ways: [
          { way: 'channel', what: DEMO.incidents },
          { way: 'channel', what: DEMO.opsEscalations },
          { way: 'pagerduty', what: 'AUREUS_PAGERDUTY' },
          { way: 'pagerduty-on-call', what: 'PIJ90N7' },
          { way: 'mail', what: '' },
          { way: 'status-page', what: '' },
        ],
        failed: [],
      });
      expect(world().slack.calls('chat.scheduleMessage').length).toBe(8);
      expect(await scheduled(world())).toEqual([]);
      expect(everything(world())).toEqual(before);
      expect(world().pagerduty.requests).toEqual([{ status: 202, body: expect.objectContaining({ event_action: 'resolve' }) }]);
      expect(world().pagerduty.incidents).toEqual([]);
      expect(world().pagerduty.asked).toEqual([
        '/services/PIJ90N7?include%5B%5D=integrations',
        '/oncalls?escalation_policy_ids%5B%5D=PT20YPA&limit=100&offset=0',
      ]);
      expect(world().mail.taken).toEqual([]);
      expect(world().statuspage.incidents).toEqual([]);
      const last = (await records(world(), 'page-path.tried')).at(-1);
      expect(await metric(world(), 'tocsin_page_path_last_look_timestamp_seconds')).toBe(Date.parse(last?.time ?? '') / 1_000);
      const [check] = await checkPagePath(world().config);
      expect(check).toMatchObject({ state: 'good', says: expect.stringMatching(/Last tried at \d{4}-\d\d-\d\d \d\d:\d\d UTC$/) });
    });

    test('what does not work is said in the channel with the severities that it is a way of, and by the doctor', async () => {
      world().slack.changeUser('U0LINUS', { deleted: true });
      world().slack.changeUser(GRACE, { email: '' });
      for (const change of ['make-private', 'remove-app'] as const) world().slack.administer(DEMO.opsEscalations, change, ADA);
      await world().mail.away();
      world().statuspage.refuses = 401;
      // The integration is gone: PagerDuty answers, and does not know the key.
      world().pagerduty.faults.add({ kind: 'status', status: 400 });
      onCallThere();
      await restlessNight();
      onCallThere(1);
      world().slack.changeUser('U0LINUS', { deleted: false });
      world().slack.changeUser(GRACE, { email: 'grace@example.com' });
      await world().mail.back();
      world().statuspage.refuses = null;
      expect(said()).toHaveLength(1);
      const [report = ''] = said();
      expect(report).toContain('A page of *AUREUS Platform* would not arrive by every way');
      expect(report).toContain('<@U0LINUS> gets no direct message: the account is deactivated (user_disabled). Severities: P0 to P3.');
      expect(report).toContain(
        `<#${DEMO.opsEscalations}> takes no message: Slack does not know the channel, or Tocsin is not in it (channel_not_found). Severities: P0 to P3.`,
      );
      expect(report).toMatch(/Nobody would get mail: the mail server .* cannot be reached\. Severities: P0 to P3\./);
      expect(report).toContain('The status page would show nothing: Statuspage does not accept the key');
      expect(report).toContain('an event under the key of AUREUS_PAGERDUTY was not taken: PagerDuty refuses the event (400');
      expect(report).toContain(
        'PagerDuty would not call whom it should: nobody is on call now at any level of its escalation policy PT20YPA. Severities: P0, P1.',
      );
      expect(report).toContain('• grace has no mail address that Tocsin knows');
      expect(report).not.toContain('@example.com');
      expect(report).toContain(`What works: 5 people by direct message, <#${DEMO.incidents}>.`);
      const [check] = await checkPagePath(world().config);
      expect(check).toMatchObject({ name: 'Page path of aureus', state: 'bad', says: expect.stringContaining('U0LINUS gets no direct message') });
      expect(await metric(world(), 'tocsin_page_path_failures')).toBe(7);
    });

    test('what PagerDuty does not tell is said as not known, and nobody is missed for it', async () => {
      const before = said().length;
      onCallThere();
      // A moment passes, and is no finding; a right that the key lacks does not.
      world().pagerduty.restFaults.add({ kind: 'status', status: 503 });
      world().pagerduty.restFaults.add({ kind: 'status', status: 403 });
      world().pagerduty.faults.add({ kind: 'status', status: 503 }, 2);
      world().slack.administer(DEMO.opsEscalations, 'make-public', ADA);
      await restlessNight();
      onCallThere(1);
      expect((await tried()).failed).toEqual([]);
      expect(said().slice(before)).toEqual([
        expect.stringContaining('It is not known whether a page of *AUREUS Platform* would arrive by every way.'),
      ]);
      expect(said().at(-1)).toContain(
        '• Whom PagerDuty would call is not known: this key may not read the service PIJ90N7. Set PAGERDUTY_API_KEY to a read-only API access key of the account (what OAuth calls services.read).',
      );
      expect(said().at(-1)).toContain('What works: 6 people by direct message');
      const [check] = await checkPagePath(world().config);
      expect(check).toMatchObject({
        state: 'unknown',
        says: expect.stringMatching(
          /^Whom PagerDuty would call is not known: this key may not read the service PIJ90N7\. Set PAGERDUTY_API_KEY to a read-only API access key of the account \(what OAuth calls services\.read\)\. Last tried at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
        ),
      });
      expect([await metric(world(), 'tocsin_page_path_failures'), await metric(world(), 'tocsin_page_path_unseen')]).toEqual([0, 1]);
      world().slack.administer(DEMO.opsEscalations, 'make-private', ADA);
    });

    test('a try whose answer is lost, and one that dies in between, leave nothing behind', async () => {
      world().slack.faults.add({ kind: 'torn', method: 'chat.scheduleMessage' });
      world().slack.faults.add({ kind: 'http_error', status: 500, method: 'chat.deleteScheduledMessage' });
      await world().later(DAY);
      expect(world().slack.faults.list()).toEqual([]);
      expect(await scheduled(world())).toEqual([]);
      expect((await tried()).failed).toEqual([expect.objectContaining({ way: 'channel', error: 'channel_not_found' })]);
      world().slack.administer(DEMO.opsEscalations, 'make-public', ADA);
      await world().later(DAY);
      expect((await tried()).failed).toEqual([]);
    });

    test('once a week the on-call confirm one message by day; who does not is named a day later, and may still do so', async () => {
      const before = said().length;
      await untilAsked(world());
      for (const user of [ADA, GRACE]) expect(await question(world(), user)).toContain('This is a test, and nothing has happened');
      await press(world(), GRACE);
      expect(await question(world(), GRACE)).toContain('a page reaches you');
      await untilOver(world());
      expect(said().slice(before)).toEqual([
        expect.stringContaining('<@U0ADA> did not confirm this week’s test message of *AUREUS Platform* within 1 d'),
      ]);
      expect(await metric(world(), 'tocsin_page_path_unconfirmed')).toBe(1);
      const [late] = await checkPagePath(world().config);
      expect(late).toMatchObject({
        state: 'warning',
        says: expect.stringMatching(/^U0ADA did not confirm the test message of \d{4}-\d\d-\d\d\. Last tried at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/),
      });
      await press(world(), ADA);
      expect(await records(world(), 'page-path.confirmed')).toHaveLength(2);
      expect(await metric(world(), 'tocsin_page_path_unconfirmed')).toBe(0);
    });

    test('a week in which all is well has one line that says who confirmed and what works', async () => {
      const before = said().length;
      await untilAsked(world());
      for (const user of [ADA, GRACE]) await press(world(), user);
      await untilOver(world());
      expect(said().slice(before)).toHaveLength(1);
      expect(said().at(-1)).toContain('A page of *AUREUS Platform* arrives: <@U0ADA>, <@U0GRACE> confirmed this week’s test message.');
      expect(said().at(-1)).toContain('Tried last night: 6 people by direct message');
      const [check] = await checkPagePath(world().config);
      expect(check).toMatchObject({ state: 'good', says: expect.stringContaining('confirmed by U0ADA, U0GRACE') });
      expect(await typesOf(world(), 'system')).not.toContain('command.refused');
    });

    test('after a downtime nobody is asked at night: that week has no question, and the next one has', async () => {
      const asked = async () => (await records(world(), 'page-path.asked')).length;
      const before = await asked();
      await untilAsked(world(), 12 * 60);
      expect(await asked()).toBe(before);
      await untilAsked(world());
      expect(await asked()).toBe(before + 1);
      for (const user of [ADA, GRACE]) await press(world(), user);
    });

    test('how it stands follows from the last two months: what was before is not read again and again', async () => {
      const before = (await records(world(), 'page-path.tried')).length;
      await world().later(61 * DAY);
      await world().later(DAY);
      const { database, store } = world().tocsin;
      const since = new Date((await store.now()) - 60 * DAY * 60_000).toISOString();
      const read = await recordsOfTypesSince(database, 'system', ['page-path.tried', 'page-path.confirmed'], since);
      const all = await records(world(), 'page-path.tried');
      expect(all.length).toBeGreaterThan(before);
      expect(read.filter(({ type }) => type === 'page-path.tried')).toEqual(all.slice(before));
      expect(await metric(world(), 'tocsin_page_path_failures')).toBe(0);
    });
  },
);

async function records(world: World, type: string): Promise<readonly StoredRecord[]> {
  return (await world.tocsin.store.records('system')).filter((record) => record.type === type);
}

/** Everything that anybody could see in Slack. */
function everything(world: World): readonly string[] {
  return withoutAnchor(world.slack.channels().flatMap(({ id }) => world.texts(id).map((text) => `${id} ${text}`)));
}

async function scheduled(world: World): Promise<unknown> {
  const answer = await fetch(`${world.slack.apiUrl}chat.scheduledMessages.list`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.config.environment.SLACK_BOT_TOKEN}` },
  });
  return ((await answer.json()) as { scheduled_messages: unknown }).scheduled_messages;
}

async function metric(world: World, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${world.tocsin.ops.port}/metrics`)).text();
  return Number(new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function untilAsked(world: World, lateMinutes = 1): Promise<void> {
  // What is about to wait for that moment knows the time before it passes.
  await world.settled();
  const now = await world.tocsin.store.now();
  const at = nextDigest(ASK, now);
  await world.later((at - now) / 60_000 + lateMinutes);
}

/** Until a question is over, with the night in between. */
async function untilOver(world: World): Promise<void> {
  for (const minutes of [DAY / 2, DAY / 2 + 1]) await world.later(minutes);
}

async function question(world: World, user: string): Promise<string> {
  const newest = (await directMessages(world, user)).at(-1);
  return newest === undefined ? '' : readable(newest);
}

async function press(world: World, user: string): Promise<void> {
  const person = world.slack.as(user);
  const { channel = '' } = await person.openDirect();
  const message = world.slack.messages(channel).at(-1);
  await person.click(channel, message?.ts ?? '', 'page-path.confirm');
  await world.settled();
}
