import { expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, directMessages, lastTold, readable, typesOf, type World } from './helpers/world.ts';

const ADA = 'U0ADA';
const GRACE = 'U0GRACE';
const LINUS = 'U0LINUS';
const JOAN = 'U0JOAN';
const ALAN = 'U0ALAN';
const MARIE = 'U0MARIE';

/** AUREUS has a group that Slack does not know; SARK escalates to Joan, who holds no role; the two of VaultMesh have one responder each. */
function lines(text: string): string {
  const changes: readonly [string, RegExp, string][] = [
    ['aureus', /responders: .*/, `responders: [{ usergroup: S0GONE }, { user: ${LINUS} }]`],
    ['sark', /escalation: .*/, `escalation: [{ usergroup: S0SRE }, { user: ${JOAN} }]`],
    ['vaultmesh-qbusiness', /responders: .*/, `responders: [{ user: ${ALAN} }]`],
    ['vaultmesh-oracle', /responders: .*/, `responders: [{ user: ${MARIE} }]`],
    ['vaultmesh-oracle', /escalation: .*/, `escalation: [{ user: ${MARIE} }, { user: ${JOAN} }]`],
  ];
  return changes.reduce((changed, [service, line, instead]) => {
    const at = changed.indexOf(`\n  ${service}:\n`);
    return changed.slice(0, at) + changed.slice(at).replace(line, instead);
  }, text);
}

function declared(world: World, text: string): Promise<Incident> {
  return declaredBy(world, text, () => world.say(ADA, DEMO.incidents, `declare ${text}`));
}

function declaredPrivately(world: World, summary: string): Promise<Incident> {
  return declaredBy(world, summary, async () => {
    const ada = world.slack.as(ADA);
    await ada.command(DEMO.incidents, '/incident', 'declare');
    const view = await world.slack.waitFor(() => world.slack.views(ADA).at(-1));
    await ada.submitView(view.id, { summary, service: 'sark', severity: 'P1', flags: ['private'] });
    await world.settled();
  });
}

async function declaredBy(world: World, text: string, declare: () => Promise<void>): Promise<Incident> {
  const before = new Set((await world.tocsin.store.incidents({})).map(({ id }) => id));
  await declare();
  const index = (await world.tocsin.store.incidents({})).find(({ id }) => !before.has(id));
  return stateOf(world, index?.id ?? `nothing by ${text}: ${lastTold(world, ADA)}`);
}

async function stateOf(world: World, id: string): Promise<Incident> {
  const incident = await world.tocsin.incidents.find(id);
  if (incident === null) throw new Error(`There is no incident ${id}.`);
  return incident;
}

function roomOf({ id, room }: Incident): string {
  if (room === null) throw new Error(`${id} has no room.`);
  return room.channel;
}

async function told(world: World, user: string, id: string): Promise<string> {
  return (await directMessages(world, user))
    .map((message) => readable(message))
    .filter((text) => text.includes(id))
    .join('\n');
}

function nextId(world: World, n: number): string {
  const year = new Date(Date.now() + world.slack.clock.offsetMs).getUTCFullYear();
  return `inc-${year}-${String(n).padStart(4, '0')}`;
}

describeWorld('A page reaches somebody', { delivery: 'http', config: lines }, (world) => {
  test('a private channel that somebody made beforehand never becomes the room, and everybody is called all the same', async () => {
    const names = [nextId(world(), 1), `${nextId(world(), 1)}-room`];
    const traps = names.map((name) => world().slack.addChannel({ name, kind: 'private', creator: JOAN, members: [JOAN, 'U0TOCSIN'] }));
    const incident = await declaredPrivately(world(), 'Data may be exposed');
    const room = world().slack.channel(roomOf(incident));
    expect(traps).not.toContain(room.id);
    expect(room.kind).toBe('private');
    expect(room.members).not.toContain(JOAN);
    expect(room.members).toEqual(expect.arrayContaining([ADA, GRACE]));
    expect(world().texts(room.id).join()).toContain(`The name ${names[0]} is taken`);
    expect(await told(world(), GRACE, incident.id)).toContain('Acknowledge');
    for (const trap of traps) expect(world().texts(trap).join()).not.toContain('exposed');
  });

  test('a channel of the bot that was renamed to wait for the next incident, with somebody inside, is not adopted', async () => {
    const old = await declared(world(), 'P3 sark An old one');
    world().slack.administer(roomOf(old), { rename: nextId(world(), 3) }, JOAN);
    await world().slack.as(JOAN).join(roomOf(old));
    const incident = await declared(world(), 'P2 sark A new one');
    expect(incident.id.toLowerCase()).toBe(nextId(world(), 3));
    expect(roomOf(incident)).not.toBe(roomOf(old));
    // A renamed room stays the room of its own incident.
    await world().say(ADA, roomOf(old), 'note written after the renaming');
    expect(world().texts(roomOf(old)).join()).toContain('after the renaming');
  });

  test('a lost answer to the making of a channel makes no second one', async () => {
    world().slack.faults.add({ kind: 'torn', method: 'conversations.create' });
    const incident = await declared(world(), 'P3 sark Torn');
    expect(world().slack.channel(roomOf(incident)).name).toBe(incident.id.toLowerCase());
  });

  test('where no channel can be made, the incident continues in the thread of its card, and says so', async () => {
    const fault = world().slack.faults.add({ kind: 'error', error: 'restricted_action', method: 'conversations.create', times: 20 });
    const incident = await declared(world(), 'P2 sark No channels today');
    world().slack.faults.remove(fault);
    expect(incident.room).toEqual({ channel: DEMO.incidents, threadTs: expect.any(String) });
    const thread = world().slack.messages(DEMO.incidents, { thread_ts: incident.room?.threadTs ?? '' });
    expect(thread.map((message) => readable(message)).join()).toContain('restricted_action');
    // The channel of all incidents does not come to mean this one.
    expect((await world().tocsin.store.incidents({ channel: DEMO.incidents })).map(({ id }) => id)).toEqual([]);

    const { incidents, store } = world().tocsin;
    for (const number of [1, 2, 3]) {
      const data = { alert: `ALR-${number}`, title: `Thread alert ${number}`, source: 'generic', summary: 'It fires' };
      await store.transaction((tx) => incidents.tell(tx, incident.id, { type: 'attach-alert', by: null, data }));
      await world().settled();
    }
    const below = world()
      .slack.messages(DEMO.incidents, { thread_ts: incident.room?.threadTs ?? '' })
      .map((message) => readable(message));
    const alerts = below.filter((text) => text.includes('Thread alert'));
    expect(alerts).toHaveLength(3);
    expect(alerts[0]).toContain('2 more alerts belong to this incident. They are further down in this thread.');
  });

  test('a group that Slack does not know keeps nobody else from being called, and is said in the channel', async () => {
    const incident = await declared(world(), 'P1 aureus Half of the line is gone');
    expect(await told(world(), LINUS, incident.id)).toContain('Acknowledge');
    expect(world().texts(roomOf(incident)).join()).toMatch(/could not call .*S0GONE/);
    expect(incident.called).toContain(LINUS);
  });

  test('who is escalated to may acknowledge and post, though they hold no role, and only there', async () => {
    const incident = await declared(world(), 'P1 sark Joan has to decide');
    const other = await declared(world(), 'P1 sark Nothing for Joan');
    const joan = world().slack.as(JOAN);
    await world().say(JOAN, DEMO.incidents, `ack ${incident.id}`);
    expect(lastTold(world(), JOAN)).toContain('responder');
    await world().say(ADA, roomOf(incident), 'escalate Joan is needed');
    const dm = (await directMessages(world(), JOAN)).findLast((message) => readable(message).includes(incident.id));
    await joan.click((await joan.openDirect()).channel ?? '', dm?.ts ?? '', 'incident.ack');
    await world().settled();
    expect((await stateOf(world(), incident.id)).roles['incident-commander']).toBe(JOAN);
    await world().say(JOAN, DEMO.incidents, `ack ${other.id}`);
    expect((await stateOf(world(), other.id)).milestones.acknowledged).toBeNull();
    await world().say(JOAN, DEMO.incidents, `severity ${incident.id} P0 because I say so`);
    expect((await stateOf(world(), incident.id)).severity).toBe('P1');
  });

  test('a refused direct message goes to the incident’s channel at once, and the refusal is a record', async () => {
    const fault = world().slack.faults.add({ kind: 'error', error: 'cannot_dm_bot', method: 'conversations.open', times: 100 });
    const incident = await declared(world(), 'P1 vaultmesh-qbusiness Nobody has direct messages');
    world().slack.faults.remove(fault);
    const records = await world().tocsin.store.records(incident.id);
    expect(records.filter(({ type }) => type === 'person.reached')).toEqual([
      expect.objectContaining({
        outcome: 'done',
        data: expect.objectContaining({ user: ALAN, way: 'room', refused: [{ way: 'direct-message', error: 'cannot_dm_bot' }] }),
      }),
    ]);
    expect(world().texts(roomOf(incident)).join()).toContain(`<@${ALAN}>: *${incident.id}*`);
    expect(world().slack.channel(roomOf(incident)).members).toContain(ALAN);
  });

  test('a room that is archived, or that the bot is removed from, is replaced, and everybody is told where', async () => {
    const incident = await declared(world(), 'P1 sark A room that goes');
    for (const change of ['archive', 'remove-app', 'delete'] as const) {
      const before = roomOf(await stateOf(world(), incident.id));
      world().slack.administer(before, change, JOAN);
      await world().slack.idle();
      await world().settled();
      const after = roomOf(await stateOf(world(), incident.id));
      expect(after).not.toBe(before);
      expect(world().texts(after).join()).toContain(`<#${before}>`);
      expect(world().slack.channel(after).members).toEqual(expect.arrayContaining([ADA, GRACE]));
      await world().say(ADA, after, `note after ${change}`);
      expect(world().texts(after).join()).toContain(`after ${change}`);
    }
    expect((await typesOf(world(), incident.id)).filter((type) => type === 'room.lost')).toHaveLength(3);
    expect(world().texts(DEMO.incidents).join()).toContain(`*${incident.id}* lost its room`);
  });

  test('a room that only its refusals show to be shut is replaced, and what was refused there is said in the new one, once', async () => {
    const incident = await declared(world(), 'P1 sark A silent loss');
    const before = roomOf(incident);
    world().slack.faults.add({ kind: 'error', error: 'restricted_action_read_only_channel', method: 'chat.postMessage' });
    await world().say(ADA, DEMO.incidents, `note ${incident.id} this must not be lost`);
    const after = roomOf(await stateOf(world(), incident.id));
    expect(after).not.toBe(before);
    expect(
      world()
        .texts(after)
        .filter((text) => text.includes('this must not be lost')),
    ).toHaveLength(1);
  });

  test('what was refused in one room and in the next one for the same reason is said in the one after', async () => {
    const incident = await declared(world(), 'P1 sark A stubborn workspace');
    const before = roomOf(incident);
    world().slack.faults.add({ kind: 'error', error: 'restricted_action_read_only_channel', method: 'chat.postMessage', times: 8 });
    await world().say(ADA, DEMO.incidents, `note ${incident.id} this must not be lost either`);
    expect(world().slack.faults.list()).toEqual([]);
    const after = roomOf(await stateOf(world(), incident.id));
    expect(after).not.toBe(before);
    expect(
      world()
        .texts(after)
        .filter((text) => text.includes('this must not be lost either')),
    ).toHaveLength(1);
  });

  test('a private incident whose room was made public moves before anything more is told there', async () => {
    const incident = await declaredPrivately(world(), 'Somebody took the customer list');
    const before = roomOf(incident);
    const known = world().texts(before);
    world().slack.administer(before, 'make-public', JOAN);
    await world().say(ADA, before, 'note it was an account of the sales department');
    await world().say(ADA, DEMO.incidents, `severity ${incident.id} P0 it spreads`);
    const after = roomOf(await stateOf(world(), incident.id));
    expect(after).not.toBe(before);
    expect(world().slack.channel(after).kind).toBe('private');
    expect(world().texts(after).join()).toContain('sales department');
    expect(world().texts(after).join()).toContain('no longer private');
    expect(
      world()
        .texts(before)
        .filter((text) => !text.includes('made this channel public')),
    ).toEqual(known);
  });

  test('a room that is archived when the incident is over is not replaced', async () => {
    const incident = await declared(world(), 'P3 sark Over soon');
    await world().say(ADA, roomOf(incident), 'resolve it was nothing');
    world().slack.administer(roomOf(incident), 'archive', ADA);
    await world().slack.idle();
    await world().say(ADA, DEMO.incidents, `close ${incident.id}`);
    expect(await stateOf(world(), incident.id)).toMatchObject({ status: 'closed', room: incident.room });
  });

  test('when nobody of those who are called can be reached, the next in line is called at once', async () => {
    world().slack.changeUser(MARIE, { deleted: true });
    const incident = await declared(world(), 'P1 vaultmesh-oracle Marie has left');
    world().slack.changeUser(MARIE, { deleted: false });
    const records = await world().tocsin.store.records(incident.id);
    expect(records.find(({ type }) => type === 'person.reached')?.data).toMatchObject({
      way: null,
      refused: [{ way: 'direct-message', error: 'user_disabled' }],
    });
    expect(records.find(({ type }) => type === 'incident.escalated')?.data).toMatchObject({ cause: 'unreached', who: { user: JOAN } });
    expect(await told(world(), JOAN, incident.id)).toContain('Acknowledge');
    expect(world().texts(DEMO.incidents).join()).toMatch(
      new RegExp(`could not reach <@${MARIE}>.*Call them another way, or somebody else: .?/page ${incident.id} @person reason`),
    );
  });
});

/** Numbers and addresses that are in the settings alone. */
const SECRET_WAYS = /5550100|security@example\.com/;

describeWorld('Who is called depends on what happens', {}, (world) => {
  const publicTexts = () =>
    world()
      .slack.channels()
      .filter(({ kind }) => kind === 'public')
      .flatMap(({ id }) => world().texts(id))
      .join();

  test('[AU-60] a security breach calls its contacts step by step, and only they and the security channel learn of it', async () => {
    const incident = await declaredBy(world(), 'KEYS_TAKEN', () =>
      world().say(ADA, DEMO.incidents, 'declare P0 type:security-breach aureus KEYS_TAKEN'),
    );
    expect(incident).toMatchObject({ type: 'security-breach', private: true });
    expect(await told(world(), MARIE, incident.id)).toContain('Acknowledge');
    expect(await told(world(), GRACE, incident.id)).toBe('');
    expect(publicTexts()).not.toContain('KEYS_TAKEN');
    const card = world().texts(DEMO.securityIncidents).join();
    expect(card).toContain('KEYS_TAKEN');
    expect(card).toContain('*Primary*: @security  ·  *Secondary*: linus  ·  *Executive*: alan, joan');
    expect(await told(world(), JOAN, incident.id)).toBe('');
    await world().say(ADA, roomOf(incident), 'escalate the engineering lead must know');
    expect(await told(world(), LINUS, incident.id)).toContain('the engineering lead must know');
    await world().say(ADA, roomOf(incident), 'escalate management must know');
    for (const user of [ALAN, JOAN]) expect(await told(world(), user, incident.id)).toContain('management must know');
    expect(publicTexts()).not.toContain('KEYS_TAKEN');
  });

  test('a security channel that everybody sees gets no card of a private incident, and the room hears of it', async () => {
    world().slack.administer(DEMO.securityIncidents, 'make-public', MARIE);
    const incident = await declaredBy(world(), 'KEYS_SOLD', () =>
      world().say(ADA, DEMO.incidents, 'declare P0 type:security-breach aureus KEYS_SOLD'),
    );
    expect(publicTexts()).not.toContain('KEYS_SOLD');
    expect(world().texts(roomOf(incident)).join()).toContain(`did not reach <#${DEMO.securityIncidents}>`);
  });

  test('a type that there is not is said with those there are, and another type calls its first contacts', async () => {
    await world().say(ADA, DEMO.incidents, 'declare P1 type:data-los aureus Rows are gone');
    expect(lastTold(world(), ADA)).toContain('Did you mean `data-loss`?');
    const incident = await declared(world(), 'P1 type:performance-degradation aureus Slow');
    await world().say(ADA, roomOf(incident), 'type security-breach somebody reads along');
    expect(await told(world(), MARIE, incident.id)).toContain('The type is *Security breach* now');
    expect(lastTold(world(), ADA)).toContain('Everybody still sees this incident');
    expect(await stateOf(world(), incident.id)).toMatchObject({ type: 'security-breach', private: false });
  });

  test('the form asks for the type, and a security breach that is declared in it is private', async () => {
    const incident = await declaredBy(world(), 'FORM_BREACH', async () => {
      const ada = world().slack.as(ADA);
      await ada.command(DEMO.incidents, '/incident', 'declare');
      const view = await world().slack.waitFor(() => world().slack.views(ADA).at(-1));
      await ada.submitView(view.id, { summary: 'FORM_BREACH', service: 'aureus', severity: 'P0', type: 'security-breach' });
      await world().settled();
    });
    expect(incident.private).toBe(true);
    expect(publicTexts()).not.toContain('FORM_BREACH');
  });

  test('[SK-60] a condition calls its level at once with the reason, and so does half an hour without an end', async () => {
    const incident = await declared(world(), 'P2 sark Something leaks');
    await world().say(ADA, roomOf(incident), 'impact --breach A foreign key was found');
    expect(await told(world(), LINUS, incident.id)).toContain('A security breach is confirmed.');
    expect(await told(world(), ALAN, incident.id)).toBe('');
    await world().say(ADA, roomOf(incident), 'impact --media It is in the news');
    for (const user of [ALAN, MARIE]) expect(await told(world(), user, incident.id)).toContain('Media or the public are involved.');
    await world().say(ADA, roomOf(incident), 'ack');
    await world().later(31);
    expect(await told(world(), LINUS, incident.id)).toContain('Not resolved within 30 min.');
    await world().say(ADA, roomOf(incident), 'resolve rotated');
  });

  test('contacts are shown to who is called and to who holds a role, and to nobody else; no record has them', async () => {
    const incident = await declared(world(), 'P1 vaultmesh-qbusiness Foreign documents in the index');
    expect(await told(world(), GRACE, incident.id)).toMatch(SECRET_WAYS);
    expect(world().texts(roomOf(incident)).join()).not.toMatch(SECRET_WAYS);
    await world().say(ADA, roomOf(incident), 'escalate help');
    expect(await told(world(), LINUS, incident.id)).toMatch(SECRET_WAYS);
    expect(world().texts(roomOf(incident)).join()).not.toMatch(SECRET_WAYS);
    await world().say(ADA, roomOf(incident), 'contacts');
    expect(lastTold(world(), ADA)).toMatch(SECRET_WAYS);
    await world().say(JOAN, DEMO.incidents, 'contacts vaultmesh-qbusiness');
    expect(lastTold(world(), JOAN)).toContain('for those who hold a role');
    expect(lastTold(world(), JOAN)).not.toMatch(SECRET_WAYS);
    expect(JSON.stringify(await world().tocsin.store.records(incident.id))).not.toMatch(SECRET_WAYS);
    expect(publicTexts()).not.toMatch(SECRET_WAYS);
  });

  test('/page calls anybody into the room, who may acknowledge by the button; bots and guests it calls not', async () => {
    const incident = await declared(world(), 'P1 aureus Joan knows the vendor');
    await world().say(ADA, roomOf(incident), `/page <@${JOAN}> she knows the vendor`);
    expect(world().slack.channel(roomOf(incident)).members).toContain(JOAN);
    const direct = (await directMessages(world(), JOAN)).findLast((message) => readable(message).includes(incident.id));
    expect(readable(direct ?? { text: '' })).toContain('she knows the vendor');
    const joan = world().slack.as(JOAN);
    await joan.click((await joan.openDirect()).channel ?? '', direct?.ts ?? '', 'incident.ack');
    await world().settled();
    expect((await stateOf(world(), incident.id)).roles['incident-commander']).toBe(JOAN);
    await world().say(ADA, roomOf(incident), '/page <!subteam^S0SEC|@security> a foreign key');
    expect(await told(world(), MARIE, incident.id)).toContain('a foreign key');
    await world().say(ADA, roomOf(incident), '/page <@U0GUEST> come');
    expect(lastTold(world(), ADA)).toContain('is a guest and cannot be called');
    await world().say(ADA, roomOf(incident), '/page ada come');
    expect(lastTold(world(), ADA)).toContain('is not a person or a group here');
    const calls = (await world().tocsin.store.records(incident.id)).filter(({ type }) => type === 'incident.escalated');
    expect(calls.map(({ data }) => data)).toEqual([
      expect.objectContaining({ cause: 'named', who: { user: JOAN } }),
      expect.objectContaining({ cause: 'named', who: { usergroup: 'S0SEC' } }),
    ]);
  });
});

/** AUREUS lives under its card. */
function inThreads(text: string): string {
  return text.replace('security: C0SECINC, updates: C0OPSESC }', 'security: C0SECINC, updates: C0OPSESC, room: thread }');
}

describeWorld('Without its incidents channel', { delivery: 'http', config: inThreads }, (world) => {
  test.each(['cannot_reply_to_message', 'thread_not_found'])(
    'an incident whose thread is gone (%s) gets a channel, and people are told',
    async (error) => {
      const incident = await declaredBy(world(), 'In a thread', () => world().say(ADA, DEMO.incidents, 'declare P2 aureus In a thread'));
      expect(incident.room).toMatchObject({ channel: DEMO.incidents, threadTs: expect.any(String) });
      world().slack.faults.add({ kind: 'error', error, method: 'chat.postMessage' });
      await world().say(ADA, DEMO.incidents, `note ${incident.id} still with us`);
      expect(await typesOf(world(), incident.id)).toContain('room.lost');
      const { room } = await stateOf(world(), incident.id);
      expect(room?.channel).not.toBe(DEMO.incidents);
      expect(
        world()
          .texts(room?.channel ?? '')
          .join(),
      ).toContain('still with us');
      await world().say(ADA, DEMO.incidents, `resolve ${incident.id} over`);
    },
  );

  test('an incident of thread mode whose card is refused gets a channel, and everybody is called', async () => {
    world().slack.administer(DEMO.incidents, 'archive', JOAN);
    const incident = await declaredBy(world(), 'Nowhere to post', () => world().say(ADA, DEMO.opsEscalations, 'declare P1 aureus Nowhere to post'));
    expect(world().slack.channel(roomOf(incident)).members).toEqual(expect.arrayContaining([ADA, GRACE]));
    expect(world().texts(roomOf(incident)).join()).toContain(`did not reach <#${DEMO.incidents}>`);
    expect(await told(world(), GRACE, incident.id)).toContain('Acknowledge');
    await world().say(ADA, roomOf(incident), 'ack');
    expect((await stateOf(world(), incident.id)).roles['incident-commander']).toBe(ADA);
  });

  test('a reminder that does not reach the commander directly is said in the room, with its buttons', async () => {
    const [index] = await world().tocsin.store.incidents({ open: true });
    const incident = await stateOf(world(), index?.id ?? '');
    const fault = world().slack.faults.add({ kind: 'error', error: 'messages_tab_disabled', method: 'chat.postMessage' });
    await world().later(25);
    world().slack.faults.remove(fault);
    const said = world().texts(roomOf(incident)).join();
    expect(said).toContain(`did not reach <@${ADA}>`);
    expect(said).toContain('incident.update');
  });
});
