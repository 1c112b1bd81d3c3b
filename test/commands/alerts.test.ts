import { expect, test } from '@jest/globals';
import { investigateAlert } from '../../commands/incident/alerts.ts';
import type { Alert } from '../../src/domain/alert/alerts.ts';
import { lookUp, RUNBOOKS, request } from './helpers/fixture.ts';

const alert = { id: 'ALR-1', incident: null, service: 'aureus', runbook: RUNBOOKS[0]?.id ?? null } as Alert;

test.each([
  ['a channel', 'C0ALERTS', { kind: 'channel', channel: 'C0ALERTS' }],
  ['the App Home, which has none', null, { kind: 'person', user: 'U0ADA' }],
  ['a direct message, in which the bot may not be', 'D0ADA', { kind: 'person', user: 'U0ADA' }],
])('what an alert’s Investigate finds goes to where it was pressed: %s', async (_, channel, to) => {
  const asked = request({ channel, value: alert.id, person: { id: 'U0ADA', roles: ['responder'], trusted: true } });
  const answer = await investigateAlert(asked, { ...lookUp(), alert: async () => alert });
  expect(answer.run).toMatchObject({ kind: 'diagnosis', input: { to } });
});
