import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { close, listen, urlOf } from '../../../simulators/listening.ts';
import { openGitHub } from '../../../src/adapters/github/index.ts';
import { githubTracker } from '../../../src/adapters/github/tracker.ts';
import { writeMark } from '../../../src/lib/item-mark.ts';

interface Listed {
  readonly number: number;
  readonly state: string | null;
  readonly body: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

const BEGUN = Date.UTC(2026, 10, 30);
const mark = (number: number) => ({ incident: 'INC-2026-0042', number, record: `3f2a7c1e-0000-4000-8000-${String(number).padStart(12, '0')}` });
const at = (second: number) => new Date(BEGUN + second * 1_000).toISOString();
const listed = (number: number, second: number, more: Partial<Listed> = {}): Listed => ({
  number,
  state: 'closed',
  body: `<!-- ${writeMark(mark(number % 900))} -->`,
  created_at: at(second),
  updated_at: at(second),
  ...more,
});

describe('Issues of GitHub', () => {
  let server: Server;
  let issues: readonly Listed[] = [];
  let requests = 0;
  const tracker = () =>
    githubTracker({
      repository: 'acme/shop',
      assignees: {},
      open: (repository) =>
        openGitHub({
          repository,
          environment: { GITHUB_API_URL: urlOf(server), GITHUB_TOKEN: 'ghp_simulated' },
          signal: new AbortController().signal,
        }),
    });

  beforeAll(async () => {
    server = createServer((message, response) => {
      const { searchParams: query } = new URL(message.url ?? '/', 'http://github');
      requests += 1;
      const [size, page, since] = [Number(query.get('per_page')), Number(query.get('page')), Date.parse(query.get('since') ?? '')];
      const by = query.get('sort') === 'created' ? 'created_at' : 'updated_at';
      const order = query.get('direction') === 'asc' ? 1 : -1;
      const found = issues
        .filter(({ updated_at }) => Date.parse(updated_at) >= since)
        .toSorted((a, b) => order * (Date.parse(a[by]) - Date.parse(b[by])))
        .slice((page - 1) * size, page * size)
        .map((one) => ({ ...one, id: 7_000 + one.number, title: 'A canary', html_url: `https://github.example/acme/shop/issues/${one.number}` }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
    });
    await listen(server, {});
  });
  beforeEach(() => {
    requests = 0;
  });
  afterAll(() => close(server));

  test('are seen where one among them has a form that nobody knows; that one is not created a second time', async () => {
    issues = [listed(1, 1), listed(2, 2, { state: null }), listed(3, 3), listed(4, 4, { state: null, body: 'of somebody else' })];
    const found = await tracker().changed({ since: BEGUN, clock: async () => BEGUN + 60_000 });
    expect(found.issues.map(({ key }) => key)).toEqual(['acme/shop#1', 'acme/shop#3']);
    expect(found).toMatchObject({ odd: ['acme/shop#2'], through: null });
    await expect(tracker().find(mark(2), { since: BEGUN, now: BEGUN })).rejects.toMatchObject({ reason: 'odd' });
    expect(await tracker().find(mark(3), { since: BEGUN, now: BEGUN })).toMatchObject({ key: 'acme/shop#3' });
  });

  test('are all seen over several looks, however many changed', async () => {
    // Each second as many as a page has, and one second with many more.
    issues = Array.from({ length: 3_000 }, (_, i) => listed(i + 1, i < 1_500 ? Math.floor(i / 100) : 20));
    const seen = new Set<string>();
    let since = BEGUN;
    let looks = 0;
    for (let through: number | null = since; through !== null; looks += 1) {
      const found = await tracker().changed({ since, clock: async () => BEGUN + 600_000 });
      for (const { id } of found.issues) seen.add(id);
      through = found.through;
      since = through ?? since;
    }
    expect(seen.size).toBe(3_000);
    expect(looks).toBeGreaterThan(1);
    expect(requests).toBeLessThan(80);
  });

  test('are found by their mark among thousands that changed meanwhile', async () => {
    const old = Array.from({ length: 1_200 }, (_, i) => listed(i + 1, 100 + i, { body: null, created_at: at(-100_000 - i) }));
    issues = [listed(2_000, 50), ...old];
    expect(await tracker().find(mark(2_000 % 900), { since: BEGUN, now: BEGUN })).toMatchObject({ key: 'acme/shop#2000' });
    expect(await tracker().find(mark(899), { since: BEGUN, now: BEGUN })).toBeNull();
    expect(requests).toBe(2);
  });
});
