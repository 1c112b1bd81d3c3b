import { expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { demoSeed } from '../../demo/workspace.ts';
import { describeWorld } from './helpers/each.ts';
import { messageWith } from './helpers/remedies.ts';
import { cardOf, DEMO, declare, directMessages, lastTold, readable, typesOf } from './helpers/world.ts';

/** Times pass by the clock of the workspace: at least one Monday is among them. */
const weekly = (text: string) => `${text}\ndigest: { channel: ${DEMO.general}, at: Monday 09:00, time_zone: Europe/Berlin }\n`;

describeWorld('An incident by signed HTTP payloads', { delivery: 'http', config: weekly }, (world) => {
  test('[AU-03] the INCIDENT DETECTED card stands in #incidents with every field of the runbook', async () => {
    const { id } = await declare(world(), 'P1 aureus Frontend answers 502');
    await world().say('U0ADA', world().room(id), 'impact Half of all users see errors');
    const text = readable(cardOf(world(), DEMO.incidents, id));
    expect(text).toContain('INCIDENT DETECTED');
    for (const field of ['Severity', 'Component', 'Impact', 'Started', 'Incident Commander', 'Status Page']) expect(text).toContain(`*${field}*`);
    expect(text).toContain('P1 (High)');
    expect(text).toContain('Half of all users see errors');
    expect(text).toContain('https://status.example.com/aureus');
  });

  test('[AU-03] the card is edited in place as things change', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Search is slow');
    const { ts } = cardOf(world(), DEMO.incidents, id);
    await world().say('U0GRACE', room, 'ack');
    // One click is one line.
    const lines = world()
      .texts(room)
      .filter((text) => /acknowledged after|is incident commander/.test(text) && !text.includes('_Since then_'));
    expect(lines).toEqual([expect.stringMatching(/<@U0GRACE> acknowledged after .* and is incident commander/)]);
    await world().say('U0GRACE', room, 'severity P1 getting worse');
    const cards = world()
      .slack.messages(DEMO.incidents)
      .filter((message) => readable(message).includes(id));
    expect(cards.map((card) => card.ts)).toEqual([ts]);
    expect(readable(cards[0] ?? { text: '' })).toContain('P1 (High)');
    expect(readable(cards[0] ?? { text: '' })).toContain('<@U0GRACE>');
  });

  test('a second incident of a service names those that are open already, and how to merge it', async () => {
    const first = await declare(world(), 'P2 provability-fabric Proofs are late');
    expect(lastTold(world(), 'U0ADA')).not.toContain('/incident merge');
    const hidden = await declare(world(), '--private P2 provability-fabric Somebody reads proofs');
    expect(lastTold(world(), 'U0ADA')).toContain(`*${first.id}* (Proofs are late) was open for this service already.`);
    expect(lastTold(world(), 'U0ADA')).not.toContain('/incident merge');
    const second = await declare(world(), 'P2 provability-fabric Proofs do not come');
    const said = lastTold(world(), 'U0ADA');
    expect(said).toContain(`*${first.id}* (Proofs are late) was open for this service already.`);
    expect(said).toContain(`/incident merge ${first.id}`);
    // Of a private one nobody is told.
    expect(said).not.toContain(hidden.id);
    expect(readable(cardOf(world(), second.room, second.id))).toContain(`/incident merge ${first.id}`);
    await world().say('U0ADA', second.room, `merge ${first.id}`);
    expect(readable(cardOf(world(), second.room, second.id))).not.toContain('/incident merge');
  });

  test('the responders are in the channel and called by name at once', async () => {
    const { room } = await declare(world(), 'P1 sark Authorization is down');
    const { members } = world().slack.channel(room);
    expect(members).toEqual(expect.arrayContaining(['U0ADA', 'U0GRACE']));
    expect(world().texts(room).join()).toContain('<!subteam^S0SRE>');
  });

  test('the card is pinned in the incident’s own channel, and in no other', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Pinned');
    expect(world().slack.channel(room).pins).toMatchObject([{ ts: cardOf(world(), room, id).ts }]);
    expect(world().slack.channel(DEMO.incidents).pins).toEqual([]);
  });

  test('[AU-07] every action is on the timeline by itself', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Policies block all queries');
    const say = (user: string, text: string) => world().say(user, room, text);
    await say('U0ADA', 'ack');
    await say('U0ADA', 'assign scribe <@U0GRACE>');
    await say('U0ADA', 'status identified a bad policy bundle');
    await say('U0ADA', 'note rolled the bundle back');
    await say('U0ADA', 'update Queries work again for most');
    await say('U0ADA', 'resolve the old bundle is back');
    await say('U0ADA', 'close');
    expect(await typesOf(world(), id)).toEqual([
      'incident.declared',
      ...Array(5).fill(expect.stringMatching(/^(card\.posted|people\.called|room\.created)$/)),
      'incident.acknowledged',
      'role.assigned',
      'role.assigned',
      'status.changed',
      'note.added',
      'update.posted',
      'incident.resolved',
      'incident.closed',
    ]);
    await say('U0ADA', 'timeline');
    for (const words of [
      'declared P1',
      'acknowledged after',
      'is scribe',
      'a bad policy bundle',
      'rolled the bundle back',
      'resolved the incident',
    ]) {
      expect(lastTold(world(), 'U0ADA')).toContain(words);
    }
  });

  test('[VQ-05] acknowledged in #ops-escalations by the card there; the time it took is kept', async () => {
    const { id } = await declare(world(), 'vaultmesh-qbusiness SyncFailed for 20 minutes');
    await world().later(7);
    const card = cardOf(world(), DEMO.opsEscalations, id);
    await world().slack.as('U0GRACE').click(DEMO.opsEscalations, card.ts, 'incident.ack');
    await world().settled();
    const record = (await world().tocsin.store.records(id)).find(({ type }) => type === 'incident.acknowledged');
    expect(record?.actor).toEqual({ kind: 'person', id: 'U0GRACE' });
    expect((record?.data as { within_ms: number } | undefined)?.within_ms).toBeGreaterThanOrEqual(7 * 60_000);
    expect(readable(cardOf(world(), DEMO.opsEscalations, id))).toContain('after 7 min');
  });

  test('[VQ-07] VaultMesh Q Business defaults to SEV2, and customer impact raises it to SEV1', async () => {
    const { id, room } = await declare(world(), 'vaultmesh-qbusiness Answers are stale');
    expect((await world().tocsin.incidents.find(id))?.severity).toBe('P2');
    await world().say('U0ADA', room, 'impact --customers Customers read outdated answers');
    expect((await world().tocsin.incidents.find(id))?.severity).toBe('P1');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('P1 (High)');
  });

  test('[VQ-07] SEV1 is P1 when somebody says so', async () => {
    const { id } = await declare(world(), 'sev1 vaultmesh-qbusiness Nothing is indexed');
    expect((await world().tocsin.incidents.find(id))?.severity).toBe('P1');
  });

  test('declaring without everything opens a form with what was given; its answer declares', async () => {
    const ada = world().slack.as('U0ADA');
    await ada.command(DEMO.incidents, '/incident', 'declare P1');
    const view = await world().slack.waitFor(() => world().slack.views('U0ADA').at(-1));
    expect(JSON.stringify(view)).toContain('"value":"P1"');
    const wrong = await ada.submitView(view.id, { service: 'sark' });
    expect(wrong.status).toBe('errors');
    const before = (await world().tocsin.store.incidents({})).length;
    const outcome = await ada.submitView(view.id, { summary: 'Tokens are refused', service: 'sark', impact: 'All tools' });
    expect(outcome.status).toBe('ok');
    await world().settled();
    expect(await world().tocsin.store.incidents({})).toHaveLength(before + 1);
    expect(lastTold(world(), 'U0ADA')).toContain('is declared as P1');
  });

  test('a mistyped subcommand gets the nearest one suggested and changes nothing', async () => {
    const { id, room } = await declare(world(), 'P3 sark Typo test');
    const before = await typesOf(world(), id);
    await world().say('U0ADA', room, 'resolv it works');
    expect(lastTold(world(), 'U0ADA')).toContain('Did you mean `/incident resolve`?');
    expect(await typesOf(world(), id)).toEqual(before);
  });

  test('the topic of the room says the severity as it is now', async () => {
    const { room } = await declare(world(), 'P2 aureus Getting worse');
    const topic = () =>
      world()
        .slack.channels()
        .find(({ id }) => id === room)?.topic;
    expect(JSON.stringify(topic())).toContain('P2');
    await world().say('U0ADA', room, 'severity P1 half of the users are affected');
    expect(JSON.stringify(topic())).toContain('P1');
    expect(JSON.stringify(topic())).not.toContain('P2');
  });

  test('a refusal is a record and changes no other state', async () => {
    const { id, room } = await declare(world(), 'P2 sark Refusals');
    await world().slack.as('U0JOAN').join(room);
    const before = await world().tocsin.incidents.find(id);
    await world().say('U0JOAN', room, 'severity P0 because');
    expect(lastTold(world(), 'U0JOAN')).toContain('needs the role *responder*');
    const after = await world().tocsin.incidents.find(id);
    const last = (await world().tocsin.store.records(id)).at(-1);
    expect(last).toMatchObject({ type: 'command.refused', outcome: 'refused', actor: { kind: 'person', id: 'U0JOAN' } });
    expect({ ...after, seq: before?.seq }).toEqual(before);
  });

  test('a guest changes nothing', async () => {
    const before = (await world().tocsin.store.incidents({})).length;
    await world().say('U0GUEST', DEMO.general, 'declare P1 sark Let me in');
    expect(await world().tocsin.store.incidents({})).toHaveLength(before);
    expect(lastTold(world(), 'U0GUEST')).toContain('Guests');
  });

  test('what people type never notifies a channel', async () => {
    const { id, room } = await declare(world(), 'P3 sark Look <!channel> and <!here> *now*');
    await world().say('U0ADA', room, 'note <!everyone> <!subteam^S0SRE> wake up');
    const shown = [...world().texts(room), ...world().texts(DEMO.incidents)].filter((text) => text.includes(id) || text.includes('wake up'));
    expect(shown.join()).not.toMatch(/<!(channel|here|everyone)/);
    expect(shown.filter((text) => text.includes('wake up')).join()).not.toContain('<!subteam');
  });

  test('merging ends one incident and tells both', async () => {
    const one = await declare(world(), 'P2 aureus Duplicate');
    const two = await declare(world(), 'P2 aureus Original');
    await world().say('U0ADA', one.room, `merge ${two.id}`);
    expect((await world().tocsin.incidents.find(one.id))?.mergedInto).toBe(two.id);
    expect((await world().tocsin.incidents.find(two.id))?.absorbed).toEqual([one.id]);
    expect(await typesOf(world(), two.id)).toContain('incident.absorbed');
  });

  test('a private incident is merged into no public one, and a public one that is merged into it names it to nobody', async () => {
    const secret = await declare(world(), '--private P2 sark Somebody sells KEYS_OF_QUENTIN');
    const open = await declare(world(), 'P2 sark Odd logins');
    await world().say('U0ADA', secret.room, `merge ${open.id}`);
    expect(lastTold(world(), 'U0ADA')).toContain(`${secret.id} is private and ${open.id} is not`);
    expect(lastTold(world(), 'U0ADA')).toContain(`/incident note ${open.id}`);
    expect((await world().tocsin.incidents.find(secret.id))?.status).toBe('investigating');
    expect(await typesOf(world(), open.id)).not.toContain('incident.absorbed');

    await world().say('U0ADA', open.room, `merge ${secret.id}`);
    expect(await world().tocsin.incidents.find(open.id)).toMatchObject({ status: 'closed', mergedInto: secret.id });
    expect(world().texts(secret.room).join()).toContain(`merged ${open.id} (Odd logins) into this incident`);
    const everywhere = world()
      .slack.channels()
      .filter(({ kind }) => kind === 'public')
      .flatMap((channel) => world().slack.messages(channel.id).map(readable));
    for (const said of [secret.id, secret.room, 'KEYS_OF_QUENTIN']) expect(everywhere.filter((text) => text.includes(said))).toEqual([]);
    expect(everywhere.filter((text) => text.includes('merged this incident into another incident, which is private')).length).toBeGreaterThan(0);
    for (const text of ['ack', 'timeline', 'note it goes on', 'reopen it goes on', 'status']) {
      await world().say('U0JOAN', open.room, text);
      await world().say('U0LINUS', open.room, text);
      for (const user of ['U0JOAN', 'U0LINUS']) for (const said of [secret.id, secret.room]) expect(lastTold(world(), user)).not.toContain(said);
    }
    expect(
      JSON.stringify(
        await world()
          .tocsin.store.records(open.id)
          .then((all) => all.filter(({ type }) => type === 'command.refused')),
      ),
    ).not.toContain(secret.id);
    await world().say('U0ADA', open.room, 'ack');
    expect(lastTold(world(), 'U0ADA')).toContain(`*${open.id}* was merged into *${secret.id}*: work continues there in <#${secret.room}>`);
  });

  test('two private incidents are merged, and the title of one stays in its room', async () => {
    const one = await declare(world(), '--private P2 sark The name is BEATRICE');
    const two = await declare(world(), '--private P2 sark Somebody told');
    await world().say('U0ADA', one.room, `merge ${two.id}`);
    expect((await world().tocsin.incidents.find(one.id))?.mergedInto).toBe(two.id);
    expect(world().texts(two.room).join()).toContain(`merged ${one.id} into this incident`);
    expect(JSON.stringify(await world().tocsin.store.records(two.id))).not.toContain('BEATRICE');
  });

  test('that a private incident is closed is anchored without its name', async () => {
    const secret = await declare(world(), '--private P3 sark Nobody else closes this');
    await world().say('U0ADA', secret.room, 'resolve it was a test');
    await world().say('U0ADA', secret.room, 'close');
    const anchors = await world().slack.waitFor(() => {
      const found = world()
        .texts(DEMO.incidents)
        .concat(world().texts(DEMO.opsEscalations))
        .filter((text) => text.includes('An incident is closed. Evidence checkpoint `'));
      return found.length === 0 ? undefined : found;
    });
    expect(anchors.join()).toMatch(/checkpoint `\d+:[0-9a-f]{64}`/);
    for (const channel of world().slack.channels()) if (channel.kind === 'public') expect(world().texts(channel.id).join()).not.toContain(secret.id);
  });

  test('the cards of a merged incident have no buttons, and its other buttons say where it went', async () => {
    const one = await declare(world(), 'P2 aureus Seen twice');
    const two = await declare(world(), 'P2 aureus Seen first');
    const welcome = world()
      .slack.messages(one.room)
      .find((message) => readable(message).includes('incident.severity'));
    await world().say('U0ADA', one.room, `merge ${two.id}`);
    for (const channel of [DEMO.incidents, DEMO.opsEscalations, one.room]) {
      const card = readable(cardOf(world(), channel, one.id));
      expect(card).not.toContain('"actions"');
      expect(card).toContain(`merged into *${two.id}* in <#${two.room}>`);
    }
    const forms = world().slack.views('U0ADA').length;
    for (const action of ['incident.severity', 'incident.note']) {
      await world()
        .slack.as('U0ADA')
        .click(one.room, welcome?.ts ?? '', action);
      await world().settled();
      expect(lastTold(world(), 'U0ADA')).toContain(`*${one.id}* was merged into *${two.id}*: work continues there in <#${two.room}>`);
    }
    expect(world().slack.views('U0ADA')).toHaveLength(forms);
    await world().say('U0ADA', one.room, 'ack');
    expect(lastTold(world(), 'U0ADA')).toContain(`<#${two.room}>`);
    await world().say('U0ADA', one.room, 'timeline');
    expect(lastTold(world(), 'U0ADA')).toContain(`merged this incident into ${two.id}`);
  });

  test('who is called at a declaration is mentioned once, in the room; its cards mention nobody', async () => {
    const { id, room } = await declare(world(), 'P2 sark One mention each');
    const channels = [DEMO.incidents, DEMO.opsEscalations, room];
    const said = channels.flatMap((channel) => world().texts(channel)).filter((text) => text.includes(id));
    expect(said.filter((text) => text.includes('<!subteam^S0SRE>'))).toHaveLength(1);
    expect(said.filter((text) => /<@/.test(text))).toEqual([]);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('declared by ada');
    expect(world().texts(room).join()).toContain('<!subteam^S0SRE>');
  });

  test('closing while the checklist is open says so, on the record too, with a button that opens it', async () => {
    const { id, room } = await declare(world(), 'P3 aureus Closed in haste');
    const items = (await world().tocsin.incidents.find(id))?.policy.checklist.length ?? 0;
    await world().say('U0ADA', room, 'resolve it was nothing');
    await world().say('U0ADA', room, 'close');
    // That its resolution was posted, Tocsin sees by itself.
    const words = `1 of ${items} items of the checklist are done`;
    expect(lastTold(world(), 'U0ADA')).toContain(words);
    expect(world().texts(room).join()).toContain(words);
    expect((await world().tocsin.incidents.find(id))?.status).toBe('closed');
    expect((await world().tocsin.store.records(id)).findLast(({ type }) => type === 'incident.closed')?.data).toEqual({
      open_items: items - 1,
      items,
    });
    const answer = world().slack.ephemerals('U0ADA').at(-1);
    await world()
      .slack.as('U0ADA')
      .click(room, answer?.message.ts ?? '', 'incident.checklist');
    await world().settled();
    expect(lastTold(world(), 'U0ADA')).toContain('incident.tick');
    expect(lastTold(world(), 'U0ADA')).toContain('Tocsin: its resolution was posted');
    // What is ticked after a pack is that there is one.
    await world().say('U0ADA', room, 'evidence');
    await world().say('U0ADA', room, 'checklist');
    expect(lastTold(world(), 'U0ADA')).toContain('Tocsin: evidence pack 1 was made');
  });

  test('the timeline says in people’s words what somebody was refused', async () => {
    const { id, room } = await declare(world(), 'P2 sark Refused by a button');
    await world()
      .slack.as('U0JOAN')
      .click(DEMO.incidents, cardOf(world(), DEMO.incidents, id).ts, 'incident.ack');
    await world().settled();
    await world().say('U0ADA', room, 'timeline');
    expect(lastTold(world(), 'U0ADA')).toContain('<@U0JOAN> pressed Acknowledge and was refused');
    expect(lastTold(world(), 'U0ADA')).not.toContain('incident.ack');
  });

  test('a mistyped service or incident gets the nearest one suggested', async () => {
    const before = (await world().tocsin.store.incidents({})).length;
    await world().say('U0ADA', DEMO.incidents, 'declare P1 aureuss Frontend answers 502');
    expect(lastTold(world(), 'U0ADA')).toContain('Did you mean `aureus`?');
    const form = JSON.stringify(world().slack.views('U0ADA').at(-1));
    expect(form).toMatch(/"initial_option":\{[^}]*\}?[^}]*"value":"aureus"/);
    expect(form).toContain('"initial_value":"Frontend answers 502"');
    expect(await world().tocsin.store.incidents({})).toHaveLength(before);
    const { id } = await declare(world(), 'P3 sark Near misses');
    for (const text of ['status INC-2026-9999', 'note INC-206-0001 text', `merge ${id} INC-2026-9999`]) {
      await world().say('U0ADA', DEMO.incidents, text);
      expect(lastTold(world(), 'U0ADA')).toMatch(/There is no incident INC-[\d-]+\. Did you mean `INC-2026-\d{4}`\?/);
    }
    await world().say('U0ADA', DEMO.incidents, 'declare P3 sark Searches are slow');
    expect(lastTold(world(), 'U0ADA')).toContain('is declared');
  });

  test('a private incident shows nothing outside its channel', async () => {
    const marie = world().slack.as('U0MARIE');
    await marie.command(DEMO.securityIncidents, '/incident', 'declare');
    const view = await world().slack.waitFor(() => world().slack.views('U0MARIE').at(-1));
    await marie.submitView(view.id, { summary: 'Leaked credential QUENTINS_KEY', service: 'sark', severity: 'P1', flags: ['private'] });
    await world().settled();
    const channels = world()
      .slack.channels()
      .filter((channel) => channel.kind === 'public');
    for (const channel of channels) expect(world().texts(channel.id).join()).not.toContain('QUENTINS_KEY');
    await world().say('U0JOAN', DEMO.incidents, 'list');
    expect(lastTold(world(), 'U0JOAN')).not.toContain('QUENTINS_KEY');
    const [index] = (await world().tocsin.store.incidents({})).filter((one) => one.private);
    await world().say('U0JOAN', DEMO.incidents, `status ${index?.id}`);
    expect(lastTold(world(), 'U0JOAN')).toContain('There is no incident');
    await world().say('U0MARIE', DEMO.incidents, 'list');
    expect(lastTold(world(), 'U0MARIE')).toContain('QUENTINS_KEY');
  });

  test('a pushpin and the message shortcut put a message on the timeline', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Pins');
    const ada = world().slack.as('U0ADA');
    const first = await ada.message(room, 'the database failed over at 08:12');
    const second = await ada.message(room, 'traffic is back');
    await ada.react(room, first.ts ?? '', 'pushpin');
    await ada.shortcut('incident.pin', { channel: room, ts: second.ts ?? '' });
    await world().settled();
    const pinned = (await world().tocsin.store.records(id))
      .filter(({ type }) => type === 'message.pinned')
      .map(({ data }) => (data as { text: string }).text);
    expect(pinned.toSorted()).toEqual(['the database failed over at 08:12', 'traffic is back']);
  });

  test('App Home shows what is open and owed', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Home');
    await world().say('U0ADA', room, 'ack');
    await world().slack.as('U0ADA').openHome();
    await world().settled();
    const text = JSON.stringify(world().slack.home('U0ADA'));
    expect(text).toContain(id);
    expect(text).toContain('Updates due from you');
  });

  test('without an incident in sight a picker asks, and its answer runs the command', async () => {
    const { id } = await declare(world(), 'P2 aureus Picker');
    await world().say('U0ADA', DEMO.general, 'note found by the picker');
    const asked = world().slack.ephemerals('U0ADA').at(-1);
    expect(readable(asked?.message ?? { text: '' })).toContain('Which one do you mean?');
    await world()
      .slack.as('U0ADA')
      .click(DEMO.general, asked?.message.ts ?? '', 'incident.pick', { input: id });
    await world().settled();
    expect((await world().tocsin.store.records(id)).at(-1)).toMatchObject({ type: 'note.added', data: { text: 'found by the picker' } });
  });

  test('the person called next reads it in a direct message', async () => {
    const { room } = await declare(world(), 'P1 sark Call for help');
    await world().say('U0ADA', room, 'escalate the database team is needed');
    expect((await directMessages(world(), 'U0LINUS')).map(readable).join()).toContain('the database team is needed');
    expect(world().slack.channel(room).members).toContain('U0LINUS');
  });

  test('a redelivered payload has one outcome', async () => {
    const { id, room } = await declare(world(), 'P2 sark Twice');
    await world().say('U0ADA', room, 'note once only');
    const delivery = world().slack.deliveries().at(-1);
    await world().slack.redeliver(delivery?.id ?? '');
    await world().settled();
    expect((await typesOf(world(), id)).filter((type) => type === 'note.added')).toHaveLength(1);
  });

  test('a reopening calls the responders and who has a role again; nobody acknowledges, so it climbs until somebody does', async () => {
    const { id, room } = await declare(world(), 'P1 sark Tokens are refused');
    for (const text of ['ack', 'assign comms <@U0JOAN>', 'resolve rolled back', 'close', 'reopen it is back']) await world().say('U0ADA', room, text);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('INCIDENT REOPENED');
    const called = world()
      .texts(room)
      .find((text) => text.includes('*Reopened*'));
    for (const words of ['it is back', '<!subteam^S0SRE>', 'incident.ack']) expect(called).toContain(words);
    const reopened = async (user: string) =>
      (await directMessages(world(), user)).map(readable).filter((text) => text.includes(id) && text.includes('Reopened'));
    expect(await reopened('U0GRACE')).toHaveLength(1);
    expect(await reopened('U0JOAN')).toHaveLength(1);
    expect(await reopened('U0ADA')).toEqual([]);
    expect((await world().tocsin.incidents.find(id))?.milestones.acknowledged).toBeNull();
    await world().later(8);
    await world().later(8);
    const after = (await typesOf(world(), id)).join();
    expect(after.slice(after.indexOf('incident.reopened'))).toMatch(/acknowledgement\.reminded.*breach\.recorded,incident\.escalated/);
    await world().say('U0GRACE', room, 'ack');
    expect(await world().tocsin.incidents.find(id)).toMatchObject({ acknowledgement: { dueAt: null }, roles: { 'incident-commander': 'U0ADA' } });
    expect((await reopened('U0GRACE')).join()).toContain('Since then');
  });

  test('raising the severity calls and invites whoever a declaration calls and was not called yet; lowering it and raising it again calls nobody twice', async () => {
    const { id, room } = await declare(world(), 'P2 sark Tokens are slow');
    const calls = async (user: string) => (await directMessages(world(), user)).map(readable).filter((text) => text.includes(id));
    expect(await calls('U0GRACE')).toHaveLength(1);
    await world().say('U0ADA', room, 'ack');
    world().slack.setUsergroup('S0SRE', ['U0ADA', 'U0GRACE', 'U0ALAN']);
    try {
      await world().later(2);
      await world().say('U0ADA', room, 'snooze 90m quiet for now');
      await world().say('U0ADA', room, 'severity P3 it is only slow');
      expect(await calls('U0ALAN')).toEqual([]);
      await world().say('U0ADA', room, 'severity P0 nobody can log in');
      expect((await calls('U0ALAN')).join()).toMatch(/Raised to P0.*nobody can log in/);
      expect(world().slack.channel(room).members).toContain('U0ALAN');
      const { updates, policy } = (await world().tocsin.incidents.find(id)) ?? {};
      expect(updates?.snooze).toBeNull();
      expect(updates?.dueAt).toBeLessThanOrEqual(Date.now() + world().slack.clock.offsetMs + (policy?.updates.P0.every_ms ?? 0));
      await world().say('U0ADA', room, 'severity P2 better');
      await world().say('U0ADA', room, 'severity P1 worse');
      expect(await calls('U0ALAN')).toHaveLength(1);
      expect(await calls('U0GRACE')).toHaveLength(1);
    } finally {
      world().slack.setUsergroup('S0SRE', ['U0ADA', 'U0GRACE']);
      await world().later(2);
    }
  });

  test('nobody is called, reminded or escalated to once an incident is over; a reopening starts anew and says so', async () => {
    const { id, room } = await declare(world(), 'P1 sark Tokens expire');
    await world().later(4);
    for (const text of ['resolve by itself', 'close']) await world().say('U0GRACE', room, text);
    const [recorded, said] = [await typesOf(world(), id), world().texts(room).length];
    await world().later(120);
    expect([await typesOf(world(), id), world().texts(room).length]).toEqual([[...recorded, 'review.drafted'], said]);
    await world().say('U0GRACE', room, 'reopen it is back');
    expect(world().texts(room).join()).toContain('It has to be acknowledged again.');
    await world().later(8);
    const types = await typesOf(world(), id);
    const since = types.slice(types.indexOf('incident.reopened'));
    expect(since).toContain('acknowledgement.reminded');
    expect(since).not.toContain('breach.recorded');
    await world().say('U0GRACE', room, 'ack');
  });

  test('[VQ-22] action items have an owner and a day; who owns one that is overdue hears of it once, also when the incident is closed', async () => {
    const { id, room } = await declare(world(), 'P3 sark Items');
    await world().say('U0ADA', room, 'item add <@U0GRACE|grace> by 2020-01-01 too late');
    expect(lastTold(world(), 'U0ADA')).toMatch(/2020-01-01 is in the past; today is .* such as `by 20\d\d-\d\d-\d\d`/);
    await world().say('U0ADA', room, 'item add by friday Alert at 80 %');
    expect(lastTold(world(), 'U0ADA')).toContain('“friday” is not a date');
    const today = new Date(await world().tocsin.store.now()).toISOString().slice(0, 10);
    await world().say('U0ADA', room, `item add <@U0GRACE|grace> by ${today} Alert at 80 %`);
    await world().say('U0ADA', room, 'item add A canary');
    expect(lastTold(world(), 'U0ADA')).toContain(`Added as action item 2 of *${id}*.`);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('*Action items*: 0 of 2 done.');
    await world().say('U0ADA', room, 'items');
    const list = world().slack.ephemerals('U0ADA').at(-1);
    expect(readable(list?.message ?? { text: '' })).toContain('1. Alert at 80 % (<@U0GRACE>, by <!date^');
    await world().say('U0ADA', room, 'item done 2');
    await world().say('U0ADA', room, 'item done 7');
    expect(lastTold(world(), 'U0ADA')).toContain('no action item 7');
    for (const text of ['resolve by itself', 'close']) await world().say('U0ADA', room, text);
    await world().later(48 * 60);
    const told = (await directMessages(world(), 'U0GRACE')).map(readable).filter((text) => text.includes('Action item 1 has been overdue'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('`/incident item done 1`');
    expect(
      world()
        .texts(room)
        .filter((text) => text.includes('Action item 1 has been overdue')),
    ).toHaveLength(1);
    await world().later(48 * 60);
    expect((await typesOf(world(), id)).filter((type) => type === 'follow-up.overdue')).toHaveLength(1);
    await world().say('U0GRACE', room, 'items');
    const shown = world().slack.ephemerals('U0GRACE').at(-1)?.message.ts ?? '';
    await world().slack.as('U0GRACE').click(room, shown, 'incident.item.done');
    await world().settled();
    expect(lastTold(world(), 'U0GRACE')).toContain('2 of 2 done');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('*Action items*: 2 of 2 done.');
  });

  test('a note is edited by its author, struck by the author or the commander; both stay in the record, and everybody reads the newest', async () => {
    const { id, room } = await declare(world(), 'P3 sark Notes');
    const say = (user: string, text: string) => world().say(user, room, text);
    await say('U0ADA', 'ack');
    await say('U0GRACE', 'note the first words');
    await say('U0GRACE', 'note edit the file by hand');
    await say('U0GRACE', 'note edit #1 the second words');
    await say('U0ADA', 'note edit 1 my words');
    expect(lastTold(world(), 'U0ADA')).toContain('only they can edit it');
    await world().say('U0JOAN', DEMO.general, `note ${id} strike 1`);
    expect(lastTold(world(), 'U0JOAN')).toContain('only they and the incident commander can strike it');
    await say('U0GRACE', 'note strike 9 no such');
    expect(lastTold(world(), 'U0GRACE')).toContain('has no note 9. `/incident notes` shows them');
    expect(world().texts(room).at(-1)).toContain('edited note 1: the second words');
    expect((await world().tocsin.store.records(id)).filter(({ type }) => type.startsWith('note.')).map(({ data }) => data)).toEqual([
      { text: 'the first words' },
      { text: 'edit the file by hand' },
      { number: 1, text: 'the second words' },
    ]);
    const actions = async () => ((await world().tocsin.incidents.find(id))?.actions ?? []).map(({ text }) => text);
    expect(await actions()).toEqual(expect.arrayContaining(['the second words', 'edit the file by hand']));
    expect(await actions()).not.toContain('the first words');
    await say('U0GRACE', 'timeline');
    expect(lastTold(world(), 'U0GRACE')).toContain('noted: the second words (edited)');
    expect(lastTold(world(), 'U0GRACE')).not.toContain('the first words');

    await say('U0GRACE', 'notes');
    const list = world().slack.ephemerals('U0GRACE').at(-1)?.message.ts ?? '';
    await world()
      .slack.as('U0GRACE')
      .click(room, list, { action_id: 'incident.note.edit', value: `${id}:1` });
    await world().settled();
    const form = world().slack.views('U0GRACE').at(-1);
    expect(JSON.stringify(form)).toContain('the second words');
    await world()
      .slack.as('U0GRACE')
      .submitView(form?.id ?? '', { text: 'the third words' });
    await world().settled();
    expect(await actions()).toContain('the third words');

    // The commander, from the list; then its author, who hears that it was done.
    await say('U0ADA', 'notes');
    await world()
      .slack.as('U0ADA')
      .click(room, world().slack.ephemerals('U0ADA').at(-1)?.message.ts ?? '', { action_id: 'incident.note.strike', value: `${id}:1` });
    await world().settled();
    await world()
      .slack.as('U0ADA')
      .submitView(world().slack.views('U0ADA').at(-1)?.id ?? '', { text: 'it was another incident' });
    await world().settled();
    expect(await actions()).not.toContain('the third words');
    await say('U0GRACE', 'note strike 1 twice');
    expect(lastTold(world(), 'U0GRACE')).toContain('Note 1 was struck already');
    await say('U0GRACE', 'note edit 1 again');
    expect(lastTold(world(), 'U0GRACE')).toContain('Note 1 was struck.');
    await say('U0ADA', 'timeline');
    expect(lastTold(world(), 'U0ADA')).toContain('noted: (struck: it was another incident)');
    expect(lastTold(world(), 'U0ADA')).not.toContain('third words');
    await say('U0ADA', 'postmortem');
    const paper = world()
      .slack.messages(room)
      .flatMap(({ files = [] }) => files)
      .at(-1);
    const text = world()
      .slack.file(paper?.id ?? '')
      ?.content?.toString('utf8');
    expect(text).toContain('noted: (struck: it was another incident)');
    expect(text).not.toMatch(/(first|second|third) words/);
  });

  test('[AU-09] [VQ-21] the review of a grave incident is asked for at once, reminded of at half time and missed; then it is scheduled by the form, begins and is held', async () => {
    const { id, room } = await declare(world(), 'P1 vaultmesh-qbusiness Answers are wrong');
    await world().say('U0ADA', room, 'review at 2030-12-03 14:00');
    expect(lastTold(world(), 'U0ADA')).toContain('is not resolved yet. Its review comes after that.');
    await world().say('U0ADA', room, 'resolve the index was rebuilt');
    const asked = messageWith(world(), room, 'Who runs its post-incident review, and when?');
    const review = (await world().tocsin.incidents.find(id))?.review;
    const days = ((review?.dueAt ?? 0) - (review?.since ?? 0)) / 86_400_000;
    expect([days > 5, days <= 8]).toEqual([true, true]);
    await world().later(Math.round(days * 12 * 60) + 30);
    expect(world().texts(room).join()).toContain('Nobody had scheduled the post-incident review');
    await world().later(Math.round(days * 12 * 60));
    expect(world().texts(room).join()).toContain(`the post-incident review of ${id} was not scheduled; it was due`);
    expect((await typesOf(world(), id)).filter((type) => type === 'breach.recorded').length).toBeGreaterThanOrEqual(1);
    await world().say('U0ADA', room, 'review at tomorrow');
    expect(lastTold(world(), 'U0ADA')).toContain('“tomorrow” is not a day and a time. Type `/incident review at ');

    await world().slack.as('U0ADA').click(room, asked.ts, 'incident.review');
    await world().settled();
    const now = await world().tocsin.store.now();
    const form = world().slack.views('U0ADA').at(-1);
    await world()
      .slack.as('U0ADA')
      .submitView(form?.id ?? '', { when: Math.floor(now / 1_000) + 3_600, user: 'U0GRACE' });
    await world().settled();
    expect(readable(messageWith(world(), room, 'Who runs its post-incident review'))).toContain('<@U0GRACE> runs it');
    expect((await directMessages(world(), 'U0GRACE')).map(readable).join()).toContain('scheduled the review for');
    await world().say('U0ADA', room, 'checklist');
    expect(lastTold(world(), 'U0ADA')).toContain('Tocsin: the review is scheduled for');
    await world().later(61);
    expect(world().texts(room).join()).toContain(`The post-incident review of *${id}* begins; <@U0GRACE> runs it.`);
    expect(readable(messageWith(world(), room, 'post-incident review', 'begins;'))).not.toContain('Since then');
    await world().say('U0GRACE', room, 'review done');
    expect(readable(messageWith(world(), room, 'Who runs its post-incident review'))).toContain('said that it was held');
    await world().later(48 * 60);
    expect(world().texts(room).join()).not.toContain('was not held');
    await world().say('U0ADA', room, 'review');
    const paper = world()
      .slack.messages(room)
      .flatMap(({ files = [] }) => files)
      .findLast(({ name }) => name.includes('-post-mortem-'));
    expect(
      world()
        .slack.file(paper?.id ?? '')
        ?.content?.toString('utf8'),
    ).toContain('## Lessons Learned');
  });

  test('/incident evidence makes a pack and says where it is', async () => {
    const { id, room } = await declare(world(), 'P2 sark Evidence');
    await world().say('U0ADA', room, 'evidence');
    await world().slack.waitFor(() => world().texts(room).join().includes(`incidents/${id}/pack/1/`));
  });

  test('whoever joins the channel of an open incident is told what happened so far, once and alone; not who declared it, who is called at once, a guest or the bot', async () => {
    const { id, room } = await declare(world(), 'P1 sark Policies are slow');
    const toldTo = (user: string) =>
      world()
        .slack.ephemerals(user)
        .map(({ message }) => readable(message))
        .filter((text) => text.includes(`${id} so far`));
    const join = async (user: string, action: 'join' | 'leave' = 'join') => {
      await world().slack.as(user)[action](room);
      await world().settled();
    };
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'impact Half of all calls fail');
    await world().say('U0ADA', room, 'note restarted <!channel> OPA');
    await join('U0JOAN');
    await join('U0JOAN', 'leave');
    await join('U0JOAN');
    expect(toldTo('U0JOAN')).toHaveLength(1);
    const [text = ''] = toldTo('U0JOAN');
    expect(text).toContain('*Impact*: Half of all calls fail');
    expect(text).toContain('*Leads*: <@U0ADA>');
    expect(text).toContain('restarted &lt;!channel&gt; OPA');
    expect(text).toContain('Next update due');

    await join('U0ADA', 'leave');
    await join('U0ADA');
    for (const user of ['U0ADA', 'U0GRACE', 'U0TOCSIN']) expect([user, toldTo(user)]).toEqual([user, []]);

    await world().say('U0JOAN', DEMO.general, `summary ${id}`);
    expect(toldTo('U0JOAN')).toHaveLength(2);
    // Who is brought later is told, too.
    await world().later(6);
    await world().say('U0ADA', room, '/page call <@U0MARIE> she knows OPA');
    expect(toldTo('U0MARIE')).toHaveLength(1);
    const bot = new WebClient(demoSeed().bot.token, { slackApiUrl: world().slack.apiUrl });
    await bot.conversations.invite({ channel: room, users: 'U0GUEST' });
    await world().settled();
    expect(toldTo('U0GUEST')).toEqual([]);
    await world().say('U0ADA', room, 'resolve done');
    await join('U0ALAN');
    expect(toldTo('U0ALAN')).toEqual([]);
  });

  test('/incident figures sends how many incidents there were, how fast and what was late, with a chart and a table; private ones are not told', async () => {
    const none = await declare(world(), 'P2 sark The probe fails');
    await world().say('U0ADA', none.room, 'cancel the probe was wrong');
    expect(world().texts(none.room).join()).toContain('cancelled the incident: the probe was wrong');
    expect(readable(cardOf(world(), DEMO.incidents, none.id))).toContain('INCIDENT CANCELLED');
    await world().say('U0JOAN', DEMO.general, 'figures');
    expect(lastTold(world(), 'U0JOAN')).toContain('of the last 30 days follow in a direct message');
    const sent = (await directMessages(world(), 'U0JOAN')).findLast((message) => readable(message).includes('the last 30 days'));
    const text = readable(sent ?? { text: '' });
    const index = await world().tocsin.store.incidents({});
    const publicOnes = (await world().tocsin.incidents.list({ private: false })).filter(
      ({ mergedInto, cancelled }) => mergedInto === null && cancelled !== true,
    );
    expect(index.some((one) => one.private)).toBe(true);
    expect(text).toContain(`*${publicOnes.length} incidents* (0)`);
    expect(text).toMatch(/By service: .*AUREUS Platform \d+/);
    expect(text).toMatch(/Time to acknowledge\* \(MTTA\)\\nmean .*, median .*, 90th percentile .* in time/);
    expect(text).toMatch(/Breaches of targets\*: [1-9]/);
    expect(text).toContain('1 incident was cancelled and is not counted. Private incidents are not counted.');

    const { channel = '' } = await world().slack.as('U0JOAN').openDirect();
    const files = world()
      .slack.messages(channel, { thread_ts: sent?.ts ?? '' })
      .flatMap((message) => message.files ?? []);
    expect(files.map(({ name }) => name.replace(/-[^-.]*\./, '.'))).toEqual(['incidents-30d.png', 'incidents-30d.csv']);
    const table = Buffer.from(world().slack.file(files[1]?.id ?? '')?.content ?? []).toString();
    for (const { id, private: isPrivate } of index) expect(table.includes(id)).toBe(!isPrivate);

    await world().say('U0JOAN', DEMO.general, 'figures sark 4w');
    expect(lastTold(world(), 'U0JOAN')).toContain('of SARK of the last 28 days');
    await world().say('U0JOAN', DEMO.general, 'figures 30');
    expect(lastTold(world(), 'U0JOAN')).toContain('is no period');
    await world().say('U0JOAN', DEMO.general, 'figures arueus');
    expect(lastTold(world(), 'U0JOAN')).toContain('Did you mean `aureus`?');
    await world().say('U0GUEST', DEMO.general, 'figures');
    expect(lastTold(world(), 'U0GUEST')).toContain('cannot use Tocsin here');
  });

  test('the figures of the week are posted in their channel, once, with the chart and the table in the thread', async () => {
    const digests = world()
      .slack.messages(DEMO.general)
      .filter((message) => readable(message).includes('Incidents: the last 7 days'));
    expect(digests.length).toBeGreaterThan(0);
    expect(
      new Set(digests.map(({ text, blocks }) => readable({ text, blocks: (blocks as { text?: unknown; elements?: unknown }[])[1]?.elements }))).size,
    ).toBe(digests.length);
    const busy = digests.find((message) => /\*\d+ incidents?\*/.test(readable(message)));
    const files = world()
      .slack.messages(DEMO.general, { thread_ts: busy?.ts ?? '' })
      .flatMap((message) => message.files ?? []);
    expect(files.map(({ mimetype, name }) => [mimetype, name.slice(-4)])).toEqual([
      ['image/png', '.png'],
      ['text/csv', '.csv'],
    ]);
  });
});
