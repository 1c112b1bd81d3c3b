import { expect, test } from '@jest/globals';
import { ownPages } from '../../src/app/own-pages.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { pageKey, readPageKey } from '../../src/domain/incident/pagerduty.ts';
import type { LabelledSignal } from '../../src/engine/alerts/signal.ts';
import { readPagerDuty } from '../../src/webhooks/pagerduty.ts';
import { declared } from '../domain/helpers/incidents.ts';

const HERE = '1a2b3c4d';
const PAGED: Incident = { ...declared('P1').incident, pagerduty: { action: 'trigger', nth: 1, episode: 1 } };

function triggered(key: string): LabelledSignal {
  const data = { id: 'Q1', incident_key: key, title: 'Down', status: 'triggered' };
  const event = { id: 'E1', event_type: 'incident.triggered', occurred_at: '2026-01-01T00:00:00Z', data };
  const read = readPagerDuty({ event }, { otherwise: 'aureus', severities: {} });
  const [signal] = read.ok ? read.signals : [];
  if (signal === undefined || !('labels' in signal)) throw new Error('It was not read.');
  return signal;
}

test.each([
  ['a page of this installation', pageKey(PAGED.id, HERE), 'own'],
  ['a page that a release before sent', PAGED.id, 'own'],
  ['a page of another installation with the same incident id', pageKey(PAGED.id, '9f8e7d6c'), 'nothing'],
  ['somebody’s incident with a key of their own', 'INC-2026-0001-of-the-shop', 'others'],
])('%s is %s: %s', async (_, key, expected) => {
  const { own, others } = await ownPages({ find: async (id) => (id === PAGED.id ? PAGED : null) }, async () => HERE, [triggered(key)]);
  expect(own.length === 1 ? 'own' : others.length === 1 ? 'others' : 'nothing').toBe(expected);
});

test('a key is read as it was made', () => {
  expect(readPageKey(pageKey('INC-2026-12345', HERE))).toEqual({ incident: 'INC-2026-12345', installation: HERE });
  expect(readPageKey('INC-2026-0001')).toEqual({ incident: 'INC-2026-0001', installation: null });
  expect(readPageKey('inc-2026-0001-1a2b3c4d')).toBeUndefined();
});
