import { expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { describeWorld } from './helpers/each.ts';
import { newest, recordsOf } from './helpers/records.ts';
import { cardOf, DEMO, declare, directMessages, lastTold, readable, typesOf } from './helpers/world.ts';

const TEMPLATE = ['Status', 'Severity', 'Start Time', 'Impact', 'Current Situation', 'Actions Taken', 'Next Steps', 'ETA to Resolution'];

describeWorld('Status updates and acknowledgement targets', { delivery: 'http' }, (world) => {
  test('[VQ-16] [SK-70] five minutes before it is due a draft with every field of the template is offered to the commander, with Post and Edit', async () => {
    const { id, room } = await declare(world(), 'P1 vaultmesh-qbusiness Sync fails');
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'note restarted the connector');
    await world().later(24);
    expect(await typesOf(world(), id)).not.toContain('update.offered');
    await world().later(1);
    const draft = (await directMessages(world(), 'U0ADA')).findLast((message) => readable(message).includes(id));
    const text = readable(draft ?? { text: '' });
    for (const field of TEMPLATE) expect(text).toContain(`*${field}*`);
    expect(text).toContain('restarted the connector');
    expect(text).toContain('incident.update.post');

    const { channel } = await world().slack.as('U0ADA').openDirect();
    await world()
      .slack.as('U0ADA')
      .click(channel ?? '', draft?.ts ?? '', 'incident.update.post');
    await world().settled();
    const posted = await newest(world(), id, 'update.posted');
    expect(posted).toMatchObject({ actor: { kind: 'person', id: 'U0ADA' }, data: { automatic: false, late_ms: 0 } });
    for (const place of [room, DEMO.opsEscalations]) {
      const update = world()
        .slack.messages(place)
        .findLast((message) => readable(message).includes('Incident Update') && readable(message).includes(id));
      for (const field of TEMPLATE) expect(readable(update ?? { text: '' })).toContain(`*${field}*`);
    }
    const done = (await directMessages(world(), 'U0ADA')).find((message) => message.ts === draft?.ts);
    expect(readable(done ?? { text: '' })).toContain('out of date');
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[SK-70] the form is filled from the record, and what is edited there is posted', async () => {
    const { id, room } = await declare(world(), 'P1 sark Policies are slow');
    const ada = world().slack.as('U0ADA');
    await world().say('U0ADA', room, 'ack');
    await ada.command(room, '/incident', 'update');
    const view = await world().slack.waitFor(() => world().slack.views('U0ADA').at(-1));
    expect(JSON.stringify(view)).toContain('Acknowledged after');
    await ada.submitView(view.id, {
      status: 'identified',
      situation: 'OPA is short of memory',
      next: 'Scale OPA to 5',
      eta: '20 minutes',
      impact: 'Tool calls wait',
    });
    await world().settled();
    expect((await newest(world(), id, 'update.posted'))?.data).toMatchObject({
      status: 'identified',
      severity: 'P1',
      current_situation: 'OPA is short of memory',
      next_steps: 'Scale OPA to 5',
      eta: '20 minutes',
      impact: 'Tool calls wait',
      automatic: false,
    });
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[VQ-16] nobody posts: reminder at the due time, breach and next in line after the grace time, an automatic update that clears nothing', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Nobody talks');
    await world().say('U0ADA', room, 'ack');
    await world().later(30);
    expect((await directMessages(world(), 'U0ADA')).map(readable).join()).toContain(`The update of *${id}*`);
    expect(await typesOf(world(), id)).not.toContain('breach.recorded');

    await world().later(5);
    expect(await newest(world(), id, 'breach.recorded')).toMatchObject({ data: { target: 'update' } });
    expect(await newest(world(), id, 'incident.escalated')).toMatchObject({ data: { who: { user: 'U0LINUS' }, cause: 'update' } });
    // One message in the room, and one to who is called, say both.
    const breaches = (texts: readonly string[]) => texts.filter((text) => text.includes('was not updated by') && text.includes(id));
    const [inRoom, toPerson] = [world().texts(room), (await directMessages(world(), 'U0LINUS')).map(readable)].map(breaches);
    expect(inRoom).toEqual([expect.stringContaining('is escalated to you')]);
    expect(toPerson).toEqual([expect.stringContaining('is escalated to you')]);
    const automatic = await newest(world(), id, 'update.posted');
    expect(automatic).toMatchObject({ actor: { kind: 'timer' }, data: { automatic: true } });
    expect(automatic?.data.late_ms).toBeGreaterThanOrEqual(5 * 60_000);
    expect(world().texts(room).join()).toContain('Automatic update');
    // AUREUS lives by Berlin's time.
    expect(world().texts(room).join()).toMatch(/UTC \(\d\d:\d\d (CET|CEST|GMT\+[12])\)/);

    await world().later(10);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('late');
    await world().later(20);
    expect((await typesOf(world(), id)).filter((type) => type === 'update.posted')).toHaveLength(2);

    await world().say('U0ADA', room, 'update we are back at it');
    const posted = await newest(world(), id, 'update.posted');
    expect(posted?.data.automatic).toBe(false);
    expect(posted?.data.late_ms).toBeGreaterThanOrEqual(35 * 60_000);
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[VQ-16] a snooze needs a reason, is recorded and shown, and never hides the lateness', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Snoozed');
    await world().say('U0ADA', room, 'ack');
    await world().later(31);
    await world().say('U0ADA', room, 'snooze 20m');
    expect(lastTold(world(), 'U0ADA')).toContain('Please give a reason');
    await world().say('U0ADA', room, 'snooze 20m the vendor is on the phone');
    await world().later(15);
    expect(await typesOf(world(), id)).not.toContain('breach.recorded');
    await world().say('U0ADA', room, 'note still on the phone');
    const card = readable(cardOf(world(), DEMO.incidents, id));
    expect(card).toContain('16 min late');
    expect(card).toContain('the vendor is on the phone');
    await world().later(10);
    const breach = await newest(world(), id, 'breach.recorded');
    expect(breach?.data.late_ms).toBeGreaterThanOrEqual(26 * 60_000);
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[VQ-16] updates stop when the incident is resolved', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Short one');
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'resolve it was a false alarm');
    await world().later(1);
    const before = await typesOf(world(), id);
    await world().later(120);
    expect(await typesOf(world(), id)).toEqual(before);
  });

  test('a draft that was overtaken posts nothing', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Overtaken');
    await world().say('U0ADA', room, 'ack');
    await world().later(25);
    const draft = (await directMessages(world(), 'U0ADA')).findLast((message) => readable(message).includes(id));
    const { channel } = await world().slack.as('U0ADA').openDirect();
    const ada = world().slack.as('U0ADA');
    const click = ada.click(channel ?? '', draft?.ts ?? '', 'incident.update.post');
    await click;
    await world().settled();
    const delivery = world()
      .slack.deliveries()
      .findLast((one) => JSON.stringify(one).includes('incident.update.post'));
    await world().slack.redeliver(delivery?.id ?? '');
    await world().settled();
    expect((await typesOf(world(), id)).filter((type) => type === 'update.posted')).toHaveLength(1);
    await world().say('U0ADA', room, 'resolve done');
  });

  for (const [severity, minutes] of [
    ['P0', 5],
    ['P1', 15],
    ['P2', 60],
    ['P3', 240],
  ] as const) {
    test(`[AU-01] ${severity} not acknowledged within ${minutes} minutes is a breach, shown and escalated`, async () => {
      const { id, room } = await declare(world(), `${severity} aureus Target of ${severity}`);
      const of = async (type: IncidentRecord['type']) => (await recordsOf(world(), id)).filter((record) => record.type === type);
      const breaches = async () => (await of('breach.recorded')).filter(({ data }) => (data as { target: string }).target === 'acknowledgement');
      await world().later(minutes - 1);
      expect(await of('acknowledgement.reminded')).toHaveLength(1);
      expect(await breaches()).toHaveLength(0);
      await world().later(1);
      expect(await breaches()).toHaveLength(1);
      expect(world().texts(room).join()).toContain('was not acknowledged by');
      expect((await of('incident.escalated')).some(({ data }) => (data as { cause: string }).cause === 'acknowledgement')).toBe(true);
      expect((await directMessages(world(), 'U0LINUS')).map(readable).join()).toContain(id);
      await world().say('U0ADA', room, 'ack');
      expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('past the target');
      await world().say('U0ADA', room, 'resolve done');
    });
  }
});

describeWorld(
  'Thread mode over Socket Mode',
  { delivery: 'socket', config: (text) => text.replaceAll('updates: C0OPSESC }', 'updates: C0OPSESC, room: thread }') },
  (world) => {
    test('the incident lives under its card, and buttons there mean it', async () => {
      await world().say('U0ADA', DEMO.incidents, 'declare P1 aureus Threaded');
      const [index] = await world().tocsin.store.incidents({});
      const id = index?.id ?? '';
      const card = cardOf(world(), DEMO.incidents, id);
      expect(
        world()
          .slack.channels()
          .some(({ name }) => name === id.toLowerCase()),
      ).toBe(false);
      const ada = world().slack.as('U0ADA');
      await ada.click(DEMO.incidents, card.ts, 'incident.ack');
      await world().settled();
      const thread = world().slack.messages(DEMO.incidents, { thread_ts: card.ts }).map(readable).join();
      expect(thread).toContain('acknowledged after');
      const reply = await ada.message(DEMO.incidents, 'memory is at 100 %', card.ts);
      await ada.react(DEMO.incidents, reply.ts ?? '', 'pushpin');
      await world().settled();
      expect(await typesOf(world(), id)).toContain('message.pinned');
    });
  },
);
