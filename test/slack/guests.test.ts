import { expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { assertMayAsk } from '../../src/slack/receive/guests.ts';
import type { Origin } from '../../src/slack/receive/origin.ts';

const guest = { id: 'U0GUEST', roles: [], trusted: false };
const incident = { id: 'INC-2026-0001', room: { channel: 'C0ROOM' } } as unknown as Incident;

const command = (name: string, subcommand: string): Origin => ({ kind: 'command', command: name, subcommand });

test.each<[Origin, string | null, Incident | null]>([
  [command('/incident', 'status'), 'C0ROOM', incident],
  [command('/incident', 'help'), 'C0GENERAL', null],
])('a guest may ask %j in %s', (origin, channel, about) => {
  expect(() => assertMayAsk(guest, { origin, channel }, about)).not.toThrow();
});

test.each<[Origin, string | null, Incident | null]>([
  [command('/incident', 'status'), 'C0GENERAL', incident],
  [command('/incident', 'status'), null, incident],
  [command('/incident', 'status'), 'C0ROOM', null],
  [command('/incident', 'timeline'), 'C0ROOM', incident],
  [command('/incident', 'evidence'), 'C0ROOM', incident],
  [command('/runbook', 'diagnose'), 'C0ROOM', incident],
  [{ kind: 'button', action: 'incident.ack' }, 'C0ROOM', incident],
])('a guest may not ask %j in %s', (origin, channel, about) => {
  expect(() => assertMayAsk(guest, { origin, channel }, about)).toThrow(expect.objectContaining({ code: 'not-trusted', refusal: true }));
});
