import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { App, ViewClosedAction } from '@slack/bolt';
import { type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { socketApp, started } from './bolt.ts';
import { seed } from './seed.ts';

let simulator: SlackSimulator;
let app: App;

beforeEach(async () => {
  simulator = await startSlackSimulator({ seed: seed() });
  app = socketApp(simulator);
});

afterEach(async () => {
  await app.stop();
  await simulator.close();
});

const modal = {
  type: 'modal' as const,
  callback_id: 'declare',
  title: { type: 'plain_text' as const, text: 'Declare' },
  submit: { type: 'plain_text' as const, text: 'Go' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'title',
      label: { type: 'plain_text' as const, text: 'Title' },
      element: { type: 'plain_text_input' as const, action_id: 'title' },
    },
    {
      type: 'input' as const,
      block_id: 'severity',
      optional: true,
      label: { type: 'plain_text' as const, text: 'Severity' },
      element: {
        type: 'static_select' as const,
        action_id: 'severity',
        options: ['P0', 'P1'].map((value) => ({ text: { type: 'plain_text' as const, text: value }, value })),
      },
    },
  ],
};

test('a command is acknowledged with a text and answered over its response URL', async () => {
  app.command('/incident', async ({ ack, command, respond }) => {
    await ack(`you said ${command.text}`);
    await respond({ text: 'for all', response_type: 'in_channel' });
  });
  await started(app, simulator);

  const outcome = await simulator.as('U0ADA').command('#incidents', '/incident declare to @ben in #incidents');
  expect(outcome.status).toBe('ok');
  expect(simulator.ephemerals('U0ADA')[0]?.message.text).toBe('you said declare to <@U0BEN|ben> in <#C0INC|incidents>');
  const posted = await simulator.waitFor(() => simulator.messages('C0INC').find((message) => message.text === 'for all'));
  expect(posted.bot_id).toBe('B0BOT');
  expect(simulator.calls('response_url')).toHaveLength(1);
});

test('a command whose app does not answer fails in front of the person', async () => {
  await started(app, simulator);
  const notices: string[] = [];
  simulator.subscribe((change) => change.kind === 'notice' && notices.push(change.text));

  const unanswered = await simulator.as('U0ADA').command('C0INC', '/slow', 'please');
  expect(unanswered).toMatchObject({ status: 'timeout', error: '/slow failed with the error "operation_timeout"' });
  expect(notices).toEqual(['/slow failed with the error "operation_timeout"']);
});

test('nobody connected means dispatch_failed, and Slack itself refuses what never reaches the app', async () => {
  await simulator.waitFor(() => simulator.calls('auth.test').length > 0);
  const ada = simulator.as('U0ADA');
  expect(await ada.command('C0INC', '/incident', 'list')).toMatchObject({
    status: 'not_connected',
    error: '/incident failed with the error "dispatch_failed"',
  });
  expect(await ada.command('C0INC', '/nothing')).toMatchObject({ status: 'refused', error: '/nothing is not a valid command.' });
  const { ts = '' } = await ada.message('C0INC', 'a thread');
  expect(await ada.command('C0INC', '/incident', '', { thread_ts: ts })).toMatchObject({
    status: 'refused',
    error: '/incident is not supported in threads. Sorry!',
  });
  await expect(simulator.as('U0EVE').message('C0INC', 'hi')).rejects.toThrow('deactivated');
  await expect(simulator.as('U0ADA').message('C0SEC', 'hi')).rejects.toThrow('sees no channel');
});

test('a modal opens, shows errors of Slack and of the app, and closes', async () => {
  app.command('/incident', async ({ ack, client, command }) => {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: modal });
  });
  const submitted: string[] = [];
  app.view('declare', async ({ ack, view }) => {
    const title = view.state.values['title']?.['title']?.value ?? '';
    if (title === 'bad') return ack({ response_action: 'errors', errors: { title: 'Say more.' } });
    submitted.push(`${title} ${view.state.values['severity']?.['severity']?.selected_option?.value}`);
    return ack();
  });
  await started(app, simulator);

  const ada = simulator.as('U0ADA');
  await ada.command('C0INC', '/incident');
  const view = await simulator.waitFor(() => simulator.views('U0ADA')[0]);
  expect(view.callback_id).toBe('declare');
  expect(await ada.submitView(view.id)).toMatchObject({ status: 'errors', errors: { title: 'Please complete this required field.' } });
  expect(await ada.submitView(view.id, { title: 'bad' })).toMatchObject({ status: 'errors', errors: { title: 'Say more.' } });
  await expect(ada.submitView(view.id, { severity: 'P9' })).rejects.toThrow('has no option "P9"');
  expect(await ada.submitView(view.id, { title: 'API down', severity: 'P1' })).toMatchObject({ status: 'ok' });
  expect(submitted).toEqual(['API down P1']);
  expect(simulator.views('U0ADA')).toEqual([]);
});

test('views push, update and clear; closing tells the app when it asked to hear', async () => {
  const closed: string[] = [];
  const open = (id: string) => ({ ...modal, callback_id: id, notify_on_close: true });
  app.shortcut('new', async ({ ack, client, shortcut }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: open('first') });
  });
  app.view('first', ({ ack }) => ack({ response_action: 'push', view: open('second') }));
  app.view('second', ({ ack }) => ack({ response_action: 'update', view: open('third') }));
  app.view('third', ({ ack }) => ack({ response_action: 'clear' }));
  app.view({ callback_id: /.*/, type: 'view_closed' }, async ({ ack, view, body }) => {
    closed.push(`${view.callback_id} ${(body as ViewClosedAction).is_cleared}`);
    await ack();
  });
  await started(app, simulator);

  const ada = simulator.as('U0ADA');
  await ada.shortcut('new');
  const [first] = await simulator.waitFor(() => simulator.views('U0ADA').length === 1 && simulator.views('U0ADA'));
  await ada.submitView(first?.id ?? '', { title: 'x' });
  const [, second] = simulator.views('U0ADA');
  expect(second).toMatchObject({ callback_id: 'second', root_view_id: first?.id, previous_view_id: first?.id });
  await ada.submitView(second?.id ?? '', { title: 'x' });
  expect(simulator.views('U0ADA').map((view) => view.callback_id)).toEqual(['first', 'third']);
  await ada.closeView(second?.id ?? '');
  expect(simulator.views('U0ADA')).toHaveLength(1);
  await ada.closeView(first?.id ?? '', { all: true });
  expect(closed).toEqual(['third false', 'first true']);
});

test('a click carries the message and its state, and may replace the original', async () => {
  app.action('ok', async ({ ack, respond, body, action }) => {
    await ack();
    if (body.type !== 'block_actions' || action.type !== 'button') throw new Error('not a button');
    const chosen = body.state?.values['row']?.['pick']?.selected_option?.value;
    await respond({ text: `${body.user.id} ${action.value} ${chosen} ${body.container['message_ts'] === body.message?.ts}`, replace_original: true });
  });
  app.action('pick', ({ ack }) => ack());
  await started(app, simulator);

  const option = (value: string) => ({ text: { type: 'plain_text' as const, text: value }, value });
  const { ts = '' } = await app.client.chat.postMessage({
    channel: 'C0INC',
    text: 'choose',
    blocks: [
      {
        type: 'actions',
        block_id: 'row',
        elements: [
          { type: 'static_select', action_id: 'pick', options: [option('a'), option('b')] },
          {
            type: 'button',
            action_id: 'ok',
            value: 'yes',
            text: { type: 'plain_text', text: 'OK' },
            confirm: {
              title: { type: 'plain_text', text: 'Sure?' },
              text: { type: 'mrkdwn', text: 'Really' },
              confirm: { type: 'plain_text', text: 'Yes' },
              deny: { type: 'plain_text', text: 'No' },
            },
          },
        ],
      },
    ],
  });
  const ben = simulator.as('U0BEN');
  expect(await ben.click('C0INC', ts, 'pick', { input: 'b' })).toMatchObject({ status: 'ok' });
  expect(await ben.click('C0INC', ts, 'ok', { confirm: false })).toEqual({ status: 'cancelled' });
  await ben.click('C0INC', ts, { text: 'OK' });
  await simulator.waitFor(() => simulator.messages('C0INC').some((message) => message.text === 'U0BEN yes b true'));
});

test('events reach the app where it is, and only there', async () => {
  const heard: string[] = [];
  app.event('reaction_added', async ({ event, body }) => {
    heard.push(`${event.reaction} ${event.item_user} ${body.authorizations?.[0]?.user_id}`);
  });
  app.event('app_home_opened', async ({ event }) => void heard.push(`home ${event.user} ${event.tab}`));
  app.message(async ({ message }) => void heard.push(`message ${message.channel}`));
  app.event('member_joined_channel', async ({ event }) => void heard.push(`joined ${event.user}`));
  await started(app, simulator);

  const ben = simulator.as('U0BEN');
  await ben.message('C0SEC', 'the app is not here');
  const { ts = '' } = await ben.message('C0INC', 'here it is');
  await simulator.as('U0ADA').react('C0INC', ts, 'pushpin');
  await ben.openHome();
  await simulator.waitFor(() => heard.length >= 3);
  expect(heard.sort()).toEqual(['home U0BEN home', 'message C0INC', 'pushpin U0BEN U0BOT'].sort());
});
