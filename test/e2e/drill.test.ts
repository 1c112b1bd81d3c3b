import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withoutAnchor } from './helpers/anchor.ts';
import { describeWorld } from './helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  dataOf,
  GRACE,
  incidentOf,
  JOAN,
  messageWith,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from './helpers/remedies.ts';
import { diagnose, object, stored, until } from './helpers/runbooks.ts';
import { cardOf, DEMO, directMessages, lastTold, readable, typesOf, type World } from './helpers/world.ts';

const DAY = 24 * 60;
const PEOPLE = ['U0ADA', 'U0GRACE', 'U0LINUS', 'U0MARIE', 'U0ALAN', 'U0JOAN'];

/** Starts a drill as ada in #incidents, and returns its id and its channel. */
async function drill(world: World, text: string): Promise<Situation> {
  const before = new Set((await world.tocsin.store.incidents({ drills: true })).map(({ id }) => id));
  await world.say(ADA, DEMO.incidents, `/drill start ${text}`);
  const index = (await world.tocsin.store.incidents({ drills: true })).find(({ id }) => !before.has(id));
  if (index === undefined) throw new Error(`No drill began: ${lastTold(world, ADA)}`);
  return { id: index.id, room: world.room(index.id) };
}

/** What Slack was told that anybody outside of a channel could see: everything that was written, invited to or published elsewhere. */
function outside(world: World, from: number, { room }: Situation): readonly string[] {
  const told = world.slack
    .calls()
    .slice(from)
    .filter(({ method }) => /^(?:chat\.(?:postMessage|update)|conversations\.(?:open|invite)|files\.completeUploadExternal)/.test(method))
    .filter(({ args }) => !JSON.stringify(args).includes(room))
    .map(({ method, args }) => `${method} ${JSON.stringify(args)}`);
  return withoutAnchor(told);
}

describeWorld('Drills that take the platforms for real', { delivery: 'http', platforms: true }, (world) => {
  test('[AU-90] a fire drill is played and judged: nobody outside is called, and what is approved is not applied', async () => {
    await breakIt(world(), 'frontend-down');
    await until(() => JSON.stringify(object(world(), 'deployments.apps', 'aureus-frontend')).includes('0.2.0'), 'the release is bad');
    const spec = () => JSON.stringify(object<{ spec: object }>(world(), 'deployments.apps', 'aureus-frontend').spec);
    const before = spec();
    const direct = (await Promise.all(PEOPLE.map((user) => directMessages(world(), user)))).flat().length;
    const calls = world().slack.calls().length;

    const played = await drill(world(), 'fire aureus frontend-down');
    expect(played.id).toMatch(/^DRL-\d{4}-0001$/);
    expect(world().slack.channel(played.room).topic).toMatch(/^DRILL, nothing here is real: P0 AUREUS Platform/);
    expect(readable(cardOf(world(), played.room, played.id))).toContain('DRILL: INCIDENT DETECTED');
    expect(lastTold(world(), ADA)).toContain('Nobody else is called');

    await world().say(ADA, played.room, 'ack');
    await diagnose(world(), played, 'aureus/frontend-down');
    await world().later(12);
    const plan = await request(world(), played, 'aureus/frontend-down rollback The new release crashes', ADA);
    expect(plan.status).toBe('waiting');
    expect(JSON.stringify(await dataOf(world(), played.id, 'plan.made'))).toContain('revision');
    await approve(world(), ADA, played, plan);

    // Everything but the change itself is as it would be.
    expect(await planOf(world(), played.id)).toMatchObject({ status: 'voided', reason: expect.stringMatching(/^This is a drill: /) });
    expect(await dataOf(world(), played.id, 'plan.voided')).toEqual([
      expect.objectContaining({ final: true, would_have: [expect.stringMatching(/aureus-frontend|frontend/)] }),
    ]);
    expect(readable(messageWith(world(), played.room, plan.id, '"type":"header"'))).toContain('It would have done');
    expect(await nothingChanged(world(), played.id)).toBe(true);
    expect(spec()).toBe(before);

    await world().say(ADA, played.room, '/drill finish');
    const [judged] = await dataOf(world(), played.id, 'drill.judged');
    expect(judged).toMatchObject({
      form: 'fire',
      held: true,
      steps: [
        { step: 'acknowledge', met: true },
        { step: 'diagnose', met: true, target_ms: 600_000 },
        { step: 'ask', met: true, target_ms: 1_200_000 },
        { step: 'approve', met: true, target_ms: 1_800_000 },
      ],
      expected: { asked: true },
    });
    const table = readable(messageWith(world(), played.room, 'FIRE DRILL FINISHED'));
    expect(table).toMatch(/Ask for approval +12 min +20 min +met/);
    expect(table).toContain('4 of 4 targets met.');

    expect((await incidentOf(world(), played.id)).status).toBe('closed');
    const written = world()
      .slack.calls()
      .slice(calls)
      .filter(({ method, args }) => /^chat\.(?:postMessage|update)$/.test(method) && args.channel === played.room);
    expect(written.length).toBeGreaterThan(10);
    for (const { args } of written) expect(args.text).toMatch(/^DRILL: /);
    // The answers that only ada sees are no calls of these methods; nothing else left the channel.
    expect(outside(world(), calls, played)).toEqual([]);
    const invited = world().slack.calls('conversations.invite').slice(-1);
    expect(invited.map(({ args }) => args.users)).toEqual([ADA]);
    expect((await Promise.all(PEOPLE.map((user) => directMessages(world(), user)))).flat()).toHaveLength(direct);

    // Its evidence is an incident's, under its own stream, and `system` knows that it was held.
    expect((await stored(world(), played.id)).map(({ type }) => type)).toContain('drill.judged');
    const system = await stored(world(), 'system');
    expect(system.filter(({ type }) => type.startsWith('drill.')).map(({ type, data }) => [type, data.drill])).toEqual([
      ['drill.started', played.id],
      ['drill.finished', played.id],
    ]);
    await world().say(ADA, DEMO.incidents, `/incident evidence ${played.id}`);
    expect(await typesOf(world(), played.id)).toContain('evidence.packed');
    const pack = join(world().evidence, 'drills', played.id, 'pack', '1');
    expect(await readFile(join(pack, 'timeline.md'), 'utf8')).toMatch(
      /finished the fire drill of aureus\/frontend-down: acknowledged after .*approved after/,
    );
    await breakIt(world(), 'frontend-down', false);
  });

  test('[AU-90] nothing leads out of a drill, and no incident list shows it', async () => {
    const played = await drill(world(), 'fire aureus frontend-down');
    const calls = world().slack.calls().length;
    for (const asked of [
      'escalate it is bad',
      'resolve it is fixed',
      '/page @grace come',
      'close',
      '/runbook run sark/policy-evaluation-failure scale-opa now',
    ])
      await world().say(ADA, played.room, asked);
    expect(await refusals(world(), played.id)).toEqual(['is-drill', 'is-drill', 'is-drill', 'is-drill', 'is-drill']);
    // Unacknowledged for an hour: overdue, and still nobody is called.
    await world().later(60);
    expect(await typesOf(world(), played.id)).toContain('breach.recorded');
    expect(await typesOf(world(), played.id)).not.toContain('incident.escalated');
    const said = world().texts(played.room).join('\n');
    expect(said).toContain('Nobody had acknowledged');
    expect(said).toContain('It is recorded. In a drill nobody is called.');
    expect(said).not.toContain('next in line');
    await world().say(ADA, DEMO.incidents, 'list');
    expect(lastTold(world(), ADA)).not.toContain(played.id);
    expect(outside(world(), calls, played)).toEqual([]);
    await world().say(ADA, played.room, '/drill finish');
    expect(await dataOf(world(), played.id, 'drill.judged')).toEqual([expect.objectContaining({ held: false })]);
    expect(readable(messageWith(world(), played.room, 'FIRE DRILL FINISHED'))).toContain('was broken off');
  });

  test('[AU-90] a service has one drill at a time, and one that nobody finishes ends after eight hours, said', async () => {
    const played = await drill(world(), 'fire aureus frontend-down');
    await world().say(GRACE, DEMO.incidents, '/drill start tabletop aureus policy-engine-failure');
    expect(lastTold(world(), GRACE)).toMatch(new RegExp(`has a drill already: <@${ADA}> started \\*${played.id}\\* in <#${played.room}>`));
    const other = await drill(world(), 'review sark');
    await world().say(ADA, other.room, '/drill finish');
    await world().later(8 * 60);
    const ended = readable(messageWith(world(), played.room, 'FIRE DRILL ENDED'));
    expect(ended).toContain(`Nobody finished *${played.id}*, so Tocsin ended it. It does not count`);
    expect(ended).not.toContain('broken off');
    expect(await dataOf(world(), played.id, 'incident.resolved')).toEqual([
      expect.objectContaining({ summary: 'Nobody finished this drill within 8 h, so Tocsin ended it.' }),
    ]);
    const shown = world().texts(played.room).length;
    await world().later(120);
    expect(world().texts(played.room)).toHaveLength(shown);
    // Of two that are asked for at the same moment one begins.
    const before = (await world().tocsin.store.incidents({ drills: true })).length;
    const users = [ADA, GRACE];
    await Promise.all(users.map((user) => world().slack.as(user).command(DEMO.incidents, '/drill', 'start tabletop aureus policy-engine-failure')));
    await world().settled();
    const [next, ...more] = (await world().tocsin.store.incidents({ drills: true })).slice(0, -before);
    if (next === undefined || more.length > 0) throw new Error(`${more.length} drills more than one began.`);
    const told = users.map((user) => lastTold(world(), user));
    expect(told.filter((text) => /has a drill already: <@U0(ADA|GRACE)> started/.test(text))).toHaveLength(1);
    await world().say(ADA, world().room(next.id), '/drill finish');
  });
});

describeWorld('Drills in the local workspace', { platforms: true, simulated: true }, (world) => {
  test('[AU-90] a fire drill changes the simulated platform, to its end', async () => {
    const played = await drill(world(), 'fire aureus');
    await until(() => JSON.stringify(object(world(), 'deployments.apps', 'aureus-frontend')).includes('0.2.0'), 'the drill has broken it');
    await world().say(GRACE, played.room, 'ack');
    const plan = await request(world(), played, 'aureus/frontend-down rollback The new release crashes', ADA);
    await approve(world(), ADA, played, plan);
    expect(await planOf(world(), played.id)).toMatchObject({ status: 'applied' });
    expect(JSON.stringify(object(world(), 'deployments.apps', 'aureus-frontend'))).not.toContain('aureus/frontend:0.2.0');
    await world().say(ADA, played.room, '/drill finish');
    expect(await dataOf(world(), played.id, 'drill.judged')).toEqual([
      expect.objectContaining({ held: false, expected: expect.objectContaining({ asked: true }) }),
    ]);
    expect(
      world()
        .platforms?.faults.list()
        .find(({ id }) => id === 'frontend-down')?.active,
    ).toBe(false);
  });
});

describeWorld('Drills without a platform', {}, (world) => {
  test('[AU-90] a tabletop exercise asks what the runbook says, and the first answer counts', async () => {
    const played = await drill(world(), 'tabletop aureus policy-engine-failure');
    const task = messageWith(world(), played.room, 'TABLETOP EXERCISE: ');
    const { drill: state } = await incidentOf(world(), played.id);
    const questions = state?.terms.questions ?? [];
    expect(questions.length).toBeGreaterThan(3);
    expect(questions.map(({ text }) => text).join(' ')).toContain('Who must approve');
    for (const [i, { id, right, options }] of questions.entries()) {
      const option = i === 0 ? (right + 1) % options.length : right;
      await world()
        .slack.as(GRACE)
        .click(played.room, task.ts, { block_id: `question:${id}` }, { input: `${played.id}:${id}:${option}` });
      await world().settled();
    }
    // Nobody sits there with a clock.
    await world().later(90);
    expect((await typesOf(world(), played.id)).filter((type) => /^(?:breach|acknowledgement|update)\./.test(type))).toEqual([]);
    await world().slack.as(JOAN).click(played.room, task.ts, { action_id: 'drill.finish' });
    await world().settled();
    expect(await refusals(world(), played.id)).toEqual(['role-needed']);
    await world().say(ADA, played.room, '/drill finish');
    expect(await dataOf(world(), played.id, 'drill.judged')).toEqual([
      expect.objectContaining({ held: true, answers: { questions: questions.length, answered: questions.length, right: questions.length - 1 } }),
    ]);
    expect(readable(messageWith(world(), played.room, 'TABLETOP EXERCISE: '))).toContain(':x:');
  });

  test('[AU-90] a review counts once somebody with the role has signed the runbook', async () => {
    const played = await drill(world(), 'review aureus rate-limiting');
    const task = messageWith(world(), played.room, 'REVIEW: ');
    await world().slack.as(JOAN).click(played.room, task.ts, { action_id: 'drill.sign-off' });
    await world().settled();
    expect(await refusals(world(), played.id)).toEqual(['role-needed']);
    await world().slack.as(GRACE).click(played.room, task.ts, { action_id: 'drill.sign-off' });
    await world().settled();
    const [signed] = await dataOf(world(), played.id, 'drill.signed-off');
    expect(signed).toMatchObject({ runbook: 'aureus/rate-limiting', revision: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await world().say(ADA, played.room, '/drill finish');
    expect(await dataOf(world(), played.id, 'drill.judged')).toEqual([expect.objectContaining({ held: true, signed_off_by: GRACE })]);
  });

  test('[AU-90] overdue drills are listed first, and said once a week in the channel, one message a service', async () => {
    const reminders = () =>
      world()
        .texts(DEMO.incidents)
        .filter((text) => text.includes('AUREUS Platform') && text.includes('overdue'));
    await world().say(ADA, DEMO.incidents, '/drill list');
    expect(lastTold(world(), ADA)).toContain('none is overdue');
    expect(reminders()).toHaveLength(0);
    await world().later(110 * DAY);
    expect(reminders()).toHaveLength(1);
    expect(reminders()[0]).toContain('2 drills of AUREUS Platform are overdue');
    await world().later(3 * DAY);
    expect(reminders()).toHaveLength(1);
    await world().later(5 * DAY);
    expect(reminders()).toHaveLength(2);
    await world().say(ADA, DEMO.incidents, '/drill list aureus');
    const list = lastTold(world(), ADA);
    expect(list.indexOf(':red_circle:')).toBeGreaterThan(0);
    expect(list.indexOf(':red_circle:')).toBeLessThan(list.indexOf(':white_circle:'));
    expect(list).toMatch(/fire drill: never tested; was due/);
    expect(list).toMatch(/review: last tested .*DRL-\d{4}-0002/);
    await world().say(ADA, DEMO.incidents, '/drill --help');
    expect(lastTold(world(), ADA)).toContain('start [fire|tabletop|review] service [runbook]');
  });
});
