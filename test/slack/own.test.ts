import { describe, expect, test } from '@jest/globals';
import type { WebClient } from '@slack/web-api';
import { shareFile } from '../../src/slack/deliver/files.ts';
import { findPosted, METADATA_TYPE } from '../../src/slack/deliver/posted.ts';

const CARD = { event_type: METADATA_TYPE, event_payload: { key: 'INC-2026-0001:card', digest: 'd1' } };
const FILE = { channel: 'C1', threadTs: null, name: 'log.txt', title: 'Log', content: new Uint8Array([1]) };

/** A workspace in which these messages stand, newest first. Counts who asks who the bot is. */
function client(messages: readonly object[], self: () => Promise<object> = async () => ({ bot_id: 'B0OWN', user_id: 'U0OWN' })) {
  const asked = { auth: 0, uploads: 0 };
  const made = {
    auth: {
      test: () => {
        asked.auth += 1;
        return self();
      },
    },
    conversations: { history: async () => ({ messages }), replies: async () => ({ messages }) },
    filesUploadV2: async () => {
      asked.uploads += 1;
      return { files: [{ files: [{ id: 'F0NEW' }] }] };
    },
  } as unknown as WebClient;
  return { made, asked };
}

describe('A message whose answer was lost', () => {
  test('is found by what only the bot’s own messages carry; another app’s copy of it is passed over', async () => {
    const foreign = { ts: '2.0', bot_id: 'B0FOREIGN', metadata: CARD };
    const person = { ts: '3.0', user: 'U0MALLORY', metadata: CARD };
    const own = { ts: '1.0', bot_id: 'B0OWN', metadata: CARD };
    const { made, asked } = client([person, foreign, own]);
    expect(await findPosted(made, { channel: 'C1', threadTs: null }, 'INC-2026-0001:card')).toEqual({ channel: 'C1', ts: '1.0', digest: 'd1' });
    expect(await findPosted(made, { channel: 'C1', threadTs: '0.5' }, 'INC-2026-0001:other')).toBeNull();
    expect(asked.auth).toBe(1);
    expect(await findPosted(client([person, foreign]).made, { channel: 'C1', threadTs: null }, 'INC-2026-0001:card')).toBeNull();
  });

  test('is not taken for lost when nobody can say who the bot is', async () => {
    let fails = true;
    const { made } = client([{ ts: '1.0', bot_id: 'B0OWN', metadata: CARD }], async () => {
      if (fails) throw new Error('socket hang up');
      return { bot_id: 'B0OWN', user_id: 'U0OWN' };
    });
    await expect(findPosted(made, { channel: 'C1', threadTs: null }, 'INC-2026-0001:card')).rejects.toThrow('socket hang up');
    fails = false;
    expect(await findPosted(made, { channel: 'C1', threadTs: null }, 'INC-2026-0001:card')).toMatchObject({ ts: '1.0' });
  });
});

describe('A file whose answer was lost', () => {
  test('is the bot’s own; another’s of the same name does not take its place', async () => {
    const foreign = client([{ ts: '2.0', files: [{ id: 'F0FOREIGN', name: 'log.txt', user: 'U0MALLORY' }] }]);
    expect([await shareFile(foreign.made, FILE), foreign.asked.uploads]).toEqual(['F0NEW', 1]);
    const own = client([{ ts: '2.0', files: [{ id: 'F0OWN', name: 'log.txt', user: 'U0OWN' }] }]);
    expect([await shareFile(own.made, FILE), own.asked.uploads]).toEqual(['F0OWN', 0]);
  });
});
