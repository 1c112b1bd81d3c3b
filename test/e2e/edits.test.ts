import { expect, test } from '@jest/globals';
import type { Call } from '../../simulators/slack/http/calls.ts';
import { describeWorld } from './helpers/each.ts';
import { cardOf, DEMO, declare, lastTold, readable, type World } from './helpers/world.ts';

/** Edits that Slack took and that changed nothing, each compared with what the message said before. */
function idle(calls: readonly Call[]): Call[] {
  const before = new Map<string, string>();
  const same: Call[] = [];
  for (const call of calls) {
    if (!call.applied || (call.method !== 'chat.update' && call.method !== 'chat.postMessage')) continue;
    const { channel, text, blocks } = call.args;
    const place = `${String(channel)}/${String(call.response['ts'])}`;
    const says = JSON.stringify([text, typeof blocks === 'string' ? JSON.parse(blocks) : blocks]);
    if (call.method === 'chat.update' && before.get(place) === says) same.push(call);
    before.set(place, says);
  }
  return same;
}

const updates = (world: World) => world.slack.calls('chat.update').length;

describeWorld('Edits', { delivery: 'http' }, (world) => {
  test('over an incident’s whole life no edit is sent that changes nothing', async () => {
    const { room } = await declare(world(), 'P1 aureus A whole life');
    for (const said of [
      'ack',
      'note one',
      'note two',
      'assign ic @grace',
      'impact half of Europe',
      'severity P2 less',
      'status monitoring',
      'note three',
    ]) {
      await world().say('U0ADA', room, said);
    }
    await world().later(50);
    await world().say('U0ADA', room, 'resolve over');
    await world().say('U0ADA', room, 'close');
    expect(updates(world())).toBeGreaterThan(5);
    expect(idle(world().slack.calls())).toEqual([]);
  });

  test('a refused command edits nothing', async () => {
    const { id } = await declare(world(), 'P2 aureus Refused');
    const before = updates(world());
    await world().say('U0ALAN', DEMO.incidents, `severity ${id} P0 because I say so`);
    expect(lastTold(world(), 'U0ALAN')).toContain('You do not have this role');
    await world().say('U0ALAN', DEMO.incidents, `close ${id}`);
    expect(updates(world())).toBe(before);
  });

  test('an edit whose answer was lost is made good, also when the state has gone back meanwhile', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Back and forth');
    world().slack.faults.add({ kind: 'torn', method: 'chat.update', times: 3 });
    await world().slack.as('U0ADA').command(room, '/incident', 'severity P1 up');
    await world().slack.waitFor(() => readable(cardOf(world(), DEMO.incidents, id)).includes('P1 (High)'), { what: 'the edit' });
    await world().say('U0ADA', room, 'severity P2 down again');
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain('P2');
    expect(readable(cardOf(world(), DEMO.incidents, id))).not.toContain('P1 (High)');
  });

  test('within Slack’s published limits nothing is lost, and pages do not wait for edits', async () => {
    world().slack.rateLimits.set(true);
    const { id, room } = await declare(world(), 'P1 aureus Busy');
    const ada = world().slack.as('U0ADA');
    for (let n = 0; n < 6; n += 1) await ada.command(room, '/incident', `impact ${n} regions`);
    await world().settled();
    world().slack.rateLimits.set(false);
    await world().settled();
    const limited = world()
      .slack.calls('chat.update')
      .filter(({ status }) => status === 429);
    expect(limited).toEqual([]);
    const state = await world().tocsin.incidents.find(id);
    expect(readable(cardOf(world(), DEMO.incidents, id))).toContain(state?.impact ?? 'no impact');
  });
});
