import { App } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import type { WorkspaceSeed } from '../../simulators/slack/index.ts';
import { silent } from '../../simulators/test/slack/bolt.ts';
import { allScopes } from '../../simulators/test/slack/seed.ts';

/** A workspace and an app that show every kind of block, for tests of the page and for looking at it. */
export const demoSeed: WorkspaceSeed = {
  team: { id: 'T0ACME', name: 'Acme Platform', domain: 'acme' },
  bot: {
    userId: 'U0TOCSIN',
    botId: 'B0TOCSIN',
    appId: 'A0TOCSIN',
    name: 'Tocsin',
    token: 'xoxb-demo',
    appToken: 'xapp-demo',
    signingSecret: 'demo-signing-secret',
    scopes: allScopes,
  },
  users: [
    { id: 'U0MAYA', name: 'maya', real_name: 'Maya Lindholm', title: 'On-call engineer', tz: 'Europe/Berlin' },
    { id: 'U0OMAR', name: 'omar', real_name: 'Omar Haddad', title: 'Incident commander', tz: 'Europe/London', is_admin: true },
    { id: 'U0SOFI', name: 'sofia', real_name: 'Sofia Reyes', title: 'Security', tz: 'Europe/Madrid' },
    { id: 'U0KENJ', name: 'kenji', real_name: 'Kenji Watanabe', title: 'Engineering manager', tz: 'Asia/Tokyo' },
    { id: 'U0GUST', name: 'gustav', real_name: 'Gustav Weber', title: 'Contractor', is_restricted: true },
    { id: 'U0XENA', name: 'xena', real_name: 'Xena Petrova', title: 'Support', team_id: 'T0VENDOR' },
  ],
  usergroups: [
    { id: 'S0SRE', handle: 'sre', name: 'Site reliability', users: ['U0MAYA', 'U0OMAR'] },
    { id: 'S0IC', handle: 'ic', name: 'Incident commanders', users: ['U0OMAR'] },
    { id: 'S0SEC', handle: 'security', name: 'Security', users: ['U0SOFI'] },
  ],
  channels: [
    {
      id: 'C0INC',
      name: 'incidents',
      topic: ':rotating_light: Open incidents. Use `/incident declare`',
      purpose: 'Where incidents are worked on.',
      members: ['U0MAYA', 'U0OMAR', 'U0SOFI', 'U0KENJ', 'U0XENA', 'U0TOCSIN'],
    },
    { id: 'C0OPS', name: 'ops-escalations', topic: 'Alerts from every platform', members: ['U0MAYA', 'U0OMAR', 'U0SOFI', 'U0TOCSIN'] },
    { id: 'C0GEN', name: 'general', topic: 'Company-wide', members: ['U0MAYA', 'U0OMAR', 'U0SOFI', 'U0KENJ'] },
    { id: 'C0SEC', name: 'security-incidents', is_private: true, members: ['U0SOFI', 'U0OMAR', 'U0TOCSIN'] },
    { id: 'C0RND', name: 'random', members: ['U0KENJ'] },
  ],
  commands: [
    {
      command: '/incident',
      description: 'Declare and run incidents',
      usage_hint: 'declare | list | status | close',
      should_escape: true,
      completions: [
        { value: 'declare', description: 'Open an incident' },
        { value: 'list', description: 'Incidents that are open' },
        { value: 'status', description: 'Where this incident stands' },
        { value: 'close', description: 'Close the incident of this channel' },
      ],
    },
    {
      command: '/runbook',
      description: 'Diagnose and remedy',
      usage_hint: 'run | list',
      should_escape: true,
      completions: [
        { value: 'run', description: 'Run a runbook' },
        { value: 'list', description: 'All runbooks' },
      ],
    },
    { command: '/approvals', description: 'What waits for my approval', should_escape: true },
    { command: '/broken', description: 'Never answers', should_escape: true },
  ],
  shortcuts: [
    { callback_id: 'declare', name: 'Declare incident', type: 'message' },
    { callback_id: 'timeline', name: 'Add to timeline', type: 'message' },
    { callback_id: 'new', name: 'New incident', type: 'global' },
  ],
  thingsToTry: [
    { text: '/incident declare Checkout is down', hint: 'Opens an incident and its card' },
    { text: '/runbook run aureus/frontend', hint: 'Diagnosis: pods, logs and findings' },
    { text: '/incident list', hint: 'A table of what is open' },
    { text: 'React to a message with :pushpin:', hint: 'It goes into the timeline' },
    { text: '/approvals', hint: 'Be Omar, then Sofia, and approve' },
  ],
};

const text = (value: string) => ({ type: 'plain_text' as const, text: value, emoji: true });
const mrkdwn = (value: string) => ({ type: 'mrkdwn' as const, text: value });

/** The card of an incident. */
export function card(now: number, status = 'Investigating'): KnownBlock[] {
  const at = Math.floor(now / 1000);
  return [
    { type: 'header', text: text(':rotating_light: INC-2026-0042 Checkout is down') },
    {
      type: 'section',
      fields: [
        mrkdwn('*Severity*\n:red_circle: P1'),
        mrkdwn(`*Status*\n${status}`),
        mrkdwn('*Service*\nAUREUS Platform'),
        mrkdwn('*Commander*\n<@U0OMAR>'),
        mrkdwn(`*Started*\n<!date^${at}^{date_short_pretty} at {time}|then>`),
        mrkdwn('*Impact*\nCustomers cannot pay'),
      ],
      accessory: {
        type: 'overflow',
        action_id: 'more',
        options: [
          { text: text('Change severity'), value: 'severity' },
          { text: text('Hand over'), value: 'handover' },
        ],
      },
    },
    { type: 'context', elements: [mrkdwn(`:alarm_clock: Next update due in *25 minutes* · acknowledged by <@U0MAYA> · <!subteam^S0SRE>`)] },
    {
      type: 'actions',
      block_id: 'card-actions',
      elements: [
        { type: 'button', action_id: 'ack', text: text('Acknowledge'), style: 'primary', value: 'INC-2026-0042' },
        { type: 'button', action_id: 'diagnose', text: text('Run diagnosis') },
        {
          type: 'static_select',
          action_id: 'status',
          placeholder: text('Change status'),
          options: ['Identified', 'Monitoring', 'Resolved'].map((value) => ({ text: text(value), value })),
        },
        {
          type: 'button',
          action_id: 'bypass',
          text: text('Enable bypass'),
          style: 'danger',
          confirm: {
            title: text('Enable policy bypass?'),
            text: mrkdwn('Two people must approve: *incident commander* and *security*. It reverts by itself after 1 hour.'),
            confirm: text('Request it'),
            deny: text('Cancel'),
            style: 'danger',
          },
        },
      ],
    },
  ];
}

const diagnosis: KnownBlock[] = [
  { type: 'section', text: mrkdwn('*Diagnosis of* `aureus/frontend` — 5 of 5 steps in 1.4 s :white_check_mark:') },
  {
    type: 'data_table',
    caption: 'Pods',
    page_size: 3,
    rows: [
      ['Pod', 'Ready', 'Restarts'].map((cell) => ({ type: 'raw_text' as const, text: cell })),
      ...['7d9c4-x2x9p', '7d9c4-k8rfd', '7d9c4-zzq41', '7d9c4-mm2sn'].map((pod, index) => [
        { type: 'raw_text' as const, text: `aureus-frontend-${pod}` },
        { type: 'raw_text' as const, text: index === 1 ? 'CrashLoopBackOff' : 'Running' },
        { type: 'raw_number' as const, value: index === 1 ? 14 : 0, text: index === 1 ? '14' : '0' },
      ]),
    ],
  },
  {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_section', elements: [{ type: 'text', text: 'Findings', style: { bold: true } }] },
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'One pod restarts again and again: ' },
              { type: 'text', text: 'OOMKilled', style: { code: true } },
            ],
          },
          {
            type: 'rich_text_section',
            elements: [
              { type: 'text', text: 'The rollout began ' },
              { type: 'link', url: 'https://example.org/deploys/118', text: 'with deploy #118' },
            ],
          },
        ],
      },
      {
        type: 'rich_text_preformatted',
        elements: [
          { type: 'text', text: '--- live\n+++ plan\n@@ spec.template.spec.containers[0].resources.limits @@\n- memory: 256Mi\n+ memory: 512Mi' },
        ],
      },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'Suggested remedy: roll back to revision 117.' }] },
    ],
  },
];

const declareView = {
  type: 'modal' as const,
  callback_id: 'declare',
  title: text('Declare incident'),
  submit: text('Declare'),
  blocks: [
    { type: 'section' as const, text: mrkdwn('The commander is told at once. :mega:') },
    {
      type: 'input' as const,
      block_id: 'title',
      label: text('Title'),
      element: { type: 'plain_text_input' as const, action_id: 'v', placeholder: text('What is broken?') },
    },
    {
      type: 'input' as const,
      block_id: 'severity',
      label: text('Severity'),
      element: {
        type: 'radio_buttons' as const,
        action_id: 'v',
        options: [
          { text: text('P0'), description: text('Everything is down'), value: 'P0' },
          { text: text('P1'), description: text('A main function is down'), value: 'P1' },
        ],
      },
    },
    {
      type: 'input' as const,
      block_id: 'commander',
      optional: true,
      label: text('Commander'),
      element: { type: 'users_select' as const, action_id: 'v', placeholder: text('Choose a person') },
    },
    {
      type: 'input' as const,
      block_id: 'details',
      optional: true,
      hint: text('Markdown works'),
      label: text('What do we know?'),
      element: { type: 'plain_text_input' as const, multiline: true, action_id: 'v' },
    },
    {
      type: 'input' as const,
      block_id: 'notify',
      optional: true,
      label: text('Tell'),
      element: {
        type: 'checkboxes' as const,
        action_id: 'v',
        options: [
          { text: mrkdwn('*Status page*'), value: 'page' },
          { text: text('Stakeholders by mail'), value: 'mail' },
        ],
      },
    },
    { type: 'input' as const, block_id: 'since', optional: true, label: text('Since'), element: { type: 'datepicker' as const, action_id: 'v' } },
    {
      type: 'input' as const,
      block_id: 'users',
      optional: true,
      label: text('Customers affected'),
      element: { type: 'number_input' as const, is_decimal_allowed: false, action_id: 'v' },
    },
  ],
};

/** Starts the app; it answers in ways that show the page's parts. */
export function fakeApp(simulator: { apiUrl: string; now: () => number }): App {
  const app = new App({
    token: 'xoxb-demo',
    appToken: 'xapp-demo',
    socketMode: true,
    logger: silent,
    clientOptions: { slackApiUrl: simulator.apiUrl },
  });
  app.command('/incident', async ({ ack, command, client, respond }) => {
    await ack();
    const [verb, ...rest] = command.text.split(' ');
    if (verb === 'declare' && rest.length === 0) {
      await client.views.open({ trigger_id: command.trigger_id, view: { ...declareView, private_metadata: command.channel_id } });
      return;
    }
    if (verb === 'declare') {
      await client.chat.postMessage({ channel: command.channel_id, text: 'INC-2026-0042 Checkout is down', blocks: card(simulator.now()) });
      return;
    }
    if (verb === 'list') {
      await respond({ text: 'Nothing else is open. :sparkles: Ask <@U0OMAR> about `INC-2026-0042`.' });
      return;
    }
    await respond({ text: `:warning: I do not know \`${verb}\`. Try \`/incident list\`.` });
  });
  app.command('/runbook', async ({ ack, command, client }) => {
    await ack({ response_type: 'in_channel', text: ':hourglass_flowing_sand: Diagnosing…' });
    const { ts } = await client.chat.postMessage({ channel: command.channel_id, text: 'Diagnosis', blocks: diagnosis });
    await client.filesUploadV2({
      channel_id: command.channel_id,
      thread_ts: ts ?? '',
      filename: 'frontend.log',
      content: 'panic: out of memory\n'.repeat(20),
      initial_comment: 'Logs of the last hour',
    });
  });
  app.command('/approvals', async ({ ack }) => ack('Nothing waits for you.'));
  app.command('/broken', async () => undefined);
  app.view('declare', async ({ ack, view, client }) => {
    const title = view.state.values['title']?.['v']?.value ?? '';
    if (title.length < 5) return ack({ response_action: 'errors', errors: { title: 'Say a little more than that.' } });
    await ack();
    await client.chat.postMessage({ channel: view.private_metadata || 'C0INC', text: title, blocks: card(simulator.now()) });
  });
  app.shortcut('new', async ({ ack, client, shortcut }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: declareView });
  });
  app.shortcut('declare', async ({ ack, client, shortcut }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: declareView });
  });
  app.shortcut('timeline', async ({ ack, shortcut, client }) => {
    await ack();
    if (shortcut.type !== 'message_action') return;
    await client.chat.postEphemeral({
      channel: shortcut.channel.id,
      user: shortcut.user.id,
      text: ':pushpin: Added to the timeline of INC-2026-0042.',
    });
  });
  app.action('ack', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.channel === undefined) return;
    const ts = body.message?.ts ?? '';
    await client.chat.update({
      channel: body.channel.id,
      ts,
      text: 'INC-2026-0042 acknowledged',
      blocks: card(simulator.now(), `Acknowledged by <@${body.user.id}>`),
    });
    await client.chat.postMessage({ channel: body.channel.id, thread_ts: ts, text: `<@${body.user.id}> acknowledged after *2 min*.` });
  });
  app.action(/.*/, ({ ack }) => ack());
  app.event('reaction_added', async ({ event, client }) => {
    if (event.reaction !== 'pushpin') return;
    await client.chat.postEphemeral({ channel: event.item.channel, user: event.user, text: ':pushpin: In the timeline now.' });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: {
        type: 'home',
        blocks: [
          { type: 'header', text: text('Good evening :wave:') },
          { type: 'context', elements: [mrkdwn('1 incident is open · 1 change waits for you')] },
          { type: 'divider' },
          {
            type: 'section',
            text: mrkdwn('*INC-2026-0042* Checkout is down\n:red_circle: P1 · Investigating · <#C0INC>'),
            accessory: { type: 'button', action_id: 'open', text: text('Open') },
          },
          {
            type: 'section',
            text: mrkdwn('*Approval* Policy bypass\nAsked for by <@U0MAYA>'),
            accessory: { type: 'button', action_id: 'review', style: 'primary', text: text('Review') },
          },
        ],
      },
    });
  });
  return app;
}
