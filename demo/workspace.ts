import { COMMANDS } from '../commands/registry.ts';
import type { WorkspaceSeed } from '../simulators/slack/index.ts';

/** Ids of the local workspace; its configuration (tocsin.demo.yml) uses them. */
export const DEMO = {
  team: 'T0TOCSIN',
  incidents: 'C0INCIDENTS',
  opsEscalations: 'C0OPSESC',
  securityIncidents: 'C0SECINC',
  vaultmeshOps: 'C0VMOPS',
  general: 'C0GENERAL',
} as const;

/** Bot scopes; manifest.yml asks for the same, and a test compares. */
export const SCOPES = [
  'bookmarks:read',
  'bookmarks:write',
  'canvases:read',
  'canvases:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'chat:write.public',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'groups:write',
  'im:history',
  'im:write',
  'pins:write',
  'reactions:read',
  'usergroups:read',
  'users:read',
] as const;

export const EVENTS = [
  'app_home_opened',
  'channel_archive',
  'channel_deleted',
  'channel_left',
  'group_archive',
  'group_deleted',
  'group_left',
  'member_joined_channel',
  'reaction_added',
] as const;

const PEOPLE = [
  ['U0ADA', 'ada', 'Ada Lovelace', 'On-call SRE'],
  ['U0GRACE', 'grace', 'Grace Hopper', 'SRE'],
  ['U0LINUS', 'linus', 'Linus Pauling', 'Engineering lead'],
  ['U0MARIE', 'marie', 'Marie Curie', 'Security'],
  ['U0ALAN', 'alan', 'Alan Turing', 'CTO'],
  ['U0JOAN', 'joan', 'Joan Clarke', 'Support'],
] as const;

const everybody = PEOPLE.map(([id]) => id);

type Try = NonNullable<WorkspaceSeed['thingsToTry']>[number];

/** What there is to try where Tocsin sends to PagerDuty, by mail and to status pages as well. */
export function withOutsideTries(tries: readonly Try[]): Try[] {
  const at = tries.findIndex(({ text }) => text === '/incident ack');
  const pager = {
    text: 'Look at PagerDuty, on the left',
    hint: 'A P0 or P1 paged its on-call. Acknowledge it there: Tocsin says so in the incident’s channel.',
  };
  const mail = { text: 'Look at Mail, on the left', hint: 'What the stakeholders and the customers got, and when.' };
  const notice = {
    text: '/incident notice',
    hint: 'Words for the customers of AUREUS or SARK. Approve them as a second person (Joan Clarke), and look at Status pages, on the left.',
  };
  return [...tries.slice(0, at), pager, mail, ...tries.slice(at), notice];
}

/** The workspace on a laptop: people with different roles, the channels of the runbooks, a list of things to try. */
export function demoSeed(): WorkspaceSeed {
  return {
    team: { id: DEMO.team, name: 'Northwind', domain: 'northwind' },
    bot: {
      userId: 'U0TOCSIN',
      botId: 'B0TOCSIN',
      appId: 'A0TOCSIN',
      name: 'Tocsin',
      token: 'xoxb-local-workspace',
      appToken: 'xapp-local-workspace',
      signingSecret: 'local-signing-secret',
      scopes: [...SCOPES],
      events: [...EVENTS],
    },
    users: [
      ...PEOPLE.map(([id, name, real_name, title]) => ({ id, name, real_name, title, tz: 'Europe/Berlin' })),
      { id: 'U0GUEST', name: 'vendor', real_name: 'Visiting Vendor', title: 'Vendor', is_restricted: true },
    ],
    usergroups: [
      { id: 'S0SRE', handle: 'sre', name: 'Site reliability', users: ['U0ADA', 'U0GRACE'] },
      { id: 'S0IC', handle: 'incident-commanders', name: 'Incident commanders', users: ['U0ADA', 'U0GRACE', 'U0LINUS'] },
      { id: 'S0SEC', handle: 'security', name: 'Security', users: ['U0MARIE'] },
    ],
    channels: [
      { id: DEMO.incidents, name: 'incidents', topic: 'Incidents, one card each', members: [...everybody, 'U0TOCSIN'] },
      { id: DEMO.opsEscalations, name: 'ops-escalations', topic: 'Alerts and status updates', members: [...everybody, 'U0TOCSIN'] },
      { id: DEMO.securityIncidents, name: 'security-incidents', is_private: true, members: ['U0MARIE', 'U0ALAN', 'U0TOCSIN'] },
      { id: DEMO.vaultmeshOps, name: 'vaultmesh-ops', topic: 'How incidents of VaultMesh were resolved', members: [...everybody, 'U0TOCSIN'] },
      { id: DEMO.general, name: 'general', topic: 'Everything else', members: [...everybody, 'U0GUEST'] },
    ],
    commands: COMMANDS.map((command) => ({
      command: command.name,
      description: command.description,
      usage_hint: command.usageHint,
      should_escape: true,
      completions: command.subcommands.map(({ usage, summary }) => ({ value: usage, description: summary })),
    })),
    shortcuts: COMMANDS.flatMap((command) => Object.entries(command.shortcuts).map(([callback_id, { name, type }]) => ({ callback_id, name, type }))),
    thingsToTry: [
      { text: '/incident declare P1', hint: 'A form asks for the rest. A card appears here, and a channel for the incident on the left.' },
      {
        text: '/incident declare P0 aureus All queries are blocked',
        hint: 'First break the policy engine of AUREUS at the top right. Everything given: it acts at once.',
      },
      { text: '/oncall', hint: 'Who is on call now and next, for each service. /oncall swap @linus until tomorrow 09:00 lets somebody stand in.' },
      { text: '/incident ack', hint: 'In the incident’s channel, or press Acknowledge. The first to do so takes command.' },
      {
        text: '/incident impact --customers Half of all queries fail',
        hint: 'Recorded, and on the card. A note works the same way; so does a 📌 on any message in the channel.',
      },
      {
        text: 'Press +30 min at the top, then +5 min',
        hint: 'Nobody posted an update: a draft, a reminder, a breach, the next in line, an automatic update.',
      },
      { text: '/runbook diagnose policy-engine-failure', hint: 'Every check at once, what they found, and what helps.' },
      {
        text: '/runbook run policy-engine-failure bypass All queries are blocked',
        hint: 'An emergency change: two people. You are the commander; be Marie Curie, and approve in the direct message.',
      },
      { text: '/bypass status', hint: 'In force, with a countdown. Press +30 min twice: it reverts by itself.' },
      { text: '/incident resolve rolled back to the previous release', hint: 'Updates stop. Then /incident close seals the evidence.' },
      { text: '/incident evidence', hint: 'The pack, with the commands that check it without trusting the bot.' },
    ],
  };
}
