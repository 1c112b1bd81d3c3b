import { expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { describeWorld } from './helpers/each.ts';
import { cardOf, DEMO, declare, lastTold, readable } from './helpers/world.ts';

const ADA = 'U0ADA';

describeWorld('Commands are understood as they are meant', {}, (world) => {
  /** What the newest picker of Ada offers. */
  function offered(): string[] {
    const text = JSON.stringify(world().slack.ephemerals(ADA).at(-1)?.message ?? {});
    return [...text.matchAll(/"value":"(INC-[\d-]+)"/g)].map(([, id = '']) => id);
  }

  async function choose(ts: string, id: string): Promise<void> {
    await world().slack.as(ADA).click(DEMO.general, ts, 'incident.pick', { input: id });
    await world().settled();
  }

  async function dataOf(id: string, type: IncidentRecord['type']): Promise<unknown[]> {
    return (await world().tocsin.store.records(id)).filter((record) => record.type === type).map(({ data }) => data);
  }

  /** The form that Ada has in front of her, which goes away. */
  async function form(): Promise<string> {
    const view = world().slack.views(ADA).at(-1);
    if (view !== undefined) await world().slack.as(ADA).closeView(view.id);
    return JSON.stringify(view ?? null);
  }

  test('close offers what is resolved, reopen what is over, and both say what to do when there is none', async () => {
    const { id, room } = await declare(world(), 'P3 aureus Goes on');
    await world().say(ADA, DEMO.general, 'close');
    expect(lastTold(world(), ADA)).toContain('No incident that you can see waits to be closed');
    const resolved = await declare(world(), 'P3 aureus Was resolved');
    await world().say(ADA, resolved.room, 'resolve it works');
    await world().say(ADA, DEMO.general, 'close');
    expect(offered()).toEqual([resolved.id]);
    await choose(world().slack.ephemerals(ADA).at(-1)?.message.ts ?? '', resolved.id);
    expect((await world().tocsin.incidents.find(resolved.id))?.status).toBe('closed');
    await world().say(ADA, DEMO.general, 'reopen it fails again');
    expect(offered()).toEqual([resolved.id]);
    await world().say(ADA, room, 'resolve it works');
    await world().say(ADA, DEMO.general, 'reopen it fails again');
    expect(offered().toSorted()).toEqual([id, resolved.id].toSorted());
  });

  test('a picker is answered once: it gives way to the answer, and a second choice changes nothing', async () => {
    const { id } = await declare(world(), 'P3 aureus Chosen');
    const other = await declare(world(), 'P3 aureus Not chosen');
    await world().say(ADA, DEMO.general, 'note said once');
    const ts = world().slack.ephemerals(ADA).at(-1)?.message.ts ?? '';
    const picker = world().slack.deliveries().length;
    await choose(ts, id);
    const shown = world()
      .slack.ephemerals(ADA)
      .find(({ message }) => message.ts === ts);
    expect(readable(shown?.message ?? { text: '' })).toContain(`*${id}*`);
    expect(JSON.stringify(shown?.message.blocks)).not.toContain('incident.pick');
    await expect(choose(ts, other.id)).rejects.toThrow();
    expect(world().slack.deliveries().length).toBeGreaterThan(picker);
    expect(await dataOf(id, 'note.added')).toEqual([{ text: 'said once' }]);
    expect(await dataOf(other.id, 'note.added')).toEqual([]);
  });

  test('words of the help are not recorded, typed or in a form, in quotes or not: people hear to use their own', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Placeholders');
    const before = (await world().tocsin.store.records(id)).length;
    for (const text of [
      'resolve "what fixed it"',
      'resolve What fixed it.',
      'severity P1 reason',
      'snooze 30m “reason”',
      'note [text]',
      'escalate REASON',
    ])
      await world().say(ADA, room, text);
    expect(lastTold(world(), ADA)).toContain('“reason” only shows where your own words go. Send it again with your own words in its place.');
    await world().say(ADA, room, 'resolve');
    const view = world().slack.views(ADA).at(-1);
    await world()
      .slack.as(ADA)
      .submitView(view?.id ?? '', { text: '"what fixed it"' });
    await world().settled();
    expect(lastTold(world(), ADA)).toContain('“what fixed it” only shows');
    expect((await world().tocsin.store.records(id)).length).toBe(before);
    await world().say(ADA, room, 'note the reason is known');
    expect(await dataOf(id, 'note.added')).toEqual([{ text: 'the reason is known' }]);
  });

  test('severity without a reason opens its form with what was typed', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Graver');
    await world().say(ADA, room, 'severity P1');
    const view = world().slack.views(ADA).at(-1);
    expect(JSON.stringify(view)).toMatch(/"initial_option":\{[^}]*\}?[^}]*"value":"P1"/);
    await world()
      .slack.as(ADA)
      .submitView(view?.id ?? '', { severity: 'P1', reason: 'all regions' });
    await world().settled();
    expect(await dataOf(id, 'severity.changed')).toEqual([{ from: 'P2', to: 'P1', reason: 'all regions' }]);
    await world().say(ADA, room, 'severity P1');
    expect(lastTold(world(), ADA)).toContain('is already P1');
  });

  test('assign takes a note, and role and person in either order', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Roles');
    await world().say(ADA, room, 'assign comms <@U0JOAN|joan> talk to the customers');
    await world().say(ADA, room, 'assign <@U0GRACE|grace> scribe');
    expect((await world().tocsin.incidents.find(id))?.roles).toMatchObject({ communications: 'U0JOAN', scribe: 'U0GRACE' });
    expect(await dataOf(id, 'role.assigned')).toEqual(
      expect.arrayContaining([expect.objectContaining({ user: 'U0JOAN', note: 'talk to the customers' })]),
    );
    await world().say(ADA, room, 'assign comms somebody');
    expect(lastTold(world(), ADA)).toContain('“somebody” is not a person here');
    await world().say(ADA, room, 'assign comms');
    expect(await form()).toContain('Assign a role');
  });

  test('a message is on the timeline once, however often and by whomever it is pinned', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Pinned twice');
    const ada = world().slack.as(ADA);
    const { ts = '' } = await ada.message(room, 'the database failed over');
    await ada.react(room, ts, 'pushpin');
    await world().settled();
    await world().slack.as('U0GRACE').react(room, ts, 'pushpin');
    await ada.shortcut('incident.pin', { channel: room, ts });
    await world().settled();
    expect(await dataOf(id, 'message.pinned')).toHaveLength(1);
    expect(lastTold(world(), ADA)).toContain('It is already on the timeline');
  });

  test('what is noted on a merged incident goes to the one that goes on, and says so', async () => {
    const one = await declare(world(), 'P2 aureus Twice');
    const two = await declare(world(), 'P2 aureus Once');
    await world().say(ADA, one.room, `merge ${two.id}`);
    await world().say(ADA, one.room, 'note the disk was full');
    expect(await dataOf(two.id, 'note.added')).toEqual([{ text: 'the disk was full' }]);
    expect(await dataOf(one.id, 'note.added')).toEqual([]);
    expect(lastTold(world(), ADA)).toContain(`${one.id} was merged into *${two.id}*`);
  });

  test('an example names an incident that can be named now: never one that was merged, nor the one that is asked in', async () => {
    const one = await declare(world(), 'P2 aureus Merged away');
    const two = await declare(world(), 'P2 aureus Survives');
    await world().say(ADA, one.room, `merge ${two.id}`);
    await world().say(ADA, two.room, 'merge');
    const open = (await world().tocsin.store.incidents({ open: true })).map(({ id }) => id);
    const [, other = ''] = /`\/incident merge (INC-[\d-]+)`/.exec(lastTold(world(), ADA)) ?? [];
    expect(open.filter((id) => id !== two.id)).toContain(other);
    await world().say(ADA, DEMO.general, 'help');
    const [, named = ''] = /`\/incident note (INC-[\d-]+) text`/.exec(lastTold(world(), ADA)) ?? [];
    expect(open).toContain(named);
  });

  test.each([['--private P2 sark Leak of the key'], ['P2 sark Leak of the key --private'], ['P2 —private sark Leak of the key']])(
    'declare %s is private, and says so',
    async (text) => {
      const { id, room } = await declare(world(), text);
      expect(lastTold(world(), ADA)).toContain('It is private');
      expect(await world().tocsin.incidents.find(id)).toMatchObject({ private: true, title: 'Leak of the key', severity: 'P2' });
      expect(readable(cardOf(world(), room, id))).toContain('Private');
      expect(world().texts(DEMO.incidents).join()).not.toContain('Leak of the key');
      await world().say(ADA, room, 'status');
      expect(lastTold(world(), ADA)).toContain('Private');
      await world().say(ADA, room, 'resolve done');
    },
  );
});

describeWorld(
  'Where several incidents live in threads of one channel',
  { config: (text) => text.replaceAll('updates: C0OPSESC }', 'updates: C0OPSESC, room: thread }') },
  (world) => {
    /** Declares an incident; its thread is its card's. */
    async function thread(title: string): Promise<{ id: string; ts: string }> {
      const known = new Set((await world().tocsin.store.incidents({})).map(({ id }) => id));
      await world().say(ADA, DEMO.incidents, `declare P3 aureus ${title}`);
      const id = (await world().tocsin.store.incidents({})).find((one) => !known.has(one.id))?.id ?? '';
      return { id, ts: cardOf(world(), DEMO.incidents, id).ts };
    }

    const statusOf = async (id: string) => (await world().tocsin.incidents.find(id))?.status;
    const typesOf = async (id: string) => (await world().tocsin.store.records(id)).map(({ type }) => type);

    test('a command that does not say which is asked back, never taken for the newest; a pin belongs to its thread', async () => {
      const older = await thread('The older one');
      const newer = await thread('The newer one');
      await world().say(ADA, DEMO.incidents, 'resolve it works');
      expect([await statusOf(older.id), await statusOf(newer.id)]).not.toContain('resolved');
      expect(lastTold(world(), ADA)).toContain('incident.pick');
      const said = await world().slack.as(ADA).message(DEMO.incidents, 'memory is at 100 %', older.ts);
      await world()
        .slack.as(ADA)
        .react(DEMO.incidents, said.ts ?? '', 'pushpin');
      await world().settled();
      expect(await typesOf(older.id)).toContain('message.pinned');
      expect(await typesOf(newer.id)).not.toContain('message.pinned');
    });
  },
);
