import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { messageWith } from './helpers/remedies.ts';
import { cardOf, DEMO, declare, directMessages, lastTold, readable, typesOf, type World } from './helpers/world.ts';

const [ADA, GRACE] = ['U0ADA', 'U0GRACE'];
const SARK = '    name: SARK\n    channels: { incidents: C0INCIDENTS, updates: C0OPSESC }\n';

/** A link of a service's own that is called as a call is. */
const OWN_CALL = 'https://meet.example.com/standing';
const PROVABILITY = '    name: Provability-Fabric\n';

function furnished(text: string): string {
  expect(text).toContain(SARK);
  expect(text).toContain(PROVABILITY);
  const channels = '    channels: { incidents: C0INCIDENTS, updates: C0OPSESC, name: "inc-{id}-{slug}", archive_after: 7d }\n';
  return text
    .replace(SARK, `    name: SARK\n${channels}    call: "https://meet.example.com/{service}/{id}?pwd=letmein"\n`)
    .replace(PROVABILITY, `${PROVABILITY}    links: [{ title: Call, url: "${OWN_CALL}" }]\n`);
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

  test('a bookmark of people’s that is called as the call is stays what it is', async () => {
    const { room } = await declaredThere(world(), 'P3 sark People keep links too');
    const links = () =>
      world()
        .slack.channel(room)
        .bookmarks.map(({ link }) => link);
    await world().say(ADA, room, 'call off');
    world().slack.administer(room, { bookmark: { title: 'Call', link: 'https://theirs.example.com/' } }, GRACE);
    await world().say(ADA, room, 'call https://zoom.example.com/j/3');
    expect(links()).toEqual(expect.arrayContaining(['https://theirs.example.com/', 'https://zoom.example.com/j/3']));
    await world().say(ADA, room, 'call off');
    expect(links()).toContain('https://theirs.example.com/');
    expect(links()).not.toContain('https://zoom.example.com/j/3');
    for (const said of ['cancel a test of the call', 'close']) await world().say(ADA, room, said);
  });

  test('of many alerts of one kind the room reads one line, which counts the others: they are in its thread; one of another kind is news', async () => {
    const { id, room } = await declaredThere(world(), 'P2 sark A storm of alerts');
    const { incidents, store } = world().tocsin;
    const fire = async (number: number, title: string) => {
      const data = { alert: `ALR-${number}`, title, source: 'generic', summary: 'It fires' };
      await store.transaction((tx) => incidents.tell(tx, id, { type: 'attach-alert', by: null, data }));
      await world().settled();
    };
    const standsAlone = ({ ts, thread_ts: thread }: { ts: string; thread_ts?: string }) => thread === undefined || thread === ts;
    for (const number of [1, 2, 3]) await fire(number, `Alert number ${number}`);
    const first = messageWith(world(), room, 'Alert number 1');
    expect(standsAlone(first)).toBe(true);
    expect(readable(first)).toContain('2 more alerts belong to this incident. They are in the thread of this message.');
    for (const number of [2, 3]) expect(messageWith(world(), room, `Alert number ${number}`).thread_ts).toBe(first.ts);

    await fire(4, 'Primary database down on db-1.example.com:5432');
    await fire(5, 'Primary database down on db-2.example.com:5432');
    const other = messageWith(world(), room, 'Alert ALR-4');
    expect(standsAlone(other)).toBe(true);
    expect(readable(other)).toContain('1 more alert belongs to this incident. It is in the thread of this message.');
    expect(messageWith(world(), room, 'Alert ALR-5').thread_ts).toBe(other.ts);
    expect(readable(messageWith(world(), room, 'Alert number 1'))).toContain('2 more alerts belong');

    // In another room they begin anew.
    world().slack.administer(room, 'archive', GRACE);
    await world().settled();
    await world().later(1);
    const moved = (await stateOf(id))?.room?.channel ?? '';
    expect(moved).not.toBe(room);
    for (const number of [6, 7]) await fire(number, `Alert number ${number}`);
    const again = messageWith(world(), moved, 'Alert ALR-6');
    expect(standsAlone(again)).toBe(true);
    expect(readable(again)).toContain('1 more alert belongs to this incident. It is in the thread of this message.');
    expect(messageWith(world(), moved, 'Alert ALR-7').thread_ts).toBe(again.ts);
    for (const said of ['cancel a test of alerts', 'close']) await world().say(ADA, room, said);
  });

  test('an action item that is reopened when the channel is an archive is told to its owner, or where the updates are', async () => {
    const { id, room } = await declaredThere(world(), 'P3 sark It ends with items');
    for (const text of [
      'item add <@U0GRACE|grace> Alert earlier',
      'item add Write it down',
      'item done 1',
      'item done 2',
      'resolve by itself',
      'review done',
    ])
      await world().say(ADA, room, text);
    await world().say(ADA, room, 'close');
    await world().later(7 * 24 * 60 + 1);
    expect(world().slack.channel(room).archived).toBe(true);
    const told = async () => (await directMessages(world(), GRACE)).map(readable).filter((text) => text.includes(id) && text.includes('reopened'));
    await world().say(ADA, DEMO.incidents, `item ${id} undone 1`);
    expect(await told()).toEqual([expect.stringContaining('reopened action item 1: Alert earlier')]);
    await world().say(ADA, DEMO.incidents, `item ${id} undone 2`);
    expect(world().texts(DEMO.opsEscalations).at(-1)).toContain('reopened action item 2: Write it down');
    expect(await told()).toHaveLength(1);
  });

  test('an action item whose owner has left the company is told where the updates are, once the channel is an archive; of a private incident to nobody else', async () => {
    const hidden = '--private P3 sark Only few may know';
    const [open, shut] = [await declaredThere(world(), 'P3 sark Its owner leaves'), await declaredThere(world(), hidden)];
    const due = new Date((await world().tocsin.store.now()) + 2 * 86_400_000).toISOString().slice(0, 10);
    for (const { room } of [open, shut])
      for (const text of [
        `item add <@U0GRACE|grace> by ${due} Alert earlier`,
        'item add <@U0GRACE|grace> Write it down',
        'item done 2',
        'resolve by itself',
        'review done',
        'close',
      ])
        await world().say(ADA, room, text);
    for (const { room } of [open, shut]) world().slack.administer(room, 'archive', ADA);
    await world().settled();
    world().slack.changeUser(GRACE, { deleted: true });
    await world().later(4 * 24 * 60);
    await world().say(ADA, DEMO.incidents, `item ${open.id} undone 2`);
    world().slack.changeUser(GRACE, { deleted: false });
    const left = 'This did not reach <@U0GRACE>: the account is deactivated (user_disabled). Tell them another way, or let somebody else take it.';
    const told = world()
      .slack.messages(DEMO.opsEscalations)
      .map(readable)
      .filter((text) => text.includes(open.id) && text.includes(left));
    expect(told).toEqual([
      expect.stringContaining('Action item 1 has been overdue since'),
      expect.stringContaining('reopened action item 2: Write it down'),
    ]);
    expect((await typesOf(world(), shut.id)).filter((type) => type === 'follow-up.overdue')).toHaveLength(1);
    expect(world().texts(DEMO.opsEscalations).join()).not.toContain(shut.id);
  });

  test('a link of the service that is called as the call is stays beside it', async () => {
    const { room } = await declaredThere(world(), 'P3 provability-fabric Proofs are late');
    const links = () =>
      world()
        .slack.channel(room)
        .bookmarks.map(({ link }) => link);
    expect(links()).toContain(OWN_CALL);
    await world().say(ADA, room, 'call https://zoom.example.com/j/2');
    expect(links()).toEqual(expect.arrayContaining([OWN_CALL, 'https://zoom.example.com/j/2']));
    await world().say(ADA, room, 'call off');
    expect(links()).toContain(OWN_CALL);
    expect(links()).not.toContain('https://zoom.example.com/j/2');
    for (const said of ['cancel a test of the call', 'close']) await world().say(ADA, room, said);
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

  const canvas = (room: string) => world().slack.channel(room).canvas;
  const edits = (room: string) =>
    world()
      .slack.calls('canvases.edit')
      .filter(({ args }) => args['canvas_id'] === canvas(room)?.id).length;
  /** What the record says of the canvas, without what the room was told of it: nothing is. */
  const canvasRecords = async (id: string) => {
    const records = await world().tocsin.store.records(id);
    return records.filter(({ type }) => type.startsWith('canvas.'));
  };
  const over = async (room: string) => {
    for (const said of ['cancel a test of the canvas', 'close']) await world().say(ADA, room, said);
  };

  test('its channel has a canvas that follows it: once in two minutes while much happens, never while nothing does, and how it ended', async () => {
    const { id, room } = await declaredThere(world(), 'P2 sark Tests fail');
    // Nobody waits for it.
    expect(canvas(room)).toBeNull();
    expect(messageWith(world(), room, 'Acknowledge by')).toBeDefined();
    await world().later(0.5);
    expect(canvas(room)).toMatchObject({ title: `${id} so far`, by: 'U0TOCSIN' });
    expect(canvas(room)?.markdown).toContain('Tests fail');
    expect(canvas(room)?.markdown).toMatch(/As of \d+ \w+, \d\d:\d\d/);
    expect((await typesOf(world(), id)).filter((type) => type.startsWith('canvas.'))).toEqual(['canvas.created']);
    expect(world().texts(room).join()).not.toContain('canvas');

    for (const said of ['ack', 'impact Half of all builds', 'note restarted the runner']) await world().say(ADA, room, said);
    expect(canvas(room)?.markdown).not.toContain('Half of all builds');
    await world().later(2.5);
    expect(canvas(room)?.markdown).toContain('**Leads:** ada');
    expect(canvas(room)?.markdown).toContain('Half of all builds');
    expect(canvas(room)?.markdown).toContain('restarted the runner');
    expect(edits(room)).toBe(1);
    await world().later(10);
    expect(edits(room)).toBe(1);

    for (const said of ['resolve Rolled back the runner', 'review done', 'close']) await world().say(ADA, room, said);
    await world().later(2.5);
    expect(canvas(room)?.markdown).toContain(`${id} was resolved`);
    expect(canvas(room)?.markdown).toContain('Rolled back the runner');
    expect(canvas(room)?.markdown).toContain('/incident postmortem');
    await world().say(ADA, room, 'item add Alert earlier');
    await world().later(2.5);
    expect(canvas(room)?.markdown).toContain('Alert earlier');
  });

  test('a canvas that people made is left alone, and the record says so once', async () => {
    const { id, room } = await declaredThere(world(), 'P3 sark Somebody was quicker');
    world().slack.administer(room, { canvas: '# Our notes' }, GRACE);
    await world().later(0.5);
    await world().say(ADA, room, 'ack');
    await world().later(10);
    expect(canvas(room)).toMatchObject({ markdown: '# Our notes', by: GRACE });
    expect(await canvasRecords(id)).toMatchObject([{ type: 'canvas.left', data: { channel: room, error: 'channel_canvas_already_exists' } }]);
    await over(room);
  });

  test('one that a person deletes is not made again, and one that is locked is waited for', async () => {
    const { id, room } = await declaredThere(world(), 'P3 sark Nobody wants a canvas');
    await world().later(0.5);
    world().slack.administer(room, 'lock-canvas', GRACE);
    await world().say(ADA, room, 'ack');
    await world().later(3);
    world().slack.administer(room, 'unlock-canvas', GRACE);
    await world().later(3);
    expect(canvas(room)?.markdown).toContain('**Leads:** ada');
    world().slack.administer(room, 'delete-canvas', GRACE);
    for (const said of ['note one', 'note two']) {
      await world().say(ADA, room, said);
      await world().later(3);
    }
    expect(canvas(room)).toBeNull();
    expect((await canvasRecords(id)).map(({ type, data }) => [type, data])).toMatchObject([
      ['canvas.created', {}],
      ['canvas.left', { error: 'canvas_not_found' }],
    ]);
    await over(room);
  });

  test.each(['team_tier_cannot_create_channel_canvases', 'canvas_disabled_user_team', 'restricted_action', 'missing_scope'])(
    'where Slack makes no canvas (%s) the record says so once, and all else goes on',
    async (error) => {
      world().slack.faults.add({ kind: 'error', error, method: 'conversations.canvases.create', times: 1 });
      const { id, room } = await declaredThere(world(), 'P3 sark No canvas here');
      await world().later(0.5);
      await world().say(ADA, room, 'ack');
      await world().later(3);
      expect(canvas(room)).toBeNull();
      expect(await canvasRecords(id)).toMatchObject([{ type: 'canvas.left', outcome: 'failed', data: { error } }]);
      expect((await stateOf(id))?.milestones.acknowledged).not.toBeNull();
      await over(room);
    },
  );

  test('a canvas whose answer was lost is found again, and there is one', async () => {
    world().slack.faults.add({ kind: 'torn', method: 'conversations.canvases.create', times: 1 });
    const { id, room } = await declaredThere(world(), 'P3 sark The answer is lost');
    await world().later(0.5);
    await world().later(1);
    expect(await canvasRecords(id)).toMatchObject([{ type: 'canvas.created', data: { canvas: canvas(room)?.id } }]);
    await over(room);
  });

  test('the canvas of a private incident tells nothing more once others may read its channel', async () => {
    const { room } = await declaredThere(world(), '--private P3 sark Nobody else may read');
    await world().later(0.5);
    expect(canvas(room)?.markdown).toContain('Private');
    world().slack.administer(room, 'make-public', GRACE);
    await world().say(ADA, room, 'note a secret word');
    await world().later(5);
    expect(canvas(room)?.markdown).not.toContain('a secret word');
  });

  const drafts = (room: string) => world().slack.channel(room).tabs;
  const draftRecords = async (id: string) =>
    (await world().tocsin.store.records(id)).filter(({ type }) => /^review\.((un)?drafted|opened)$/.test(type));
  const reviewCanvas = (id: string, room: string) =>
    `https://northwind.slack.com/docs/${DEMO.team}/${drafts(room).find(({ title }) => title.startsWith(id))?.id}`;

  test('[AU-09] [SK-72] when it is closed, the draft of its review is in a canvas that people write together, and nobody writes over them', async () => {
    const { id, room } = await declaredThere(world(), 'P1 sark Nobody can log in');
    for (const said of ['ack', 'note Lesson: canaries help', 'resolve Rolled back the release', 'close']) await world().say(ADA, room, said);
    expect(drafts(room)).toEqual([]);
    await world().later(0.5);
    const [draft] = drafts(room);
    expect(drafts(room)).toHaveLength(1);
    expect(draft).toMatchObject({ title: `${id} post-incident review: draft`, by: 'U0TOCSIN', access: { [room]: 'write' } });
    for (const text of [
      'Nobody can log in',
      'canaries help',
      'Rolled back the release',
      '- [ ] **To fill in:** What happened, and why?',
      '## Lessons Learned',
    ])
      expect(draft?.markdown).toContain(text);
    const link = reviewCanvas(id, room);
    expect((await draftRecords(id)).map(({ type, data }) => [type, data])).toEqual([['review.drafted', { channel: room, canvas: draft?.id, link }]]);
    // The message about the review says so; nobody reads a second one.
    expect(readable(messageWith(world(), room, 'Who runs its post-incident review'))).toContain(`<${link}|a canvas>`);
    expect(
      world()
        .texts(room)
        .filter((text) => text.includes('canvas')),
    ).toHaveLength(1);
    await world().later(2.5);
    expect(canvas(room)?.markdown).toContain(`[written together](${link})`);

    world().slack.administer(room, { tab: draft?.id ?? '', markdown: '# What we learned\nCheck the flag first.' }, GRACE);
    for (const said of ['reopen It is back', 'note Lesson: look twice', 'resolve The flag is off', 'close']) await world().say(ADA, room, said);
    await world().later(5);
    expect(drafts(room)).toMatchObject([{ id: draft?.id, markdown: '# What we learned\nCheck the flag first.' }]);
    expect(await draftRecords(id)).toHaveLength(1);
    const asked = world()
      .slack.messages(room)
      .map(readable)
      .filter((text) => text.includes('Who runs its post-incident review'));
    expect(asked.at(-1)).toContain(`<${link}|a canvas>, where people write it together. It was filled before the incident was reopened`);
    await world().say(ADA, room, 'postmortem');
    expect(lastTold(world(), ADA)).toContain(`<${link}|a canvas>`);
    await world().say(ADA, room, 'summary');
    expect(lastTold(world(), ADA)).toContain(`*Review*: the draft is in <${link}|a canvas>`);
    expect(drafts(room)[0]?.markdown).toBe('# What we learned\nCheck the flag first.');
  });

  test('of one whose review is not asked for yet, the room is told in a sentence', async () => {
    const { id, room } = await declaredThere(world(), 'P2 sark Builds are slow');
    for (const said of ['resolve by itself', 'close']) await world().say(ADA, room, said);
    await world().later(0.5);
    expect(world().texts(room).join()).toContain(`The draft of the post-incident review is in a canvas of <#${room}>, for people to write: `);
    expect(world().texts(room).join()).toContain(reviewCanvas(id, room));
  });

  test.each(['canvas_disabled_user_team', 'free_team_canvas_tab_already_exists', 'restricted_action', 'missing_scope'])(
    'where Slack makes no canvas of the review (%s) the record says so once, the room hears nothing, and the post-mortem is a file',
    async (error) => {
      const { id, room } = await declaredThere(world(), 'P2 sark Nothing to write on');
      world().slack.faults.add({ kind: 'error', error, method: 'canvases.create', times: 1 });
      for (const said of ['resolve by itself', 'close']) await world().say(ADA, room, said);
      await world().later(5);
      expect(drafts(room)).toEqual([]);
      expect(await draftRecords(id)).toMatchObject([{ type: 'review.undrafted', outcome: 'failed', data: { error } }]);
      expect(world().texts(room).join()).not.toContain('canvas');
      await world().say(ADA, room, 'postmortem');
      const files = world()
        .slack.messages(room)
        .flatMap((message) => message.files ?? []);
      expect(files.map(({ name }) => name).join()).toContain(`${id}-post-mortem-`);
    },
  );

  test('a canvas of the review that lacked a scope is made once the post-mortem is asked for and the scope is there, and the next room gets its link', async () => {
    // No canvas of an incident before this one is still to come.
    await world().later(1);
    const { id, room } = await declaredThere(world(), 'P2 sark The scope comes late');
    world().slack.faults.add({ kind: 'error', error: 'missing_scope', method: 'canvases.create', times: 1 });
    for (const said of ['resolve by itself', 'close']) await world().say(ADA, room, said);
    await world().later(5);
    expect(drafts(room)).toEqual([]);
    await world().say(ADA, room, 'postmortem');
    await world().later(0.5);
    await world().say(ADA, room, 'postmortem');
    await world().later(0.5);
    expect(drafts(room)).toHaveLength(1);
    expect((await draftRecords(id)).map(({ type }) => type)).toEqual(['review.undrafted', 'review.drafted']);

    await world().say(ADA, room, 'reopen It is back');
    world().slack.administer(room, 'archive', GRACE);
    await world().settled();
    await world().later(1);
    const moved = (await stateOf(id))?.room?.channel ?? '';
    expect(moved).not.toBe(room);
    for (const minutes of [1, 2, 2]) await world().later(minutes);
    // The link is shared there; the simulated Slack lets nobody change a canvas whose channel is archived.
    const opened = (await draftRecords(id)).filter(({ type }) => type === 'review.opened');
    expect(opened).toMatchObject([{ outcome: 'failed', data: { channel: moved, access: 'restricted_action' } }]);
    expect(world().texts(moved).join()).toContain(`${reviewCanvas(id, room)}|a canvas>, where people write it together`);
  });

  test('a canvas of the review whose answer was lost is found again, and there is one', async () => {
    const { id, room } = await declaredThere(world(), 'P2 sark The answer about the review is lost');
    world().slack.faults.add({ kind: 'torn', method: 'canvases.create', times: 1 });
    for (const said of ['resolve by itself', 'close']) await world().say(ADA, room, said);
    await world().later(0.5);
    await world().later(1);
    expect(drafts(room)).toHaveLength(1);
    expect(await draftRecords(id)).toMatchObject([{ type: 'review.drafted', data: { canvas: drafts(room)[0]?.id } }]);
  });

  test('the review of a private incident is in a canvas of its own channel alone, and in none once others may read that', async () => {
    const hidden = await declaredThere(world(), '--private P2 sark Somebody reads our mail');
    for (const said of ['resolve The key was changed', 'close']) await world().say(ADA, hidden.room, said);
    await world().later(0.5);
    expect(drafts(hidden.room)).toMatchObject([{ access: { [hidden.room]: 'write' } }]);
    for (const { id, tabs } of world().slack.channels())
      if (id !== hidden.room) expect(tabs.map(({ title }) => title).join()).not.toContain(hidden.id);

    const shown = await declaredThere(world(), '--private P2 sark Somebody opens the door');
    await world().say(ADA, shown.room, 'resolve The key was changed');
    world().slack.administer(shown.room, 'make-public', GRACE);
    await world().say(ADA, shown.room, 'close');
    await world().later(1);
    expect(drafts(shown.room)).toEqual([]);
  });
});
