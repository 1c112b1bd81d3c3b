import { expect, test } from '@jest/globals';
import type { FaultInput } from '../../simulators/slack/faults.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { DEMO, moveClock, PAGERDUTY_KEY, readable, typesOf, type World, withMails } from '../e2e/helpers/world.ts';

const ADA = 'U0ADA';
const GRACE = 'U0GRACE';

const VARIABLES = {
  SARK_PAGERDUTY: PAGERDUTY_KEY,
  SARK_API_TOKEN: 'none',
  GUARD_TRIP_SECRET: 'what-the-guards-sign-with',
  LEDGER_DATABASE_URL: 'postgresql://ledger@127.0.0.1:1/ledger',
};

/** SARK calls Grace, then Linus; AUREUS a group. Both page by PagerDuty only where Slack reaches nobody, and mail their stakeholder at P0. */
function configured(text: string): string {
  const pagerduty = 'pagerduty: { routing_key_env: SARK_PAGERDUTY, severities: [] }';
  const changes: readonly [string, RegExp, string][] = [
    ['aureus', /responders: .*/, `${pagerduty}\n    $&`],
    ['aureus', /escalation: .*/, 'escalation: [{ usergroup: S0SRE }]'],
    [
      'sark',
      /responders: .*/,
      `${pagerduty}\n    contacts: [{ name: Linus, user: U0LINUS, email: linus@private.example.com, for: On call }]\n    responders: [{ user: ${GRACE} }]`,
    ],
    ['sark', /escalation: .*/, `escalation: [{ user: ${GRACE} }, { user: U0LINUS, after: 30m }]`],
  ];
  const services = changes.reduce((changed, [service, line, instead]) => {
    const at = changed.indexOf(`\n  ${service}:\n`);
    return changed.slice(0, at) + changed.slice(at).replace(line, instead);
  }, text);
  return `mail: { from: tocsin@example.com, stakeholders: [{ to: cto@example.com, severities: [P0] }] }\n${services}`;
}

type Way = 'direct message' | 'channel' | 'PagerDuty';

/** Within how many minutes somebody has to be reached: a P0 is to be acknowledged within five. */
const TARGET = 5;
/** Seconds by which the workspace's clock moves at once, and how long (ms) the bot gets to do what is due by then. */
const STEP = 15;
const MOMENT = 500;

/** What Slack says to every message of a night, and by which way somebody is reached then. */
const MESSAGES: readonly (readonly [string, Record<string, string | number> & { kind: string }, Way])[] = [
  // It says no, and will again: at once by PagerDuty.
  ...['is_archived', 'not_in_channel', 'channel_not_found', 'restricted_action', 'messages_tab_disabled', 'msg_too_long', 'missing_scope'].map(
    (error) => [error, { kind: 'error', error }, 'PagerDuty'] as const,
  ),
  // It does not say whether it took it: by PagerDuty, once every way had its time.
  ...['rate_limited', 'internal_error', 'fatal_error', 'service_unavailable'].map((error) => [error, { kind: 'error', error }, 'PagerDuty'] as const),
  ['HTTP 500', { kind: 'http_error', status: 500 }, 'PagerDuty'],
  ['HTTP 429', { kind: 'rate_limited', retry_after: 1 }, 'PagerDuty'],
  ['a connection that is refused', { kind: 'refused_connection' }, 'PagerDuty'],
  // It took each message, and its answer was lost.
  ['a connection that is cut', { kind: 'torn' }, 'direct message'],
];

/** What Slack says to whoever wants to write to a person directly. */
const DIRECT: readonly (readonly [string, ...Way[]])[] = [
  ['cannot_dm_bot', 'channel'],
  // Nobody who is deactivated reads a channel: the next in line does, or PagerDuty calls, whichever is there first.
  ['user_disabled', 'channel', 'PagerDuty'],
  ['user_not_visible', 'channel'],
  ['missing_scope', 'channel'],
];

/** What Slack says to everything. */
const LINK = ['token_revoked', 'account_inactive', 'ekm_access_denied', 'org_login_required'] as const;

describeWorld(
  'A P0 whose page Slack refuses',
  { delivery: 'http', mail: true, pagerduty: true, restarts: true, long: true, config: configured, seed: withMails, variables: VARIABLES },
  (world) => {
    test.each(MESSAGES)('%s to every message: somebody is reached within the target', async (name, fault, way) => {
      expect(await night(world(), `sark Every message: ${name}`, [{ ...fault, method: 'chat.postMessage', rate: 1 } as FaultInput])).toBe(way);
    });

    test.each(DIRECT)('%s to a direct message: somebody is reached within the target', async (error, ...ways) => {
      // Who was written to lately has an open conversation that is remembered.
      await moveClock(world().slack, world().tocsin, 2);
      const reached = await night(world(), `sark No direct message: ${error}`, [{ kind: 'error', error, method: 'conversations.open', rate: 1 }]);
      expect(ways).toContain(reached);
    });

    test.each(LINK)('%s to everything: somebody is reached within the target', async (error) => {
      expect(await night(world(), `sark Nothing works: ${error}`, [{ kind: 'error', error, rate: 1 }])).toBe('PagerDuty');
    });

    test('a workspace that refuses every message gets no new channel for each of them', async () => {
      const refused: FaultInput = { kind: 'error', error: 'restricted_action', method: 'chat.postMessage', rate: 1 };
      await night(world(), 'sark Refused all the time', [refused], 'resolved', 8_000);
      const id = await idOf(world(), 'Refused all the time');
      const made = world()
        .slack.channels()
        .filter(({ name }) => name.startsWith(id.toLowerCase()));
      expect(made.length).toBeGreaterThan(1);
      expect(made.length).toBeLessThan(8);
    });

    test('a group that Slack does not tell of: PagerDuty pages meanwhile, and who is in it is called once Slack does', async () => {
      await world().tocsin.stop();
      await world().another();
      const fault: FaultInput = { kind: 'error', error: 'internal_error', method: 'usergroups.list', rate: 1 };
      expect(await night(world(), 'aureus Who is in that group', [fault], 'open')).toBe('PagerDuty');
      const id = await idOf(world(), 'Who is in that group');
      await world().settled();
      const called = (await world().tocsin.store.records(id))
        .filter(({ type }) => type === 'people.called')
        .map(({ data }) => data as { page: string; users: string[] });
      expect(called[0]).toMatchObject({ users: [], error: 'no_answer' });
      expect(called.filter(({ page }) => page === called[0]?.page).slice(1)).toMatchObject([{ users: [ADA, GRACE], error: null }]);
      expect(reachedBy(world(), id)).toBe('direct message');
    });

    test('where PagerDuty is away as well, the stakeholders have their mail, and PagerDuty pages as soon as it is back', async () => {
      await world().pagerduty.away();
      expect(
        await night(world(), 'sark Nobody at all', [{ kind: 'error', error: 'restricted_action', method: 'chat.postMessage', rate: 1 }], 'open'),
      ).toBeNull();
      const id = await idOf(world(), 'Nobody at all');
      expect(
        world()
          .mail.taken.map(({ to, mail }) => `${to} ${mail.subject}`)
          .join(),
      ).toMatch(new RegExp(`cto@example.com [^,]*${id}`));
      // Who is called has a mail too: at the address of their profile, or of their contact.
      const paged = () => {
        const mails = world().mail.taken.filter(({ mail }) => mail.subject?.startsWith(`You are called: ${id} P0 SARK`) === true);
        return [...new Set(mails.map(({ to }) => to))].toSorted();
      };
      await until(world(), () => (paged().length === 2 ? true : null));
      expect(paged()).toEqual(['grace@example.com', 'linus@private.example.com']);
      const mails = (await world().tocsin.store.records(id)).filter(({ type }) => type === 'person.mailed');
      expect(mails.map(({ data }) => data)).toEqual(expect.arrayContaining([expect.objectContaining({ user: GRACE, error: null })]));
      expect(JSON.stringify(await world().tocsin.store.records(id))).not.toContain('linus@private');
      await world().pagerduty.back();
      await until(world(), () => (world().pagerduty.incidents.some(({ key }) => key.includes(id)) ? true : null));
      await world().settled();
      expect(await typesOf(world(), id)).toContain('pagerduty.sent');
    });

    test('somebody who is called after the acknowledgement, and whom Slack does not reach, has a mail that says why', async () => {
      const { slack, mail } = world();
      await world().say(ADA, DEMO.incidents, 'declare P0 sark Acknowledged');
      const id = await idOf(world(), 'Acknowledged');
      await world().say(ADA, DEMO.incidents, `ack ${id}`);
      slack.faults.add({ kind: 'error', error: 'restricted_action', method: 'chat.postMessage', rate: 1 });
      try {
        await slack.as(ADA).command(DEMO.incidents, '/incident', `escalate ${id} the disk fills`);
        const called = await until(world(), () => mail.taken.find(({ mail: { text } }) => text?.includes(`called for ${id}`) === true) ?? null);
        expect(called?.to).toBe('linus@private.example.com');
        expect(called?.mail.text).toContain('Why: the disk fills');
        expect(called?.mail.text).not.toContain('/incident ack');
      } finally {
        slack.faults.clear();
        await moveClock(slack, world().tocsin, 6);
        await world().settled();
      }
    });
  },
);

/** A P0 with the faults armed from the start, and for `stays` ms after somebody was reached. Returns by which way somebody other than the reporter was reached first, within the target; `null`: by none. */
async function night(
  world: World,
  declared: string,
  faults: readonly FaultInput[],
  after: 'resolved' | 'open' = 'resolved',
  stays = 0,
): Promise<Way | null> {
  const title = declared.slice(declared.indexOf(' ') + 1);
  for (const fault of faults) world.slack.faults.add(fault);
  try {
    await world.slack.as(ADA).command(DEMO.incidents, '/incident', `declare P0 ${declared}`);
    const id = await idOf(world, title);
    const way = await until(world, () => reachedBy(world, id));
    await new Promise((done) => setTimeout(done, stays));
    return way;
  } finally {
    world.slack.faults.clear();
    // A room that was lost often waits for some minutes.
    await moveClock(world.slack, world.tocsin, 6);
    await world.settled();
    if (after === 'resolved') await world.say(ADA, DEMO.incidents, `resolve ${await idOf(world, title)} the night is over`);
  }
}

/** Moves the clock until something is so, or the target is over: `null`. What is on its way gets a moment before each step. */
async function until<T>(world: World, look: () => T | null): Promise<T | null> {
  for (let seconds = 0; seconds <= TARGET * 60; seconds += STEP) {
    for (const end = performance.now() + MOMENT; performance.now() < end; ) {
      const found = look();
      if (found !== null) return found;
      await new Promise((done) => setTimeout(done, 25));
    }
    await moveClock(world.slack, world.tocsin, STEP / 60);
  }
  return look();
}

async function idOf(world: World, title: string): Promise<string> {
  for (let i = 0; i < 200; i++) {
    for (const { id } of (await world.tocsin.store.incidents({})).toReversed()) {
      if ((await world.tocsin.incidents.find(id))?.title === title) return id;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`Nothing was declared: ${title}`);
}

/** Judged from outside: what a person has before their eyes who did not declare it. */
function reachedBy(world: World, id: string): Way | null {
  const seen = world.slack.channels().map((channel) => ({ channel, texts: world.slack.messages(channel.id).map(readable) }));
  const isCalled = (text: string) => [GRACE, 'U0LINUS'].some((who) => text.includes(`<@${who}>: *${id}*`));
  if (seen.some(({ channel, texts }) => channel.id.startsWith('D') && !channel.members.includes(ADA) && texts.some((text) => text.includes(id))))
    return 'direct message';
  if (seen.some(({ channel, texts }) => channel.members.includes(GRACE) && texts.some(isCalled))) return 'channel';
  if (world.pagerduty.incidents.some(({ key, status }) => key.includes(id) && status === 'triggered')) return 'PagerDuty';
  return null;
}
