import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, directMessages, readable } from './helpers/world.ts';

const ADA = 'U0ADA';

describeWorld('Results reach who asked for them', { delivery: 'http', platforms: true }, (world) => {
  test('a diagnosis that is asked for in a private channel without the bot comes to the asker', async () => {
    const channel = world().slack.addChannel({ name: 'without-the-bot', kind: 'private', creator: ADA, members: [ADA] });
    await world().say(ADA, channel, '/runbook diagnose policy-engine-failure');
    const mine = (await directMessages(world(), ADA)).map((message) => readable(message));
    expect(mine.filter((text) => text.includes('Policy engine failure'))).toHaveLength(1);
    expect(mine.join()).toContain(`<#${channel}> cannot be posted there`);
    expect(world().texts(channel)).toEqual([]);
  });

  test('a file of a diagnosis that Slack does not take is said, with its last lines', async () => {
    const fault = world().slack.faults.add({ kind: 'error', error: 'file_uploads_disabled', method: 'files.getUploadURLExternal', times: 50 });
    await world().say(ADA, DEMO.incidents, '/runbook diagnose policy-engine-failure');
    world().slack.faults.remove(fault);
    const said = world()
      .texts(DEMO.incidents)
      .filter((text) => text.includes('could not be posted (file_uploads_disabled)'));
    expect(said.length).toBeGreaterThan(0);
    expect(said.join()).toContain('```');
  });

  test('a lost answer to an upload does not share the file twice', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Packed once');
    world().slack.faults.add({ kind: 'torn', method: 'files.completeUploadExternal' });
    await world().say(ADA, room, 'evidence');
    const files = world()
      .slack.messages(room)
      .flatMap(({ files: shared = [] }) => shared.map(({ name }) => name));
    expect(files).toEqual([`${id}-timeline-1.md`]);
  });

  test('a timeline that cannot be posted is said in the channel', async () => {
    const { id, room } = await declare(world(), 'P2 aureus No files here');
    world().slack.faults.add({ kind: 'error', error: 'not_in_channel', method: 'files.completeUploadExternal' });
    await world().say(ADA, room, 'evidence');
    expect(world().texts(room).join()).toMatch(new RegExp(`${id}-timeline-1.md.*could not be posted here \\(not_in_channel\\)`));
  });
});
