import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { cardOf, DEMO, declare, directMessages, lastTold, PAGERDUTY_KEY, PAGERDUTY_SECRET, readable, typesOf, type World } from './helpers/world.ts';

const VARIABLES = {
  AUREUS_PAGERDUTY: PAGERDUTY_KEY,
  SARK_PAGERDUTY: PAGERDUTY_KEY,
  WRONG_PAGERDUTY: 'u+a-key-of-the-rest-api',
  PAGERDUTY_SECRET,
  SARK_API_TOKEN: 'none',
  GUARD_TRIP_SECRET: 'what-the-guards-sign-with',
  LEDGER_DATABASE_URL: 'postgresql://ledger@127.0.0.1:1/ledger',
};

/** AUREUS pages at P0 and P1, with phone numbers at hand; SARK in the second step and where Slack reaches nobody; the key of Provability-Fabric is wrong. */
function configured(text: string): string {
  const phones = 'contacts: [{ name: Emergency, phone: "+49 30 5550199", for: Everything else failed }]';
  const changes: readonly [string, RegExp, string][] = [
    ['aureus', /responders: .*/, `pagerduty: { routing_key_env: AUREUS_PAGERDUTY }\n    ${phones}\n    $&`],
    ['sark', /responders: .*/, 'pagerduty: { routing_key_env: SARK_PAGERDUTY, severities: [], private: true }\n    $&'],
    ['sark', /escalation: .*/, 'escalation: [{ usergroup: S0SRE }, { user: U0LINUS, pagerduty: true }]'],
    ['provability-fabric', /responders: .*/, 'pagerduty: { routing_key_env: WRONG_PAGERDUTY }\n    $&'],
    [
      'vaultmesh-oracle',
      /responders: .*/,
      'pagerduty: { routing_key_env: AUREUS_PAGERDUTY, severities: [] }\n    responders: [{ usergroup: S0GONE }]',
    ],
  ];
  const services = changes.reduce((changed, [service, line, instead]) => {
    const at = changed.indexOf(`\n  ${service}:\n`);
    return changed.slice(0, at) + changed.slice(at).replace(line, instead);
  }, text);
  return services.replace('\nwebhooks:\n', '\nwebhooks:\n  pagerduty: { secret_env: PAGERDUTY_SECRET, default_service: aureus }\n');
}

interface Stored {
  readonly type: string;
  readonly data: unknown;
}

describeWorld(
  'Pages by PagerDuty',
  { delivery: 'http', intake: true, pagerduty: true, restarts: true, config: configured, variables: VARIABLES },
  (world) => {
    const bodies = (id: string) => world().pagerduty.requests.flatMap(({ body }) => (JSON.stringify(body).includes(id) ? [body] : []));
    const actions = (id: string) => bodies(id).map((body) => (body as { event_action: string }).event_action);
    const page = (id: string) => world().pagerduty.incidents.find(({ key }) => key.startsWith(`${id}-`));
    const said = (room: string) =>
      world()
        .texts(room)
        .filter((text) => text.includes('PagerDuty'));
    const lines = (room: string) => said(room).filter((text) => !text.includes('"header"'));
    const data = async (id: string, type: string) =>
      ((await world().tocsin.store.records(id)) as readonly Stored[]).filter((one) => one.type === type).map((one) => one.data);
    const by = async (name: string, what: 'acknowledged' | 'unacknowledged' | 'resolved', id: string) => {
      expect(await world().pagerduty.act(name, what, page(id)?.key ?? id)).toBe(200);
      await world().settled();
    };
    const echoed = async () => {
      await world().pagerduty.settled();
      await world().settled();
    };

    test('[AU-61] a P1 pages at once, an acknowledgement stops it there, the resolution ends it; what comes back opens nothing', async () => {
      const { id, room } = await declare(world(), 'P1 aureus Frontend <b>down</b> & out');
      await echoed();
      expect(bodies(id)).toEqual([
        {
          routing_key: PAGERDUTY_KEY,
          event_action: 'trigger',
          dedup_key: expect.stringMatching(new RegExp(`^${id}-[0-9a-f]{8}$`)),
          client: 'Tocsin',
          client_url: expect.stringContaining('https://slack.com/app_redirect?channel='),
          links: [
            { href: expect.stringContaining('https://slack.com/app_redirect?channel='), text: 'The incident in Slack' },
            { href: 'https://status.example.com/aureus', text: 'Status page' },
          ],
          payload: {
            summary: `${id} P1 AUREUS Platform: Frontend <b>down</b> & out`,
            severity: 'critical',
            source: 'tocsin/aureus',
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
            group: 'aureus',
            custom_details: { Incident: id, Severity: 'P1 (High)', Status: 'investigating', Next: `Acknowledge in Slack: /incident ack ${id}` },
          },
        },
      ]);
      expect(lines(room).join()).toContain('Tocsin paged the on-call of PagerDuty');
      expect(readable(cardOf(world(), room, id))).toContain('*PagerDuty*: its on-call is paged');
      await world().say('U0ADA', room, 'ack');
      await echoed();
      expect(actions(id)).toEqual(['trigger', 'acknowledge']);
      expect(page(id)?.status).toBe('acknowledged');
      await world().say('U0ADA', room, 'resolve the cache was too small');
      await echoed();
      expect(actions(id)).toEqual(['trigger', 'acknowledge', 'resolve']);
      expect(page(id)?.status).toBe('resolved');
      expect(await data(id, 'pagerduty.answered')).toEqual([]);
      expect((await world().tocsin.store.incidents({ open: true })).map((one) => one.id)).toEqual([]);
      expect(await typesOf(world(), 'system')).not.toContain('alert.opened');
      // Opened again, it is another page there.
      await world().say('U0ADA', room, 'reopen it came back');
      await world().say('U0ADA', room, 'resolve now for good');
      await echoed();
      expect(actions(id).slice(3)).toEqual(['trigger', 'resolve']);
      expect(
        world()
          .pagerduty.incidents.filter(({ key }) => key.startsWith(`${id}-`))
          .map(({ status }) => status),
      ).toEqual(['resolved', 'resolved']);
    });

    test('a P3 pages nobody, until it is raised', async () => {
      const { id, room } = await declare(world(), 'P3 aureus Slow');
      expect(actions(id)).toEqual([]);
      await world().say('U0ADA', room, 'severity P1 everybody sees it');
      expect(actions(id)).toEqual(['trigger']);
      await world().say('U0ADA', room, 'severity P0 and more');
      expect(actions(id)).toEqual(['trigger']);
      await world().say('U0ADA', room, 'resolve done');
    });

    test('who acknowledges in PagerDuty is named, and takes no command by it: the line is climbed until somebody does in Slack', async () => {
      const { id, room } = await declare(world(), 'P1 aureus Who is on it');
      await by('Earline Greenholt', 'acknowledged', id);
      expect(lines(room).join()).toContain('Acknowledged in PagerDuty by Earline Greenholt. That gives nobody the command here');
      expect(readable(cardOf(world(), room, id))).toContain('*PagerDuty*: acknowledged there by Earline Greenholt');
      expect((await world().tocsin.incidents.find(id))?.milestones.acknowledged).toBeNull();
      await world().later(16);
      expect(await typesOf(world(), id)).toContain('incident.escalated');
      await by('Earline Greenholt', 'unacknowledged', id);
      await by('Earline Greenholt', 'resolved', id);
      expect(lines(room).join()).toContain('Resolved in PagerDuty by Earline Greenholt. The incident is still open here');
      expect((await world().tocsin.incidents.find(id))?.status).toBe('investigating');
      expect(await data(id, 'pagerduty.answered')).toMatchObject([{ what: 'acknowledged' }, { what: 'unacknowledged' }, { what: 'resolved' }]);
      await world().say('U0ADA', room, 'resolve done');
    });

    test('a step of the line that says so pages, and so does a call that reaches nobody', async () => {
      const climbed = await declare(world(), 'P2 sark Slow queries');
      expect(actions(climbed.id)).toEqual([]);
      await world().say('U0ADA', climbed.room, 'escalate nobody knows this');
      expect(actions(climbed.id)).toEqual(['trigger']);
      expect(await data(climbed.id, 'pagerduty.due')).toMatchObject([{ cause: 'escalated' }]);
      await world().say('U0ADA', climbed.room, 'resolve done');
      const alone = await declare(world(), 'P2 vaultmesh-oracle Nobody is in that group');
      expect(await data(alone.id, 'pagerduty.due')).toMatchObject([{ cause: 'unreached' }]);
      expect(actions(alone.id)).toEqual(['trigger']);
      await world().say('U0ADA', alone.room, 'resolve done');
    });

    test('/page pagerduty asks for it, once, with the reason', async () => {
      const { id, room } = await declare(world(), 'P3 aureus A disk');
      await world().say('U0ADA', room, '/page pagerduty');
      expect(lastTold(world(), 'U0ADA')).toContain('a reason');
      await world().say('U0ADA', room, '/page pagerduty the storage vendor must look');
      expect(bodies(id)).toMatchObject([
        { event_action: 'trigger', payload: { severity: 'warning', custom_details: { 'Asked for': 'the storage vendor must look' } } },
      ]);
      await world().say('U0ADA', room, '/page pagerduty again');
      expect(lastTold(world(), 'U0ADA')).toContain('PagerDuty has a page');
      await world().say('U0ADA', room, 'resolve done');
      const { room: other } = await declare(world(), 'P3 vaultmesh-qbusiness Nothing configured');
      await world().say('U0ADA', other, '/page pagerduty come');
      expect(lastTold(world(), 'U0ADA')).toContain('has no PagerDuty');
      await world().say('U0ADA', other, 'resolve done');
    });

    test('of a private incident PagerDuty hears where the service says so, and then without its title', async () => {
      const secret = await declare(world(), 'P0 aureus --private KEYS_TAKEN');
      expect(actions(secret.id)).toEqual([]);
      await world().say('U0ADA', secret.room, 'resolve done');
      const told = await declare(world(), 'P1 sark --private KEYS_SOLD');
      await world().say('U0ADA', told.room, '/page pagerduty the keys');
      expect(actions(told.id)).toEqual(['trigger']);
      expect(JSON.stringify(world().pagerduty.requests)).not.toMatch(/KEYS_|the keys/);
      await world().say('U0ADA', told.room, 'resolve done');
    });

    test('while PagerDuty is away the room is told once, and the page goes out afterwards, once, also by another bot', async () => {
      await world().pagerduty.away();
      const { id, room } = await declare(world(), 'P1 aureus Away');
      for (const minutes of [1, 1, 1]) await world().later(minutes);
      expect(lines(room)).toHaveLength(1);
      expect(lines(room)[0]).toContain('PagerDuty was not paged yet: PagerDuty cannot be reached');
      expect(readable(cardOf(world(), room, id))).toContain('not paged yet');
      await world().tocsin.stop();
      await world().pagerduty.back();
      await world().another();
      await world().later(16);
      expect(actions(id)).toEqual(['trigger']);
      expect(lines(room)[1]).toMatch(/Tocsin paged the on-call of PagerDuty, \d+ min.* late/);
      await world().say('U0ADA', room, 'resolve done');
    });

    test('too many events, an error of theirs, and a lost answer: the same dedup_key again makes no second page', async () => {
      const { faults } = world().pagerduty;
      faults.add({ kind: 'status', status: 429, retryAfter: 90 });
      faults.add({ kind: 'status', status: 503 });
      faults.add({ kind: 'lost-answer' });
      const { id, room } = await declare(world(), 'P1 aureus Trouble');
      expect(lines(room)[0]).toContain('PagerDuty takes no more events now (429)');
      await world().later(1);
      expect(actions(id)).toHaveLength(1);
      for (const minutes of [1, 1, 1, 1]) await world().later(minutes);
      expect(actions(id)).toEqual(['trigger', 'trigger', 'trigger', 'trigger']);
      expect(page(id)).toMatchObject({ triggers: 2, status: 'triggered' });
      expect(await data(id, 'pagerduty.failed')).toHaveLength(1);
      expect(await data(id, 'pagerduty.sent')).toMatchObject([{ action: 'trigger', key: page(id)?.key }]);
      await world().say('U0ADA', room, 'resolve done');
    });

    test('nobody is paged for what is acknowledged or over before PagerDuty is back', async () => {
      await world().pagerduty.away();
      const { id, room } = await declare(world(), 'P1 aureus Short');
      await world().say('U0ADA', room, 'ack');
      await world().say('U0ADA', room, 'resolve it was nothing');
      await world().pagerduty.back();
      await world().later(5);
      expect(actions(id)).toEqual(['resolve']);
      expect(page(id)).toBeUndefined();
    });

    test('a wrong key is said with what to change, and it is in no message and no record', async () => {
      const { id, room } = await declare(world(), 'P1 provability-fabric Wrong key');
      expect(lines(room).join()).toContain('refuses the event (400: Length of ');
      expect(lines(room).join()).toContain('Set WRONG_PAGERDUTY to the integration key of an Events API v2 integration');
      const records = JSON.stringify(await world().tocsin.store.records(id));
      for (const key of [VARIABLES.WRONG_PAGERDUTY, PAGERDUTY_KEY]) {
        expect(records).not.toContain(key);
        expect(world().texts(room).join()).not.toContain(key);
      }
      await world().say('U0ADA', room, 'resolve done');
    });

    test('[AU-61] a breach is in the security channel, a P0 in #incidents, in PagerDuty, and with the phone list for who is called', async () => {
      const breach = await declare(world(), 'P0 type:security-breach aureus Keys');
      expect(world().texts(DEMO.securityIncidents).join()).toContain(breach.id);
      expect(world().texts(DEMO.incidents).join()).not.toContain(breach.id);
      await world().say('U0ADA', breach.room, 'resolve done');
      const { id, room } = await declare(world(), 'P0 aureus Everything is down');
      expect(world().texts(DEMO.incidents).join()).toContain(id);
      expect(page(id)?.title).toContain('Everything is down');
      expect((await directOf(world(), 'U0GRACE', id)).join()).toContain('+49 30 5550199');
      await world().say('U0ADA', room, 'contacts');
      expect(lastTold(world(), 'U0ADA')).toContain('+49 30 5550199');
      await world().say('U0ADA', room, 'resolve done');
    });
  },
);

async function directOf(world: World, user: string, id: string): Promise<readonly string[]> {
  return (await directMessages(world, user)).map((message) => readable(message)).filter((text) => text.includes(id));
}
