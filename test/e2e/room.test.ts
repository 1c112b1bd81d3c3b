import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { messageWith } from './helpers/remedies.ts';
import { cardOf, DEMO, declare, directMessages, lastTold, readable, typesOf, type World } from './helpers/world.ts';

const [ADA, GRACE] = ['U0ADA', 'U0GRACE'];
const SARK = '    name: SARK\n    channels: { incidents: C0INCIDENTS, updates: C0OPSESC }\n';

function furnished(text: string): string {
  expect(text).toContain(SARK);
  const channels = '    channels: { incidents: C0INCIDENTS, updates: C0OPSESC, name: "inc-{id}-{slug}", archive_after: 7d }\n';
  return text.replace(SARK, `    name: SARK\n${channels}    call: "https://meet.example.com/{service}/{id}?pwd=letmein"\n`);
}

/** Declares one of SARK, whose channel is found by the record. */
async function declaredThere(world: World, text: string): Promise<{ id: string; room: string; name: string }> {
  const before = new Set((await world.tocsin.store.incidents({})).map(({ id }) => id));
  await world.say(ADA, DEMO.incidents, `declare ${text}`);
  const id = (await world.tocsin.store.incidents({})).find((one) => !before.has(one.id))?.id ?? '';
  const room = (await world.tocsin.incidents.find(id))?.room?.channel ?? '';
  return { id, room, name: world.slack.channel(room).name };
}

describeWorld('The incident’s room', { delivery: 'http', config: furnished }, (world) => {
  const stateOf = (id: string) => world().tocsin.incidents.find(id);
  const bookmark = (room: string) =>
    world()
      .slack.channel(room)
      .bookmarks.find(({ title }) => title === 'Call')?.link;

  test('its channel is called by the template, as the answer said; a private one by its id, and a taken name by the id', async () => {
    const { id, room, name } = await declaredThere(world(), 'P2 sark Политика: Access is denied!');
    expect(name).toBe(`${id.toLowerCase()}-politika-access-is-denied`);
    expect(lastTold(world(), ADA)).toContain(`*#${name}*`);
    await world().say(ADA, room, 'note it means this incident');
    expect((await typesOf(world(), id)).at(-1)).toBe('note.added');

    const hidden = await declaredThere(world(), '--private P2 sark Somebody reads policies');
    expect(hidden.name).toBe(hidden.id.toLowerCase());
    expect(lastTold(world(), ADA)).toContain(`*#${hidden.name}*`);

    const next = hidden.name.replace(/\d+$/, (number) => String(Number(number) + 1).padStart(4, '0'));
    world().slack.addChannel({ name: `${next}-taken`, kind: 'public', creator: GRACE, members: [GRACE] });
    const other = await declaredThere(world(), 'P2 sark Taken');
    expect(other.name).toBe(next);
    expect(world().texts(other.room).join()).toContain(`The name ${next}-taken is taken by another channel, so this is ${next}.`);
  });

  test('it is archived so long after the close, and opened again when the incident is reopened', async () => {
    const { id, room } = await declaredThere(world(), 'P3 sark It ends');
    for (const text of ['resolve by itself', 'review done', 'close']) await world().say(ADA, room, text);
    await world().later(6 * 24 * 60);
    expect(world().slack.channel(room).archived).toBe(false);
    await world().later(24 * 60 + 1);
    expect(world().slack.channel(room).archived).toBe(true);
    expect((await typesOf(world(), id)).slice(-2)).toEqual(['room.archive-due', 'room.archived']);
    await world().say(ADA, DEMO.incidents, `reopen ${id} it is back`);
    expect(world().slack.channel(room).archived).toBe(false);
    expect(await stateOf(id)).toMatchObject({ status: 'investigating', room: { channel: room } });
    expect(world().texts(room).join()).toContain('it is back');
    await world().say(ADA, room, 'note here again');
    expect((await typesOf(world(), id)).at(-1)).toBe('note.added');
  });

  test('what Slack refuses is said: archiving in the channel itself, and opening it again in the one that takes its place', async () => {
    const { id, room } = await declaredThere(world(), 'P3 sark It ends too');
    for (const text of ['resolve by itself', 'review done', 'close']) await world().say(ADA, room, text);
    world().slack.faults.add({ kind: 'error', error: 'restricted_action', method: 'conversations.archive', times: 1 });
    await world().later(7 * 24 * 60 + 1);
    expect(world().slack.channel(room).archived).toBe(false);
    expect(world().texts(room).at(-1)).toContain('Tocsin could not archive');
    expect(world().texts(room).at(-1)).toContain('restricted_action');

    await world().say(ADA, room, 'reopen it is back');
    for (const text of ['resolve by itself', 'review done', 'close']) await world().say(ADA, room, text);
    await world().later(7 * 24 * 60 + 1);
    expect(world().slack.channel(room).archived).toBe(true);
    // As Slack answers an app, which it put out of the channel when that was archived.
    world().slack.faults.add({ kind: 'error', error: 'not_in_channel', method: 'conversations.unarchive', times: 1 });
    await world().say(ADA, DEMO.incidents, `reopen ${id} it is back once more`);
    const after = (await stateOf(id))?.room?.channel ?? '';
    expect(after).not.toBe(room);
    expect(world().slack.channel(after).name).toBe(id.toLowerCase());
    expect(world().texts(after).join()).toContain(`<#${room}> can no longer be used`);
  });

  test('the link to its call is on the card, in pages, in the welcome and among the bookmarks; another may be set, and no record has the service’s', async () => {
    const { id, room } = await declaredThere(world(), 'P1 sark Where do we talk');
    const link = `https://meet.example.com/sark/${id.toLowerCase()}?pwd=letmein`;
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain(link);
    expect(readable(messageWith(world(), room, 'Acknowledge by'))).toContain(link);
    expect(
      (await directMessages(world(), GRACE))
        .map(readable)
        .filter((text) => text.includes(id))
        .join(),
    ).toContain(link);
    expect(bookmark(room)).toBe(link);
    expect(JSON.stringify(await world().tocsin.store.records(id))).not.toContain('letmein');

    await world().say(ADA, room, 'call <https://zoom.example.com/j/1?pwd=abc>');
    expect(lastTold(world(), ADA)).toContain('records hold no secrets');
    await world().say('U0MARIE', DEMO.general, `call ${id} https://example.com`);
    expect(lastTold(world(), 'U0MARIE')).toContain('needs the role');
    await world().say(ADA, room, 'call <https://zoom.example.com/j/1|zoom.example.com/j/1>');
    expect(bookmark(room)).toBe('https://zoom.example.com/j/1');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('https://zoom.example.com/j/1');
    await world().say(ADA, room, 'call');
    expect(lastTold(world(), ADA)).toContain('https://zoom.example.com/j/1');
    await world().say(ADA, room, 'call off');
    expect(bookmark(room)).toBeUndefined();
    expect(readable(cardOf(world(), DEMO.incidents, id))).not.toContain('*Call*');
    await world().say(ADA, room, 'call');
    expect(lastTold(world(), ADA)).toContain('has no link to a call');
  });

  test('a new incident is told how earlier ones of its service ended, those of its type first, never private ones, and of the last 30 days only', async () => {
    const old = async (text: string, how: string) => {
      const { id, room } = await declare(world(), text);
      for (const said of [how, 'review done', 'close']) await world().say(ADA, room, said);
      return id;
    };
    await old('P2 provability-fabric Long ago', 'resolve by a restart');
    await world().later(31 * 24 * 60);
    const typed = await old('P2 type:data-loss provability-fabric Proofs are lost', 'resolve restored them from the archive');
    await old('--private P2 provability-fabric Somebody reads proofs', 'resolve hidden from others');
    const cancelled = await old('P2 provability-fabric The probe', 'cancel false alarm');
    const others = [];
    for (const how of ['resolve one', 'resolve two', 'resolve three']) others.push(await old('P2 provability-fabric Proofs are late', how));
    const { room } = await declare(world(), 'P2 type:data-loss provability-fabric Proofs are gone');
    const text = readable(messageWith(world(), room, 'What resolved earlier incidents of'));
    expect([...text.matchAll(/\*(INC-[\d-]+)\*/g)].map(([, id]) => id)).toEqual([typed, others[2], others[1]]);
    expect(text).toContain('restored them from the archive');
    for (const not of ['restart', 'hidden from others', cancelled]) expect(text).not.toContain(not);
    const first = await declare(world(), 'P2 vaultmesh-oracle Nothing before it');
    expect(world().texts(first.room).join()).not.toContain('What resolved earlier incidents');
  });
});
