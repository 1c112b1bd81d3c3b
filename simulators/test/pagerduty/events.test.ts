import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type PagerDutySimulator, startPagerDutySimulator } from '../../pagerduty/index.ts';

const KEY = 'e93facc04764012d7bfb002500d5d1a6';
let pagerduty: PagerDutySimulator;

beforeEach(async () => {
  pagerduty = await startPagerDutySimulator({ keys: [KEY] });
});
afterEach(async () => pagerduty.stop());

async function enqueue(event: object): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(`${pagerduty.url}/v2/enqueue`, { method: 'POST', body: JSON.stringify({ routing_key: KEY, ...event }) });
  return { status: response.status, json: await response.json() };
}

const trigger = (key: string) =>
  enqueue({ event_action: 'trigger', dedup_key: key, payload: { summary: 'Disk full', severity: 'critical', source: 'db' } });
const stands = () => pagerduty.incidents.map(({ key, status, triggers }) => `${key} ${status} ${triggers}`);

test('the same key is one incident while it is open, and another one afterwards', async () => {
  expect(await trigger('a')).toEqual({ status: 202, json: { status: 'success', message: 'Event processed', dedup_key: 'a' } });
  await trigger('a');
  await enqueue({ event_action: 'acknowledge', dedup_key: 'a' });
  await trigger('a');
  expect(stands()).toEqual(['a acknowledged 3']);
  await enqueue({ event_action: 'resolve', dedup_key: 'a' });
  await trigger('a');
  expect(stands()).toEqual(['a resolved 3', 'a triggered 1']);
});

test('what is about no incident is taken and passed over; what is no event is refused in PagerDuty’s words', async () => {
  expect((await enqueue({ event_action: 'resolve', dedup_key: 'nobody' })).status).toBe(202);
  expect(stands()).toEqual([]);
  expect(await enqueue({ event_action: 'resolve', dedup_key: 'a', routing_key: 'short' })).toEqual({
    status: 400,
    json: { status: 'invalid event', message: 'Event object is invalid', errors: ["Length of 'routing_key' is incorrect (should be 32 characters)"] },
  });
  expect((await enqueue({ event_action: 'trigger', dedup_key: 'a' })).status).toBe(400);
  expect((await enqueue({ event_action: 'acknowledge' })).status).toBe(400);
});

test('webhooks are signed, and say who did it: a person, or the integration', async () => {
  const heard: { readonly body: string; readonly signature: unknown }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      heard.push({ body: Buffer.concat(parts).toString('utf8'), signature: request.headers['x-pagerduty-signature'] });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  pagerduty.subscribe({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: 'hush' });
  await trigger('a');
  await pagerduty.settled();
  expect(await pagerduty.act('Earline', 'acknowledged', 'a')).toBe(200);
  const events = heard.map(({ body }) => (JSON.parse(body) as { event: { event_type: string; agent: { type: string; summary: string } } }).event);
  expect(events.map(({ event_type, agent }) => `${event_type} ${agent.type} ${agent.summary}`)).toEqual([
    'incident.triggered events_api_v2_inbound_integration_reference Tocsin',
    'incident.acknowledged user_reference Earline',
  ]);
  for (const { body, signature } of heard) expect(signature).toBe(`v1=${createHmac('sha256', 'hush').update(body).digest('hex')}`);
  await new Promise((done) => server.close(done));
});
