import { expect, test } from '@jest/globals';
import { remember } from '../newest.ts';
import { PagedIncidents } from '../pagerduty/incidents.ts';
import { StatuspageSimulator } from '../statuspage/index.ts';

const KEY = 'k'.repeat(32);

/** A page about an incident, as the Events API gets it. */
function trigger(key: string) {
  const payload = { summary: key, source: 'test', severity: 'critical' as const };
  return { routing_key: KEY, event_action: 'trigger' as const, dedup_key: key, links: [], payload };
}

test('the newest are remembered, and the oldest forgotten', () => {
  const list: number[] = [];
  for (let i = 0; i < 5; i += 1) remember(list, i, 3);
  expect(list).toEqual([2, 3, 4]);
});

test('pages that were forgotten are counted on, and keep their numbers', () => {
  const pages = new PagedIncidents(() => 7, 2);
  for (const key of ['a', 'b', 'c']) pages.take(trigger(key));
  expect(pages.all.map(({ key, number, triggeredAt }) => [key, number, triggeredAt])).toEqual([
    ['b', 42, 7],
    ['c', 43, 7],
  ]);
  expect(pages.by('Ada', 'c', 'acknowledged')).toMatchObject({ number: 43, status: 'acknowledged', by: 'Ada' });
});

test('a status page shows its public what was published, as text, without a key', async () => {
  const page = await StatuspageSimulator.start({ title: 'Shop <b>', components: ['orders'] });
  try {
    const before = page.version;
    expect(page.html()).toContain('All systems operational');
    const incident = { name: '<script>x</script>', status: 'identified', body: 'Orders\nfail', components: { orders: 'major_outage' } };
    const headers = { authorization: `OAuth ${page.key}`, 'content-type': 'application/json' };
    const written = await fetch(`${page.url}/v1/pages/${page.page}/incidents`, { method: 'POST', headers, body: JSON.stringify({ incident }) });
    expect(written.status).toBe(201);
    const answer = await fetch(`${page.url}/`);
    const html = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const text of ['Shop &lt;b&gt;', 'Major outage', 'Orders<br>fail', '&lt;script&gt;']) expect(html).toContain(text);
    expect(html).not.toContain('<script');
    expect(page.version).not.toBe(before);
  } finally {
    await page.stop();
  }
});
