import { expect, test } from '@jest/globals';
import type { FaultInput } from '../../simulators/slack/faults.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { cardOf, DEMO, declare, lastTold, readable, typesOf, type World } from '../e2e/helpers/world.ts';
import { eventually } from '../store/helpers/eventually.ts';

/** Everything that Slack, or what stands before it, says when it is no verdict on the call. */
const AWAY: readonly (readonly [string, Record<string, string | number> & { kind: string }])[] = [
  ['a maintenance page with 200', { kind: 'html' }],
  ['invalid_auth', { kind: 'error', error: 'invalid_auth' }],
  ['token_revoked', { kind: 'error', error: 'token_revoked' }],
  ['account_inactive', { kind: 'error', error: 'account_inactive' }],
  ['an answer without a code', { kind: 'error', error: '' }],
];

async function ready(world: World): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${world.tocsin.ops.port}/readyz`);
  return `${response.status} ${await response.text()}`;
}

describeWorld('When Slack is away', { delivery: 'http' }, (world) => {
  const shown = (channel: string, what: string) =>
    world()
      .texts(channel)
      .filter((text) => text.includes(what));

  test.each(AWAY)('%s: every message goes out afterwards, in order and once, and the card shows the end', async (name, fault) => {
    const { id, room } = await declare(world(), `P2 aureus Away by ${name}`);
    const card = cardOf(world(), DEMO.incidents, id);
    world().slack.faults.add({ ...fault, method: 'chat.postMessage', times: 2 } as FaultInput);
    world().slack.faults.add({ ...fault, method: 'chat.update', times: 1 } as FaultInput);
    const ada = world().slack.as('U0ADA');
    for (const n of [1, 2, 3]) await ada.command(room, '/incident', `note part ${n} during ${name}`);
    await ada.command(room, '/incident', 'resolve it is over');
    await world().settled();
    await world().say('U0ADA', room, 'close');

    for (const n of [1, 2, 3]) expect(shown(room, `noted: part ${n} during ${name}`)).toHaveLength(1);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('Closed');
    expect(cardOf(world(), DEMO.incidents, id).ts).toBe(card.ts);
    expect(await typesOf(world(), id)).not.toContain('message.failed');
    expect(await world().tocsin.store.messages({ state: 'failed' })).toEqual([]);
    expect(await world().tocsin.store.messages({ state: 'sending' })).toEqual([]);
    expect(await ready(world())).toBe('200 ready\n');
  });

  test('a token that was revoked is an alarm until Slack answers again: readiness says so, and a metric', async () => {
    const { room } = await declare(world(), 'P2 aureus Revoked');
    const revoked = world().slack.faults.add({ kind: 'error', error: 'token_revoked', rate: 1 });
    await world().slack.as('U0ADA').command(room, '/incident', 'note nobody hears this yet');
    try {
      await eventually(
        'readiness says so',
        async () => (await ready(world())) === '200 ready\nnote: slack away (token_revoked): messages wait until it is back\n',
      );
      const metrics = await (await fetch(`http://127.0.0.1:${world().tocsin.ops.port}/metrics`)).text();
      expect(metrics).toMatch(/tocsin_slack_failures_total\{reason="token_revoked"\} [1-9]/);
      expect(metrics).toContain('tocsin_slack_down 1');
    } finally {
      world().slack.faults.remove(revoked);
    }
    await world().settled();
    expect(shown(room, 'nobody hears this yet')).toHaveLength(1);
    expect(await ready(world())).toBe('200 ready\n');
  });

  test('a page instead of an answer at the response URL is not taken for an answer: the person is told another way', async () => {
    const { room } = await declare(world(), 'P2 aureus Page');
    world().slack.faults.add({ kind: 'html', method: 'response_url' });
    await world().say('U0ADA', room, 'list');
    expect(lastTold(world(), 'U0ADA')).toContain('Page');
  });

  test('blocks that Slack refuses go again as text, with a record, and the room goes on', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Refused blocks');
    world().slack.faults.add({ kind: 'error', error: 'invalid_blocks', method: 'chat.postMessage' });
    await world().say('U0ADA', room, 'note said without blocks');
    const [message] = world()
      .slack.messages(room)
      .filter(({ text }) => text.includes('said without blocks'));
    expect(message?.blocks ?? []).toEqual([]);
    const records = await world().tocsin.store.records(id);
    expect(records.find(({ type }) => type === 'message.failed')?.data).toMatchObject({ error: 'invalid_blocks: it went as text' });
  });

  test.each(['invalid_blocks', 'is_inactive', 'something_new'])('an edit refused by %s retires no card: the next change is shown', async (error) => {
    const { id, room } = await declare(world(), `P2 aureus Refused by ${error}`);
    const { ts } = cardOf(world(), DEMO.incidents, id);
    // Twice for each of the three cards: as blocks, and as text.
    world().slack.faults.add({ kind: 'error', error, method: 'chat.update', times: 6 });
    await world().say('U0ADA', room, 'severity P1 it grows');
    world().slack.faults.clear();
    await world().say('U0ADA', room, 'resolve it is over');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('Resolved');
    expect(cardOf(world(), DEMO.incidents, id).ts).toBe(ts);
  });

  test('a card that somebody deleted is posted anew, and goes on being edited', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Deleted card');
    const { ts } = cardOf(world(), DEMO.incidents, id);
    await fetch(`${world().slack.apiUrl}chat.delete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world().config.environment.SLACK_BOT_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel: DEMO.incidents, ts }),
    });
    await world().say('U0ADA', room, 'severity P1 it grows');
    const card = cardOf(world(), DEMO.incidents, id);
    expect(card.ts).not.toBe(ts);
    await world().say('U0ADA', room, 'resolve it is over');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('Resolved');
    expect((await world().tocsin.incidents.find(id))?.cards).toContainEqual({ channel: DEMO.incidents, ts: card.ts });
  });
});
