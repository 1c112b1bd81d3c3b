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

  test('whoever gives the command to somebody outside of the group is told that they cannot approve, and who can; so is the room', async () => {
    const situation = await commanded(world(), 'P1 aureus The frontend is slow');
    await world().say(ADA, situation.room, `assign commander <@${JOAN}>`);
    expect((await incidentOf(world(), situation.id)).roles['incident-commander']).toBe(JOAN);
    expect(lastTold(world(), ADA)).toContain('cannot approve changes');
    expect(lastTold(world(), ADA)).toContain('<!subteam^S0IC>');
    expect(
      world()
        .slack.messages(situation.room)
        .some((message) => readable(message).includes('their approval does not count')),
    ).toBe(true);
    await world().say(ADA, situation.room, `handoff <@${LINUS}> yours`);
    expect((await dataOf(world(), situation.id, 'role.assigned')).at(-1)).not.toHaveProperty('approves');
  });
});
