import { expect, test } from '@jest/globals';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { carryOver } from '../../src/engine/reach/carry-over.ts';
import type { SentMessage, Store, StoreTx } from '../../src/ports/store.ts';
import { declared } from '../domain/helpers/incidents.ts';

const [ID, OLD] = ['INC-2026-0001', 'C0OLD'];

/** A message that Slack refused in the room that was lost. */
function refused(key: string, more: Partial<SentMessage> = {}): SentMessage {
  return {
    key,
    stream: ID,
    seq: 1,
    lane: 'lane',
    template: 'event',
    to: { kind: 'room' },
    data: {},
    channel: OLD,
    ts: null,
    shownSeq: 0,
    shownDigest: null,
    state: 'failed',
    ...more,
  };
}

test('only messages to the room that was lost are sent again, and only those that it refused or that still matter', async () => {
  const messages = [
    refused('refused'),
    refused('elsewhere', { channel: 'C0OTHER' }),
    refused('nowhere', { to: { kind: 'nothing that is known' } }),
    refused('in another channel', { to: { kind: 'channel', channel: OLD } }),
    refused('arrived', { state: 'sent', ts: '1.1' }),
  ];
  const again: string[] = [];
  const store = { messages: async () => messages, records: async () => [] } as unknown as Store;
  const incidents = { find: async () => declared().incident } as unknown as Incidents;
  const tx = {
    updateMessage: async (key: string) => {
      again.push(key);
    },
    enqueue: async () => undefined,
  } as unknown as StoreTx;
  expect(await (await carryOver(store, incidents, ID, OLD))(tx)).toBe(1);
  expect(again).toEqual(['refused']);
});
