import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { FaultInput } from '../../simulators/slack/faults.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { DEMO, declare, lastTold, startWorld } from '../e2e/helpers/world.ts';
import { eventually } from '../store/helpers/eventually.ts';

const ONCE: readonly (readonly [string, FaultInput])[] = [
  ['429', { kind: 'rate_limited', retry_after: 1, method: 'users.info' }],
  ['503', { kind: 'http_error', status: 503, method: 'users.info' }],
  ['a reset', { kind: 'refused_connection', method: 'users.info' }],
  ['a lost answer', { kind: 'torn', method: 'users.info' }],
  ['an answer that does not come', { kind: 'slow', ms: 5_000, method: 'users.info' }],
  ['a maintenance page', { kind: 'html', method: 'users.info' }],
];

describeWorld('When Slack is busy', { delivery: 'http' }, (world) => {
  test.each(ONCE)('%s at users.info once refuses nobody a declaration, not even the first one', async (name, fault) => {
    // A bot that has not seen anybody yet.
    const fresh = await startWorld({ delivery: 'http' });
    fresh.slack.faults.add(fault);
    const { id } = await declare(fresh, `P1 aureus ${name}`);
    expect(id).toMatch(/^INC-/);
    await fresh.stop();
  });

  test('with Slack’s published limits, three people’s 25 actions in a row are all done', async () => {
    const { id } = await declare(world(), 'P1 aureus Three people');
    world().slack.rateLimits.set(true);
    const before = (await world().outcomes()).length;
    for (let n = 0; n < 25; n += 1) {
      const who = ['U0ADA', 'U0GRACE', 'U0LINUS'][n % 3] ?? 'U0ADA';
      await world().slack.as(who).command(DEMO.incidents, '/incident', `impact ${id} ${n} regions are down`);
    }
    await world().settled();
    world().slack.rateLimits.set(false);
    await world().settled();
    const outcomes = (await world().outcomes()).slice(before);
    expect(outcomes).toHaveLength(25);
    expect(outcomes.filter((outcome) => outcome?.outcome !== 'done')).toEqual([]);
    const groups = world()
      .slack.calls()
      .filter(({ method }) => method.startsWith('usergroups.'));
    expect(groups.filter(({ status }) => status === 429)).toEqual([]);
    expect((await world().tocsin.store.records(id)).filter(({ type }) => type === 'impact.changed')).toHaveLength(25);
  });

  test('what calls a person goes before answers, answers before cards, and cards before all else', async () => {
    await declare(world(), 'P1 aureus Who goes first');
    const { rows } = await sql<{ name: string; key: string; priority: number }>`
      select name, coalesce(data->'data'->>'key', data->'data'->>'id') as key, priority from pgboss.job where name in ('message', 'flow')`.execute(
      world().tocsin.database.db,
    );
    const priorities = (name: string, pattern: RegExp) =>
      new Set(rows.filter((row) => row.name === name && pattern.test(row.key)).map(({ priority }) => priority));
    expect(priorities('message', /:direct-message$/)).toEqual(new Set([3]));
    expect(priorities('message', /:reply$/)).toEqual(new Set([2]));
    expect(priorities('message', /:card:/)).toEqual(new Set([1]));
    expect(priorities('message', /welcome/)).toEqual(new Set([0]));
    // Also where a signal or its time wakes it.
    expect(priorities('flow', /responders/)).toEqual(new Set([1]));
    expect(priorities('flow', /:room$/)).toEqual(new Set([0]));
  });

  test('an answer does not wait for the summary that its person has on joining', async () => {
    const { id, room } = await declare(world(), 'P2 aureus A crowd joins');
    const full = world().slack.faults.add({ kind: 'rate_limited', retry_after: 30, method: 'chat.postEphemeral', rate: 1 });
    const joan = world().slack.as('U0JOAN');
    await joan.join(room);
    await eventually('Slack has no room for it', () =>
      world()
        .slack.calls()
        .some(({ method, status }) => method === 'chat.postEphemeral' && status === 429),
    );
    await joan.command(room, '/incident', 'list');
    await eventually('the answer is there', () => lastTold(world(), 'U0JOAN').includes('open'));
    expect(lastTold(world(), 'U0JOAN')).not.toContain(`${id} so far`);
    world().slack.faults.remove(full);
    await eventually('the summary comes', () => lastTold(world(), 'U0JOAN').includes(`${id} so far`));
  });

  test('what needs no role goes on while Slack says nothing of groups; what needs one is refused, and says why', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Groups are away');
    const away = world().slack.faults.add({ kind: 'http_error', status: 503, method: 'usergroups.list', rate: 1 });
    // What Slack said of groups some seconds ago is believed.
    await world().later(1);
    await world().say('U0ADA', room, 'note nobody asks for a role');
    await world().say('U0ALAN', DEMO.incidents, `severity ${id} P0 I want it`);
    expect(lastTold(world(), 'U0ALAN')).toContain('which roles you hold');
    world().slack.faults.remove(away);
    expect((await world().tocsin.store.records(id)).map(({ type }) => type)).toContain('note.added');
    expect((await world().tocsin.incidents.find(id))?.severity).toBe('P2');
  });

  test('a form whose answer was lost is not told as a failure, and opens once', async () => {
    world().slack.faults.add({ kind: 'torn', method: 'views.open' });
    const told = world().slack.ephemerals('U0ADA').length;
    await world().say('U0ADA', DEMO.incidents, 'declare');
    expect(world().slack.views('U0ADA')).toHaveLength(1);
    expect(world().slack.ephemerals('U0ADA')).toHaveLength(told);
  });

  test.each([
    ['503', { kind: 'http_error', status: 503, method: 'views.open' }],
    ['a reset', { kind: 'refused_connection', method: 'views.open' }],
  ] satisfies [string, FaultInput][])('a form opens though Slack failed once by %s', async (_, fault) => {
    world().slack.faults.add(fault);
    const told = world().slack.ephemerals('U0GRACE').length;
    const before = world().slack.calls('views.open').length;
    await world().say('U0GRACE', DEMO.incidents, 'declare');
    const opened = world().slack.calls('views.open').slice(before);
    expect(opened.map(({ applied }) => applied)).toEqual([false, true]);
    expect(world().slack.views('U0GRACE')).toHaveLength(1);
    expect(world().slack.ephemerals('U0GRACE')).toHaveLength(told);
  });

  test.each(['view_too_large', 'missing_scope', 'access_denied', 'duplicate_external_id', 'invalid_arguments'])(
    'a form that Slack refuses (%s) is told with what to type instead',
    async (error) => {
      world().slack.faults.add({ kind: 'error', error, method: 'views.open' });
      await world().say('U0GRACE', DEMO.incidents, 'declare');
      expect(lastTold(world(), 'U0GRACE')).toMatch(new RegExp(`Slack did not open the form \\(${error}.*Type it instead`));
      expect((await world().outcomes()).filter((outcome) => outcome?.outcome === 'failed')).toEqual([]);
    },
  );

  test('a Home that Slack will not show is told with what shows the same', async () => {
    world().slack.faults.add({ kind: 'error', error: 'duplicate_external_id', method: 'views.publish' });
    const before = world().slack.calls('views.publish').length;
    await world().slack.as('U0GRACE').openHome();
    await world().slack.waitFor(() => world().slack.calls('views.publish').length > before);
    await world().settled();
    expect((await world().outcomes()).filter((outcome) => outcome?.code === 'internal')).toEqual([]);
    expect((await world().outcomes()).some((outcome) => outcome?.code === 'home-refused')).toBe(true);
  });

  test('a note that is as long as it may be and ends with an emoji is taken, and cut before it', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Long');
    for (const emoji of ['👍', '👩‍👩‍👧‍👦', '🇩🇪']) await world().say('U0ADA', room, `note ${'a'.repeat(2_998)}${emoji}`);
    const notes = (await world().tocsin.store.records(id))
      .filter(({ type }) => type === 'note.added')
      .map(({ data }) => (data as { text: string }).text);
    expect(notes).toHaveLength(3);
    for (const note of notes) {
      expect(note.isWellFormed()).toBe(true);
      expect(note.length).toBeLessThanOrEqual(3_000);
    }
    expect((await world().outcomes()).filter((outcome) => outcome?.outcome === 'failed')).toEqual([]);
  });

  test('where Slack has no room to say who each of a crowd is, one look at everybody answers', async () => {
    const { id } = await declare(world(), 'P2 aureus A crowd');
    world().slack.faults.add({ kind: 'rate_limited', retry_after: 5, method: 'users.info', rate: 1 });
    const before = (await world().outcomes()).length;
    for (const who of ['U0JOAN', 'U0GUEST']) await world().say(who, DEMO.general, 'list');
    // What needs a role is decided by a look that is some seconds old at most.
    await world().say('U0GRACE', DEMO.general, `impact ${id} all of it`);
    const [joan, guest, grace] = (await world().outcomes()).slice(before);
    expect(joan?.outcome).toBe('done');
    // A guest is one by that look, too.
    expect(guest?.outcome).toBe('refused');
    expect(grace).toMatchObject({ outcome: 'done' });
    expect(world().slack.calls('users.list').length).toBeLessThanOrEqual(2);
  });
});

describeWorld(
  'A user group that Slack does not know',
  { delivery: 'http', config: (text) => text.replaceAll('usergroup: S0SEC', 'usergroup: S0GONE') },
  (world) => {
    test('is an empty group: everybody else goes on as before', async () => {
      const { id } = await declare(world(), 'P1 aureus A group is gone');
      for (const who of ['U0ADA', 'U0LINUS', 'U0ALAN']) await world().say(who, DEMO.incidents, `note ${id} by ${who}`);
      await world().say('U0ADA', DEMO.incidents, `severity ${id} P0 worse`);
      expect((await world().tocsin.incidents.find(id))?.severity).toBe('P0');
      const outcomes = await world().outcomes();
      // That those who are called join the channel is no news.
      expect(outcomes.filter((outcome) => outcome?.outcome !== 'done' && outcome?.outcome !== 'ignored')).toEqual([]);
      expect((await world().tocsin.store.records(id)).filter(({ type }) => type === 'note.added')).toHaveLength(3);
    });
  },
);
