import { expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { assertMayAsk } from '../../src/slack/receive/guests.ts';

const guest = { id: 'U0GUEST', roles: [], trusted: false };
const incident = { id: 'INC-2026-0001', room: { channel: 'C0ROOM' } } as unknown as Incident;

test.each<[string, string | null, Incident | null]>([
  ['/incident status', 'C0ROOM', incident],
  ['/incident help', 'C0GENERAL', null],
])('a guest may ask %s in %s', (name, channel, about) => {
  expect(() => assertMayAsk(guest, { name, channel }, about)).not.toThrow();
});

test.each<[string, string | null, Incident | null]>([
  ['/incident status', 'C0GENERAL', incident],
  ['/incident status', null, incident],
  ['/incident status', 'C0ROOM', null],
  ['/incident timeline', 'C0ROOM', incident],
  ['/incident evidence', 'C0ROOM', incident],
  ['/runbook diagnose', 'C0ROOM', incident],
  ['button incident.ack', 'C0ROOM', incident],
])('a guest may not ask %s in %s', (name, channel, about) => {
  expect(() => assertMayAsk(guest, { name, channel }, about)).toThrow(expect.objectContaining({ code: 'not-trusted', refusal: true }));
});
