import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { SEARCH_LOGS, searchLogs } from '../../../src/actions/k8s/log-search.ts';
import { openThreads } from '../../../src/adapters/threads/pool.ts';
import { REDACT, REDACT_ALL, redactApart } from '../../../src/evidence/redaction/redact-apart.ts';
import { HOARD, SPIN } from './heavy.ts';

const threads = openThreads();
afterAll(() => threads.close());

const line = (pod: number, index: number) =>
  `2026-11-21T10:${String(Math.floor(index / 60) % 60).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}.${pod}Z request ${index} took=${index % 97}ms ${index % 1_000 === 0 ? 'ERROR pool timeout' : 'ok'}`;
/** Ten pods with 5,000 lines each. */
const LOGS = Array.from({ length: 10 }, (_, pod) => ({
  pod: `frontend-${pod}`,
  container: 'frontend',
  text: Array.from({ length: 5_000 }, (_line, index) => line(pod, index)).join('\n'),
}));
const SEARCH = { logs: LOGS, from: 0, match: 'error|timeout', rank: 'took', top: 10, shown: 20, kept: 4_000_000 };

/** What is done, and how often the bot had its turn meanwhile. */
async function turnsDuring<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly turns: number }> {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  try {
    return { result: await work(), turns };
  } finally {
    clearInterval(timer);
  }
}

test('the logs of ten pods are searched while the bot goes on, with the result that it would have itself', async () => {
  const { result, turns } = await turnsDuring(() => threads.run(SEARCH_LOGS, SEARCH));
  expect(turns).toBeGreaterThan(0);
  expect(result).toEqual(searchLogs(SEARCH));
  expect(result).toMatchObject({ lines: 50_000, matched: 50 });
});

test('each text of a large answer is redacted while the bot goes on', async () => {
  const value = { rows: LOGS.map((log) => [log.text, 7, null, true, { secret: 'a-known-one' }]) };
  const { result, turns } = await turnsDuring(() => threads.run(REDACT_ALL, { value, secrets: ['a-known-one'] }));
  expect(turns).toBeGreaterThan(0);
  expect(JSON.stringify(result)).not.toContain('a-known-one');
  expect(result).toEqual({ rows: LOGS.map((log) => [redactApart({ text: log.text, secrets: [] }), 7, null, true, { secret: expect.any(String) }]) });
});

test('a long text is redacted while the bot goes on', async () => {
  const text = `${LOGS.map((log) => log.text).join('\n')}\nDB_PASSWORD=${['hun', 'ter2xK'].join('')} and a-known-one`;
  const { result, turns } = await turnsDuring(() => threads.run(REDACT, { text, secrets: ['a-known-one'] }));
  expect(turns).toBeGreaterThan(0);
  expect(result.endsWith('DB_PASSWORD=[redacted:assigned-secret] and [redacted:known-secret]')).toBe(true);
});

test('work that needs too much memory fails, and what comes behind it is done', async () => {
  await expect(threads.run(HOARD, null)).rejects.toMatchObject({ code: 'thread-ended' });
  expect(await threads.run(SEARCH_LOGS, SEARCH)).toMatchObject({ lines: 50_000 });
});

test('work ends when its time is over, and what comes behind it is done', async () => {
  await expect(threads.run(SPIN, null, AbortSignal.abort())).rejects.toThrow(/abort/i);
  const late = new AbortController();
  const spinning = threads.run(SPIN, null, late.signal);
  const behind = threads.run(SEARCH_LOGS, SEARCH);
  late.abort();
  await expect(spinning).rejects.toThrow(/abort/i);
  expect(await behind).toMatchObject({ lines: 50_000 });
});

test('a limit of time begins when it is the work’s turn, and not while it waits behind other work', async () => {
  const late = new AbortController();
  const spinning = threads.run(SPIN, null, late.signal);
  let begun = 0;
  const behind = threads.run(SEARCH_LOGS, SEARCH, () => {
    begun += 1;
    return AbortSignal.timeout(60_000);
  });
  await sleep(50);
  expect(begun).toBe(0);
  late.abort();
  await expect(spinning).rejects.toThrow(/abort/i);
  expect(await behind).toMatchObject({ lines: 50_000 });
  expect(begun).toBe(1);
  await expect(threads.run(SPIN, null, () => AbortSignal.timeout(20))).rejects.toThrow(/timeout/i);
});
