import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SEARCH_LOGS, searchLogs } from '../../src/actions/k8s/log-search.ts';
import { openThreads } from '../../src/adapters/threads/pool.ts';
import { REDACT, redactApart } from '../../src/evidence/redaction/redact-apart.ts';
import { type Benchmark, figure, median, type Row, sayRatio } from './benchmark.ts';

const MEBIBYTE = 1024 * 1024;
const PODS = 50;
/** What is read of all logs together (src/actions/k8s/logs.ts), and of that kept as a file (src/engine/runbooks/diagnose/reading.ts), in bytes. */
const READ = 24 * MEBIBYTE;
const KEPT = 4 * MEBIBYTE;
const GOAL = { blocked: 100, memory: 100 } as const;

export const logs: Benchmark = {
  name: 'logs',
  about: 'the largest log that a runbook reads: how long the bot is blocked, and its memory',
  async run({ rounds, say }) {
    const read = makeLogs();
    const threads = openThreads();
    const apart: number[] = [];
    const here: number[] = [];
    const memory: number[] = [];
    try {
      // The thread's start and its code are not counted twice.
      await threads.run(SEARCH_LOGS, search(read));
      for (let round = 0; round < rounds; round += 1) {
        const before = process.memoryUsage.rss();
        apart.push(
          await blocked(async () => {
            const { content } = await threads.run(SEARCH_LOGS, search(read));
            memory.push((process.memoryUsage.rss() - before) / MEBIBYTE);
            await threads.run(REDACT, { text: content, secrets: [] });
          }),
        );
        here.push(
          await blocked(async () => {
            redactApart({ text: searchLogs(search(read)).content, secrets: [] });
          }),
        );
        say(`round ${round + 1}: blocked for ${figure(apart.at(-1) ?? 0)} ms, and ${figure(here.at(-1) ?? 0)} ms without a thread of its own`);
      }
    } finally {
      threads.close();
    }
    const what = `The largest log that a runbook reads (${PODS} pods, ${READ / MEBIBYTE} MiB), searched and redacted`;
    return [
      {
        what: `${what}: the longest time that the bot is blocked`,
        against: 'the same in the bot’s own thread',
        goal: `under ${GOAL.blocked} ms`,
        measured: sayRatio(apart, here, 'ms'),
        met: median(apart) < GOAL.blocked,
      },
      {
        what: `${what}: memory`,
        against: 'before',
        goal: `${GOAL.memory} MiB more at most`,
        measured: `${figure(median(memory))} MiB more`,
        met: median(memory) <= GOAL.memory,
      },
    ] satisfies Row[];
  },
};

/** The longest time (ms) that nothing else had its turn. */
async function blocked(work: () => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await new Promise((done) => setTimeout(done, 20));
  await work();
  await new Promise((done) => setTimeout(done, 20));
  delay.disable();
  return delay.max / 1e6;
}

function makeLogs(): Parameters<typeof searchLogs>[0]['logs'] {
  const { length } = lineOf(0);
  const lines = Math.floor(READ / PODS / length);
  return Array.from({ length: PODS }, (_, pod) => ({
    pod: `frontend-${pod}`,
    container: 'frontend',
    text: Array.from({ length: lines }, (_line, index) => lineOf(index)).join('\n'),
  }));
}

function lineOf(index: number): string {
  const second = String(index % 60).padStart(2, '0');
  return `2026-11-21T10:00:${second}.123456789Z {"level":"info","msg":"request handled","path":"/api/v1/policies","status":200,"duration_ms":${index % 97}}`;
}

function search(read: Parameters<typeof searchLogs>[0]['logs']): Parameters<typeof searchLogs>[0] {
  return { logs: read, from: 0, match: 'error|timeout', rank: 'duration_ms', top: 10, shown: 20, kept: KEPT };
}
