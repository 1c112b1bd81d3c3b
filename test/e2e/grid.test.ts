import { describe, expect, test } from '@jest/globals';
import type { WorkspaceSeed } from '../../simulators/slack/seed.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, typesOf, type World } from './helpers/world.ts';

const ORGANISATION = 'E0NORTH';
const SISTER = 'T0SISTER';
const PARTNER = 'T0PARTNER';

/** Ada's home is another workspace of the organisation, and the groups know her by the organisation's id. Rival is of another organisation. */
function grid(seed: WorkspaceSeed): WorkspaceSeed {
  return {
    ...seed,
    team: { ...seed.team, enterprise_id: ORGANISATION },
    users: [
      ...seed.users.map((user) =>
        user.id === 'U0ADA'
          ? { ...user, team_id: SISTER, enterprise_user: { id: 'W0ADA', enterprise_id: ORGANISATION, teams: [DEMO.team, SISTER] } }
          : user,
      ),
      {
        id: 'U0SISTER',
        name: 'sister',
        real_name: 'Of the Sister',
        team_id: SISTER,
        enterprise_user: { id: 'W0SIS', enterprise_id: ORGANISATION, teams: [SISTER] },
      },
      {
        id: 'U0RIVAL',
        name: 'rival',
        real_name: 'Of a Rival',
        team_id: PARTNER,
        enterprise_user: { id: 'W0RIV', enterprise_id: 'E0RIVAL', teams: [PARTNER] },
      },
    ],
    usergroups: (seed.usergroups ?? []).map((group) => ({ ...group, users: group.users.map((user) => (user === 'U0ADA' ? 'W0ADA' : user)) })),
  };
}

let stamps = 0;
const stamp = () => `${Date.now()}.${(stamps += 1)}`;

const command = (user: string, channel: string, text: string, more: Record<string, unknown> = {}) => ({
  command: '/incident',
  text,
  team_id: DEMO.team,
  enterprise_id: ORGANISATION,
  is_enterprise_install: 'false',
  user_id: user,
  channel_id: channel,
  trigger_id: stamp(),
  ...more,
});

const click = (user: string, channel: string, action: string, value: string, more: Record<string, unknown>) => ({
  type: 'block_actions',
  user: { id: user, name: user },
  container: { type: 'message', channel_id: channel, message_ts: '1.1' },
  channel: { id: channel },
  trigger_id: stamp(),
  actions: [{ type: 'button', action_id: action, block_id: 'b', action_ts: stamp(), value }],
  ...more,
});

async function sent(world: World, kind: 'slash_commands' | 'interactive' | 'events_api', payload: Record<string, unknown>): Promise<void> {
  await world.slack.deliver(kind, payload);
  await world.settled();
}

async function declaredBy(world: World, user: string, more: Record<string, unknown> = {}): Promise<string | null> {
  const before = new Set((await world.tocsin.store.incidents({})).map(({ id }) => id));
  await sent(world, 'slash_commands', command(user, DEMO.incidents, 'declare P1 aureus From the grid', more));
  return (await world.tocsin.store.incidents({})).find(({ id }) => !before.has(id))?.id ?? null;
}

describe('Enterprise Grid and Slack Connect', () => {
  describeWorld('A workspace of an organisation', { delivery: 'http', seed: grid }, (world) => {
    test('a member whose home is another workspace of the organisation is one of us, by either id, and one person', async () => {
      const id = await declaredBy(world(), 'U0ADA');
      if (id === null) throw new Error('nothing was declared');
      const room = world().room(id);
      await sent(world(), 'slash_commands', command('W0ADA', room, 'severity P0 the role is hers'));
      await sent(world(), 'slash_commands', command('U0ADA', room, 'ack'));
      const incident = await world().tocsin.incidents.find(id);
      expect(incident?.severity).toBe('P0');
      expect(incident?.reporter).toBe('W0ADA');
      expect(incident?.roles['incident-commander']).toBe('W0ADA');
      const people = (await world().tocsin.store.records(id)).filter(({ actor }) => actor.kind === 'person').map(({ actor }) => actor.id);
      expect(new Set(people)).toEqual(new Set(['W0ADA']));
    });

    test('a member of the organisation who is not in this workspace is not, unless the organisation is configured', async () => {
      expect(await declaredBy(world(), 'U0SISTER')).toBeNull();
    });

    test('people of another organisation are not, though they share a channel', async () => {
      expect(await declaredBy(world(), 'U0RIVAL')).toBeNull();
      expect(await declaredBy(world(), 'U0RIVAL', { team_id: PARTNER, enterprise_id: 'E0RIVAL' })).toBeNull();
    });

    test('an own member’s reaction in a channel that another organisation shares counts; a stranger’s does not', async () => {
      const { id, room } = await declare(world(), 'P2 aureus Shared', 'U0GRACE');
      const message = await world().slack.as('U0GRACE').message(room, 'seen in the shared channel');
      const reaction = (user: string, event: string, authorizations: unknown) => ({
        type: 'event_callback',
        team_id: PARTNER,
        enterprise_id: 'E0RIVAL',
        context_team_id: PARTNER,
        is_ext_shared_channel: true,
        event_id: event,
        authorizations,
        event: { type: 'reaction_added', user, reaction: 'pushpin', item: { type: 'message', channel: room, ts: message.ts }, event_ts: stamp() },
      });
      const ours = [{ enterprise_id: null, team_id: DEMO.team, user_id: 'U0TOCSIN', is_bot: true, is_enterprise_install: false }];
      const pins = async () => (await typesOf(world(), id)).filter((type) => type === 'message.pinned').length;
      await sent(world(), 'events_api', reaction('U0RIVAL', 'Ev0RIVAL', ours));
      await sent(world(), 'events_api', reaction('U0GRACE', 'Ev0OTHERS', [{ enterprise_id: 'E0RIVAL', team_id: PARTNER }]));
      expect(await pins()).toBe(0);
      await sent(world(), 'events_api', reaction('U0GRACE', 'Ev0OWN', ours));
      expect(await pins()).toBe(1);
    });

    test('an own member’s click in a channel that another organisation hosts counts', async () => {
      const { id, room } = await declare(world(), 'P2 aureus Hosted elsewhere', 'U0GRACE');
      const more = { team: { id: PARTNER }, user: { id: 'U0GRACE', name: 'grace', team_id: DEMO.team } };
      await sent(world(), 'interactive', click('U0GRACE', room, 'incident.ack', id, more));
      expect((await world().tocsin.incidents.find(id))?.roles['incident-commander']).toBe('U0GRACE');
    });
  });

  const everywhere = (text: string) => `${text}\nenterprise_id: ${ORGANISATION}\n`;
  describeWorld('An app that is installed for the whole organisation', { delivery: 'http', seed: grid, config: everywhere }, (world) => {
    const install = { team: null, enterprise: { id: ORGANISATION, name: 'Northwind' }, is_enterprise_install: true };

    test('payloads without a workspace are taken: commands, clicks and events', async () => {
      const id = await declaredBy(world(), 'U0SISTER', { team_id: SISTER, is_enterprise_install: 'true' });
      if (id === null) throw new Error('nothing was declared');
      const room = world().room(id);
      await sent(world(), 'interactive', click('W0ADA', room, 'incident.ack', id, { ...install, user: { id: 'W0ADA', name: 'ada', team_id: null } }));
      expect((await world().tocsin.incidents.find(id))?.roles['incident-commander']).toBe('W0ADA');
      const message = await world().slack.as('U0GRACE').message(DEMO.incidents, 'not in the room');
      await sent(world(), 'events_api', {
        type: 'event_callback',
        team_id: null,
        enterprise_id: ORGANISATION,
        event_id: 'Ev0ORG',
        authorizations: [{ enterprise_id: ORGANISATION, team_id: null, is_enterprise_install: true }],
        event: { type: 'reaction_added', user: 'U0SISTER', reaction: 'pushpin', item: { type: 'message', channel: DEMO.incidents, ts: message.ts } },
      });
      expect((await world().outcomes()).at(-1)?.name).toBe('reaction pushpin');
    });

    test('another organisation’s installation is nobody’s', async () => {
      const before = (await world().outcomes()).length;
      await sent(
        world(),
        'interactive',
        click('U0RIVAL', DEMO.incidents, 'incident.ack', 'INC-2026-0001', { ...install, enterprise: { id: 'E0RIVAL' } }),
      );
      expect(await declaredBy(world(), 'U0RIVAL', { team_id: PARTNER, enterprise_id: 'E0RIVAL' })).toBeNull();
      expect((await world().outcomes()).length).toBe(before);
    });
  });
});

describeWorld(
  'Installed for a whole organisation',
  {
    delivery: 'http',
    seed: (seed) => ({ ...grid(seed), team: { ...grid(seed).team, org_install: true } }),
    config: (text) => `${text}\nteam_id: ${DEMO.team}\nenterprise_id: ${ORGANISATION}\n`,
  },
  (world) => {
    test('incidents get rooms of their own in the workspace that is configured, also when the answer to making one was lost', async () => {
      const { room } = await declare(world(), 'P1 aureus For everybody', 'U0GRACE');
      expect(world().slack.channel(room).kind).toBe('public');
      world().slack.faults.add({ kind: 'torn', method: 'conversations.create' });
      const { id, room: second } = await declare(world(), 'P1 aureus Its answer is lost', 'U0GRACE');
      expect((await world().tocsin.incidents.find(id))?.room).toEqual({ channel: second, threadTs: null });
    });
  },
);
