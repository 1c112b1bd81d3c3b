import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StatuspageSimulator } from '../../statuspage/index.ts';

describe('The simulated Statuspage', () => {
  let page: StatuspageSimulator;
  let now = Date.UTC(2026, 10, 30);
  beforeAll(async () => {
    page = await StatuspageSimulator.start({ components: ['component01'], now: () => now });
  });
  afterAll(() => page.stop());

  async function ask(method: string, path: string, body?: unknown, key = page.key): Promise<{ status: number; body: unknown }> {
    const headers = { authorization: `OAuth ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${page.url}/v1/pages/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: answer.status, body: await answer.json() };
  }

  test('an incident is made and updated, with its components and an update for each', async () => {
    const made = await ask('POST', `${page.page}/incidents`, {
      incident: {
        name: 'Slow',
        body: 'We look',
        components: { component01: 'major_outage' },
        component_ids: ['component01'],
        metadata: { a: { b: 'c' } },
      },
    });
    expect(made).toMatchObject({ status: 201, body: { status: 'investigating', metadata: { a: { b: 'c' } }, components: [{ id: 'component01' }] } });
    expect(page.components.get('component01')).toBe('major_outage');
    const changed = await ask('PATCH', `${page.page}/incidents/incident0001`, {
      incident: { status: 'resolved', body: 'Over', components: { component01: 'operational' } },
    });
    expect(changed).toMatchObject({ status: 200, body: { status: 'resolved', incident_updates: [{ body: 'Over' }, { body: 'We look' }] } });
    expect((await ask('GET', `${page.page}/incidents?limit=100`)).body).toHaveLength(1);
  });

  test.each([
    ['another key', 'GET', 'incidents', undefined, 'wrong', 401],
    ['a field that it does not know', 'POST', 'incidents', { incident: { name: 'x', colour: 'red' } }, undefined, 422],
    ['no name', 'POST', 'incidents', { incident: { name: '' } }, undefined, 422],
    ['a component of another page', 'POST', 'incidents', { incident: { name: 'x', component_ids: ['nope'] } }, undefined, 422],
    ['metadata that is no object of objects', 'POST', 'incidents', { incident: { name: 'x', metadata: { a: 'b' } } }, undefined, 422],
    ['an incident that is not there', 'PATCH', 'incidents/nope', { incident: { body: 'x' } }, undefined, 404],
  ])('refuses %s', async (_, method, path, body, key, status) => {
    const before = page.incidents.length;
    expect((await ask(method, `${page.page}/${path}`, body, key)).status).toBe(status);
    expect(page.incidents).toHaveLength(before);
  });

  test('refuses another page, and more than one request a second over a minute', async () => {
    expect((await ask('GET', 'otherpage/incidents')).status).toBe(404);
    now += 60_000;
    const all = await Promise.all(Array.from({ length: 61 }, () => ask('GET', `${page.page}/incidents`)));
    expect(all.filter(({ status }) => status === 429)).toHaveLength(1);
    now += 60_000;
    expect((await ask('GET', `${page.page}/incidents`)).status).toBe(200);
  });
});
