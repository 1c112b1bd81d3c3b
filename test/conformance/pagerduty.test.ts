import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../simulators/pagerduty/index.ts';
import { pagerDutyEvents } from '../../src/adapters/pagerduty/events.ts';
import type { PagerDutyEvent } from '../../src/ports/pagerduty.ts';
import { ROOT } from '../docs/files.ts';
import { type Schema, schemasOf } from './helpers/openapi.ts';

interface Description {
  readonly paths: {
    readonly '/enqueue': {
      readonly post: { readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: Schema } } } };
    };
  };
  readonly components: Schema & {
    readonly responses: Readonly<Record<'Success' | 'Error', { readonly content: { readonly 'application/json': { readonly schema: Schema } } }>>;
  };
}

/** PagerDuty's own description, kept beside the repository: it is not ours to ship. */
const DESCRIPTION = JSON.parse(readFileSync(join(ROOT, '..', 'shared', 'api-schemas', 'pagerduty', 'events-v2.json'), 'utf8')) as Description;
const SCHEMAS = schemasOf(DESCRIPTION.components);
const EVENT = DESCRIPTION.paths['/enqueue'].post.requestBody.content['application/json'].schema;
const answer = (name: 'Success' | 'Error') => DESCRIPTION.components.responses[name].content['application/json'].schema;

const KEY = 'e93facc04764012d7bfb002500d5d1a6';
const PAGE: PagerDutyEvent['page'] = {
  summary: 'INC-2026-0042 P0 AUREUS: Frontend is down',
  severity: 'critical',
  source: 'tocsin/aureus',
  component: 'frontend',
  group: 'aureus',
  class: 'Platform outage',
  details: { Severity: 'P0 (Critical)' },
  links: [{ href: 'https://slack.example/C1', text: 'The incident in Slack' }],
  at: Date.parse('2026-11-21T08:00:00Z'),
  room: 'https://slack.example/C1',
};

let simulator: PagerDutySimulator;
beforeAll(async () => {
  simulator = await startPagerDutySimulator({ keys: [KEY] });
});
afterAll(async () => simulator.stop());

async function enqueue(body: unknown): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(`${simulator.url}/v2/enqueue`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}

test('every event that Tocsin sends is one that PagerDuty describes', async () => {
  for (const action of ['trigger', 'acknowledge', 'resolve'] as const)
    await pagerDutyEvents(simulator.url).send(KEY, { action, key: 'INC-2026-0042', page: action === 'trigger' ? PAGE : null });
  expect(simulator.requests.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(simulator.requests.flatMap(({ body }) => SCHEMAS.flaws(EVENT, body))).toEqual([]);
});

test('every answer, of success and of error, is one that PagerDuty describes', async () => {
  const taken = await enqueue({ routing_key: KEY, event_action: 'trigger', payload: { summary: 'Down', severity: 'info', source: 'here' } });
  expect([taken.status, SCHEMAS.flaws(answer('Success'), taken.json)]).toEqual([202, []]);
  for (const body of ['{', {}, { routing_key: 'f'.repeat(32), event_action: 'resolve', dedup_key: 'x' }]) {
    const refused = await enqueue(body);
    expect([refused.status, SCHEMAS.flaws(answer('Error'), refused.json)]).toEqual([400, []]);
  }
});

test('an event without what PagerDuty demands, or of another type, is refused', async () => {
  const whole = {
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: 'x',
    client: 'Tocsin',
    client_url: 'https://slack.example',
    links: [{ href: 'https://slack.example', text: 'Slack' }],
    payload: {
      summary: 'Down',
      severity: 'critical',
      source: 'here',
      timestamp: '2026-11-21T08:00:00Z',
      component: 'c',
      group: 'g',
      class: 'k',
      custom_details: {},
    },
  };
  expect((await enqueue(whole)).status).toBe(202);
  const spoiled: unknown[] = [];
  for (const name of Object.keys(whole)) spoiled.push({ ...whole, [name]: 7 });
  for (const name of Object.keys(whole.payload)) spoiled.push({ ...whole, payload: { ...whole.payload, [name]: 7 } });
  for (const name of ['routing_key', 'event_action']) spoiled.push(Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)));
  for (const name of ['summary', 'severity', 'source'])
    spoiled.push({ ...whole, payload: Object.fromEntries(Object.entries(whole.payload).filter(([key]) => key !== name)) });
  spoiled.push({ ...whole, payload: { ...whole.payload, severity: 'P0' } }, { ...whole, event_action: 'page' });
  const wrong = [];
  for (const body of spoiled) {
    // Only what the description does not take either.
    if (SCHEMAS.flaws(EVENT, body).length === 0) wrong.push(['described', body]);
    const { status } = await enqueue(body);
    if (status !== 400) wrong.push([status, body]);
  }
  expect(wrong).toEqual([]);
});
