import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { ADA, commanded, dataOf, GUEST, incidentOf, JOAN, LINUS, refusals } from './helpers/remedies.ts';
import { lastTold, readable } from './helpers/world.ts';

describeWorld('Giving a role', { delivery: 'http' }, (world) => {
  const nobodies = [
    ['a bot', () => 'U0TOCSIN', 'is a bot'],
    ['Slackbot', () => 'USLACKBOT', 'is a bot'],
    ['a guest', () => GUEST, 'is a guest'],
    ['somebody whom Slack does not know', () => 'U0NOSUCHPERSON', 'unknown to Slack'],
    ['somebody who was deactivated', () => deactivated(), 'is deactivated'],
  ] as const;

  function deactivated(): string {
    world().slack.changeUser('U0ALAN', { deleted: true });
    return 'U0ALAN';
  }

  test('the command goes to no bot, guest, deactivated or unknown person, by command, hand-over or form; each try is a record', async () => {
    const situation = await commanded(world(), 'P1 aureus The frontend is slow');
    for (const [, user, why] of nobodies) {
      const id = user();
      await world().say(ADA, situation.room, `assign commander <@${id}>`);
      expect(lastTold(world(), ADA)).toContain(why);
      await world().say(ADA, situation.room, `handoff <@${id}> take over`);
      expect(lastTold(world(), ADA)).toContain(why);
      await world().say(ADA, situation.room, 'assign');
      const view = world().slack.views(ADA).at(-1);
      await world()
        .slack.as(ADA)
        .submitView(view?.id ?? '', { role: 'communications', user: id })
        .catch(() => undefined);
      await world().settled();
    }
    const { roles } = await incidentOf(world(), situation.id);
    expect(roles).toEqual({ 'incident-commander': ADA });
    expect((await refusals(world(), situation.id)).filter((code) => code === 'no-member').length).toBeGreaterThanOrEqual(2 * nobodies.length);
  });

  test('whoever gives the command to somebody outside of the group is told before that they cannot approve, and who can; then so is the room', async () => {
    const situation = await commanded(world(), 'P1 aureus The frontend is slow');
    await world().say(ADA, situation.room, `assign commander <@${JOAN}>`);
    expect((await incidentOf(world(), situation.id)).roles['incident-commander']).toBe(ADA);
    const asked = world().slack.views(ADA).at(-1);
    expect(JSON.stringify(asked)).toContain('cannot approve changes');
    expect(JSON.stringify(asked)).toContain('<!subteam^S0IC>');
    await world()
      .slack.as(ADA)
      .submitView(asked?.id ?? '', { note: 'She knows the frontend' });
    await world().settled();
    expect((await incidentOf(world(), situation.id)).roles['incident-commander']).toBe(JOAN);
    expect(
      world()
        .slack.messages(situation.room)
        .some((message) => readable(message).includes('their approval does not count')),
    ).toBe(true);
    await world().say(ADA, situation.room, `handoff <@${LINUS}> yours`);
    expect((await dataOf(world(), situation.id, 'role.assigned')).at(-1)).not.toHaveProperty('approves');
  });

  test('what is unfinished, and somebody who is away, are shown before the command moves, and recorded when it does', async () => {
    const situation = await commanded(world(), 'P1 aureus The frontend is slow again');
    await world().later(28);
    world().slack.changeUser(LINUS, { status_text: 'Vacationing' });
    try {
      await world().say(ADA, situation.room, 'assign');
      const form = world().slack.views(ADA).at(-1);
      await world()
        .slack.as(ADA)
        .submitView(form?.id ?? '', { role: 'incident-commander', user: LINUS, note: 'The rollback runs' });
      await world().settled();
      expect((await incidentOf(world(), situation.id)).roles['incident-commander']).toBe(ADA);
      const asked = world().slack.views(ADA).at(-1);
      for (const words of ['may be away', 'Vacationing', 'takes over the update due at', 'The rollback runs'])
        expect(JSON.stringify(asked)).toContain(words);
      await world()
        .slack.as(ADA)
        .submitView(asked?.id ?? '', { note: 'The rollback runs' });
      await world().settled();
      expect((await dataOf(world(), situation.id, 'role.assigned')).at(-1)).toMatchObject({
        user: LINUS,
        note: 'The rollback runs',
        handed_over: { plans: [], in_force: [], update_due: expect.any(String) },
      });
    } finally {
      world().slack.changeUser(LINUS, { status_text: '' });
    }
  });
});
