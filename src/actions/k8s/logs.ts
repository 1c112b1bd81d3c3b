import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { sayMoment } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { type Cluster, ClusterError } from '../../ports/cluster.ts';
import { containerOf, podRights, workloadWithPods } from '../shared/pods.ts';
import { durationField, durationMs, integer, targetField } from './fields.ts';
import { isPattern, type LogLine, readableLine } from './log-lines.ts';
import { SEARCH_LOGS } from './log-search.ts';
import { besideRight } from './rights.ts';
import type { Pod } from './shapes.ts';

const input = z.strictObject({
  target: targetField,
  tail: integer.min(1).max(100_000).default(100).describe('Lines of each container, the newest'),
  since: durationField.optional().describe('How far back is read'),
  last: durationField.optional().describe('Of what was read, only what is newer than this counts: so that steps can share one reading'),
  match: z.string().min(1).refine(isPattern, 'expected an RE2 pattern').optional().describe('RE2 pattern; upper and lower case are the same'),
  containers: z.string().min(1).optional().describe("'all', or the name of one; the target's own unless told"),
  previous: z.boolean().default(false).describe('Of the container before its last restart'),
  rank: z.string().min(1).optional().describe('A field such as duration_ms: the slowest lines'),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({
  pods: integer,
  lines: integer,
  matched: integer,
  top: z.array(z.strictObject({ ms: integer, line: z.string() })),
  /** The slowest line as people read it. Shortened; empty without one. */
  slowest: z.string(),
  /** 95th percentile of the ranked field, in ms; missing without a single value. */
  p95_ms: integer.optional(),
  /** The newest line, whatever is matched, that is fatal; with `previous` else the last error. Shortened; empty without one. */
  fatal: z.string(),
  /** When it was written, as in 2026-11-21T08:15:53Z; empty without one. */
  fatal_at: z.string(),
  /** The newest line of the level error, whatever is matched, and when it was written. Shortened; empty without one. */
  error: z.string(),
  error_at: z.string(),
});

const MOST_PODS = 50;
const MEBIBYTE = 1024 * 1024;
const BYTES_EACH = 4 * MEBIBYTE;
/** Of all logs together: the bot has other things in memory, and people read no more. */
const BYTES_IN_ALL = 24 * MEBIBYTE;
/** Characters of the file with the lines of all logs; what is longer is cut in the middle before it is kept. */
const FILE = 4 * MEBIBYTE - 256 * 1024;
const TOP = 10;
const SHOWN = 20;
/** Characters of a fatal line: it stands in a sentence. */
const FATAL_LENGTH = 220;

export const k8sLogs = readAction({
  name: 'k8s.logs',
  about: 'Log lines of all pods of a workload, merged by time, filtered by a pattern and ranked by a field.',
  input,
  output,
  rights: ({ target }, context) => [...podRights(context, target), { ...besideRight(context, target, '', 'pods', 'get'), subresource: 'log' }],
  async run(asked, context) {
    const { found, pods } = await workloadWithPods(context, asked.target);
    const chosen = [...pods].sort((one, other) => (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1)).slice(0, MOST_PODS);
    const wanted = chosen.flatMap((pod) =>
      containersOf(pod, asked.containers ?? found.target.container, found.label).map((container) => ({ pod: pod.metadata.name, container })),
    );
    const keepBytes = Math.min(BYTES_EACH, Math.floor(BYTES_IN_ALL / Math.max(1, wanted.length)));
    const logs = await Promise.all(wanted.map((log) => readLog(found.cluster, log, asked, keepBytes)));
    const last = asked.last === undefined ? 0 : (await context.now()) - durationMs(asked.last);
    const from = Math.max(last, context.newerThan ?? 0);
    const { match = null, rank = null } = asked;
    const { lines, matched, slowest, p95, newest, fatal, error, starts, content, leftOut } = await context.threads.run(
      SEARCH_LOGS,
      {
        logs: logs.map(({ pod, container, text }) => ({ pod, container, text })),
        from,
        causesFrom: context.mendedAt ?? 0,
        match,
        rank,
        ended: asked.previous,
        top: TOP,
        shown: SHOWN,
        kept: FILE,
      },
      context.signal,
    );
    const notes = [
      ...(pods.length > chosen.length ? [`only the newest ${MOST_PODS} of ${pods.length} pods were read`] : []),
      ...(leftOut === 0 ? [] : [`${plural(leftOut, 'older line')} of all logs together ${leftOut === 1 ? 'is' : 'are'} not in this file`]),
      ...logs.flatMap((log, index) => [log.unread, log.dropped === 0 ? null : cutNote(log, starts[index] ?? null)].filter((note) => note !== null)),
    ];
    const shown = {
      summary: [
        summaryOf(asked, chosen.length, lines, matched, p95 === null ? null : { slowest: slowest[0]?.ms ?? 0, p95 }),
        ...missingWords(logs, keepBytes),
      ].join('; '),
      table:
        slowest.length > 0
          ? { columns: ['ms', 'Line'], rows: slowest.map((one) => [String(one.ms), clamp(readableLine(one.line), 300)]) }
          : lineTable(newest),
      text: {
        name: `${asked.target}${asked.previous ? '-previous' : ''}.log`,
        content: [...notes.map((note) => `# ${note}`), content].join('\n'),
      },
    };
    // Where nothing was read, nothing can be said of what is not in it.
    if (lines === 0 && !asked.previous) return { ...shown, state: 'unknown', output: { pods: chosen.length, lines: 0 } };
    return {
      ...shown,
      output: {
        pods: chosen.length,
        lines,
        matched,
        fatal: clamp(fatal.text, FATAL_LENGTH),
        fatal_at: momentOf(fatal.time),
        error: clamp(error.text, FATAL_LENGTH),
        error_at: momentOf(error.time),
        top: [...slowest],
        slowest: clamp(readableLine(slowest[0]?.line ?? ''), FATAL_LENGTH),
        ...(p95 === null ? {} : { p95_ms: p95 }),
      },
    };
  },
});

function containersOf(pod: Pod, wanted: string | undefined, label: string): readonly string[] {
  const { initContainers, containers, ephemeralContainers } = pod.spec;
  if (wanted === 'all') return [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name);
  return [containerOf(pod, wanted, label)];
}

interface ReadLog {
  readonly pod: string;
  readonly container: string;
  readonly text: string;
  /** Why it could not be read. */
  readonly unread: string | null;
  /** Bytes of older lines that were left out. */
  readonly dropped: number;
}

/** One log that cannot be read is a note and hides no other. */
async function readLog(cluster: Cluster, log: { pod: string; container: string }, asked: Input, keepBytes: number): Promise<ReadLog> {
  try {
    const { text, dropped } = await cluster.logs({
      ...log,
      tail: asked.tail,
      ...(asked.since === undefined ? {} : { sinceSeconds: Math.max(1, Math.ceil(durationMs(asked.since) / 1000)) }),
      previous: asked.previous,
      timestamps: true,
      keepBytes,
    });
    return { ...log, text, unread: null, dropped };
  } catch (error) {
    if (!(error instanceof ClusterError) || !['invalid', 'not-found', 'unreachable', 'timeout'].includes(error.reason)) throw error;
    const unread = `${log.pod}/${log.container}: ${asked.previous ? 'no log of a previous container' : 'no log'} (${error.message})`;
    return { ...log, text: '', unread, dropped: 0 };
  }
}

function momentOf(time: string): string {
  return time === '' ? '' : sayMoment(Date.parse(time));
}

interface Times {
  readonly slowest: number;
  readonly p95: number;
}

function summaryOf(asked: Input, pods: number, lines: number, matched: number, times: Times | null): string {
  const found = asked.match === undefined ? plural(lines, 'line') : `${matched} of ${plural(lines, 'line')} match ${asked.match}`;
  const said = times === null ? `no line has ${asked.rank}` : `slowest ${times.slowest} ms, p95 ${times.p95} ms`;
  const ranked = asked.rank === undefined ? '' : `; ${said}`;
  return `${found} of ${plural(pods, 'pod')}${ranked}`;
}

function missingWords(logs: readonly ReadLog[], kept: number): string[] {
  const unread = logs.filter((log) => log.unread !== null).length;
  const cut = logs.filter((log) => log.dropped > 0).length;
  return [
    ...(unread === 0 ? [] : [`${plural(unread, 'log')} could not be read`]),
    ...(cut === 0 ? [] : [`of ${plural(cut, 'log')} only the newest ${sizeOf(kept)}`]),
  ];
}

function sizeOf(bytes: number): string {
  return bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

function cutNote({ pod, container, dropped }: ReadLog, start: string | null): string {
  return `${pod}/${container}: ${Math.ceil(dropped / 1024)} KiB of older lines were left out${start === null ? '' : `; the first line here is of ${start}`}`;
}

function lineTable(lines: readonly LogLine[]): { columns: readonly string[]; rows: readonly (readonly string[])[] } {
  const rows = lines.map(({ time, pod, text }) => [`${time.slice(11, 19)}Z`, pod.split('-').at(-1) ?? pod, clamp(readableLine(text), 300)]);
  return { columns: ['Time', 'Pod', 'Line'], rows };
}
