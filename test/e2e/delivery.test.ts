import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { cardOf, DEMO, declare, lastTold, readable, typesOf } from './helpers/world.ts';

describeWorld('When Slack is difficult', { delivery: 'socket' }, (world) => {
  test('a post whose answer was lost is looked up, not repeated', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Torn');
    world().slack.faults.add({ kind: 'torn', method: 'chat.postMessage' });
    await world().say('U0ADA', room, 'note written once');
    const shown = world()
      .texts(room)
      .filter((text) => text.includes('written once'));
    expect(shown).toHaveLength(1);
    expect((await typesOf(world(), id)).filter((type) => type === 'note.added')).toHaveLength(1);
    expect(await world().tocsin.store.messages({ stream: id, state: 'sending' })).toEqual([]);
  });

  test('429 is respected: the message is tried again and comes once', async () => {
    const { room } = await declare(world(), 'P2 aureus Busy');
    world().slack.faults.add({ kind: 'rate_limited', retry_after: 1, method: 'chat.postMessage' });
    const before = world().slack.calls('chat.postMessage').length;
    await world().say('U0ADA', room, 'note after the limit');
    const calls = world()
      .slack.calls('chat.postMessage')
      .slice(before)
      .filter((call) => JSON.stringify(call).includes('after the limit'));
    expect(calls).toHaveLength(2);
    expect(
      world()
        .texts(room)
        .filter((text) => text.includes('after the limit')),
    ).toHaveLength(1);
  });

  test('messages of a room stay in order though one has to be tried again', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Order');
    const ada = world().slack.as('U0ADA');
    world().slack.faults.add({ kind: 'http_error', status: 503, method: 'chat.postMessage' });
    for (const n of [1, 2, 3, 4]) await ada.command(room, '/incident', `note number ${n} of four`);
    await world().settled();
    const order = world()
      .texts(room)
      .flatMap((text) => /noted: number (\d) of four/.exec(text)?.[1] ?? []);
    // Commands that follow each other within milliseconds are worked on side by side; what was recorded first is told first.
    const recorded = (await world().tocsin.store.records(id)).flatMap(({ data }) => /number (\d) of four/.exec(JSON.stringify(data))?.[1] ?? []);
    expect(order.toSorted()).toEqual(['1', '2', '3', '4']);
    expect(order).toEqual(recorded);
  });

  test('edits are coalesced: many changes, few edits, the last one shown', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Many changes');
    const ada = world().slack.as('U0ADA');
    const card = cardOf(world(), DEMO.incidents, id);
    const before = world()
      .slack.calls('chat.update')
      .filter((call) => JSON.stringify(call.args).includes(card.ts)).length;
    world().slack.faults.add({ kind: 'slow', ms: 300, method: 'chat.update', times: 3 });
    await Promise.all(Array.from({ length: 12 }, (_, n) => ada.command(room, '/incident', `impact ${n + 1} of 12 regions`)));
    await world().settled();
    const state = await world().tocsin.incidents.find(id);
    const edits =
      world()
        .slack.calls('chat.update')
        .filter((call) => JSON.stringify(call.args).includes(card.ts)).length - before;
    expect(edits).toBeLessThan(12);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain(state?.impact ?? 'none');
  });

  test('a message that Slack refuses for good is recorded, and the rest goes on', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Refused');
    world().slack.faults.add({ kind: 'error', error: 'cannot_reply_to_message', method: 'chat.postMessage' });
    await world().say('U0ADA', room, 'note never shown');
    await world().say('U0ADA', room, 'note shown again');
    expect((await world().tocsin.store.records(id)).find(({ type }) => type === 'message.failed')).toMatchObject({
      outcome: 'failed',
      data: { error: 'cannot_reply_to_message' },
    });
    expect(world().texts(room).join()).toContain('shown again');
  });

  test('a card that its channel refused is posted once the channel takes it, and each refusal is recorded once', async () => {
    world().slack.faults.add({ kind: 'error', error: 'is_archived', method: 'chat.postMessage', times: 3 });
    const { id, room } = await declare(world(), 'P2 aureus Refused card');
    await world().say('U0ADA', room, 'note the channel is no archive any more');
    const refused = (await world().tocsin.store.records(id)).flatMap(({ type, data }) => (type === 'message.failed' ? [JSON.stringify(data)] : []));
    expect(refused).not.toEqual([]);
    expect(new Set(refused).size).toBe(refused.length);
    expect(
      world()
        .texts(DEMO.incidents)
        .filter((text) => text.includes(id) && text.includes('Severity')),
    ).toHaveLength(1);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('Refused card');
    // Another message may have met one of the refusals, as a page in the same moment: each is tried in its own way.
    const failed = await world().tocsin.store.messages({ stream: id, state: 'failed' });
    expect(failed.filter(({ template }) => template === 'card')).toEqual([]);
  });

  test('a card whose metadata Slack refuses is posted without them', async () => {
    world().slack.faults.add({ kind: 'error', error: 'metadata_too_large', method: 'chat.postMessage' });
    const { id } = await declare(world(), 'P2 aureus Bare card');
    expect(
      world()
        .texts(DEMO.incidents)
        .filter((text) => text.includes(id) && text.includes('Bare card')),
    ).toHaveLength(1);
  });

  test('the same event delivered twice, over two connections, has one outcome', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Doubled');
    world().slack.faults.add({ kind: 'redeliver', copies: 3 });
    await world().say('U0ADA', room, 'note delivered four times');
    expect((await typesOf(world(), id)).filter((type) => type === 'note.added')).toHaveLength(1);
  });

  test('a dropped socket comes back and loses nothing', async () => {
    const { room } = await declare(world(), 'P2 aureus Dropped');
    world().slack.dropSockets();
    await world().slack.waitFor(() => world().slack.connections() === 0);
    await world().slack.waitFor(() => world().slack.connections() > 0, { timeoutMs: 30_000 });
    await world().say('U0ADA', room, 'note after the reconnect');
    expect(world().texts(room).join()).toContain('after the reconnect');
  });

  test('when roles cannot be looked up nobody is let in on a guess', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Fail closed');
    await world().slack.as('U0ALAN').join(room);
    await world().say('U0ALAN', room, 'status');
    for (const method of ['users.info', 'users.list']) world().slack.faults.add({ kind: 'error', error: 'internal_error', method, rate: 1 });
    await world().say('U0ALAN', room, 'severity P0 because');
    world().slack.faults.clear();
    expect(lastTold(world(), 'U0ALAN')).toContain('roles you hold');
    expect((await world().tocsin.incidents.find(id))?.severity).toBe('P2');
  });
});
