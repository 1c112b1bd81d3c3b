import { z } from 'zod';
import { clamp } from '../../domain/clamp.ts';
import { readAction } from '../../engine/ports/action.ts';
import { type Cluster, ClusterError } from '../../engine/ports/cluster.ts';
import { containerOf, podRights, workloadWithPods } from '../pods.ts';
import { durationField, durationMs, integer, targetField } from './fields.ts';
import { isPattern, type LogLine, logText, matching, mergeLogs, newerThan, parseLog, rankLines, readableLine } from './log-lines.ts';
import { plural } from './picture.ts';
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
  /** 95th percentile of the ranked field, in ms; missing without a single value. */
  p95_ms: integer.optional(),
});

const MOST_PODS = 50;
const MEBIBYTES_EACH = 4;
const BYTES_EACH = MEBIBYTES_EACH * 1024 * 1024;
const TOP = 10;
const SHOWN = 20;

export const k8sLogs = readAction<Input, z.infer<typeof output>>({
  name: 'k8s.logs',
  about: 'Log lines of all pods of a workload, merged by time, filtered by a pattern and ranked by a field.',
  input,
  output,
  targets: ({ target }) => [target],
  rights: ({ target }, context) => [...podRights(context, target), { ...besideRight(context, target, '', 'pods', 'get'), subresource: 'log' }],
  async run(asked, context) {
    const { found, pods } = await workloadWithPods(context, asked.target);
    const chosen = [...pods].sort((one, other) => (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1)).slice(0, MOST_PODS);
    const logs = await Promise.all(
      chosen.flatMap((pod) =>
        containersOf(pod, asked.containers ?? found.target.container, found.label).map((container) => readLog(found.cluster, pod, container, asked)),
      ),
    );
    const read = mergeLogs(logs.map((log) => log.lines));
    const last = asked.last === undefined ? 0 : (await context.now()) - durationMs(asked.last);
    const from = Math.max(last, context.newerThan ?? 0);
    const lines = from === 0 ? read : newerThan(read, from);
    const matched = asked.match === undefined ? lines : matching(lines, asked.match);
    const ranked = asked.rank === undefined ? [] : rankLines(matched, asked.rank, matched.length);
    const top = ranked.slice(0, TOP);
    const p95 = ranked[Math.floor(ranked.length * 0.05)]?.ms;
    const notes = [
      ...(pods.length > chosen.length ? [`only the newest ${MOST_PODS} of ${pods.length} pods were read`] : []),
      ...logs.flatMap((log) => [log.unread, log.cut].filter((note) => note !== null)),
    ];
    const shown = {
      summary: [
        summaryOf(asked, chosen.length, lines.length, matched.length, p95 === undefined ? null : { slowest: top[0]?.ms ?? 0, p95 }),
        ...missingWords(logs),
      ].join('; '),
      table:
        top.length > 0
          ? { columns: ['ms', 'Line'], rows: top.map((one) => [String(one.ms), clamp(readableLine(one.line), 300)]) }
          : lineTable(matched),
      text: {
        name: `${asked.target}${asked.previous ? '-previous' : ''}.log`,
        content: [...notes.map((note) => `# ${note}`), logText(lines)].join('\n'),
      },
    };
    // Where nothing was read, nothing can be said of what is not in it.
    if (lines.length === 0 && !asked.previous) return { ...shown, state: 'unknown', output: { pods: chosen.length, lines: 0 } };
    return {
      ...shown,
      output: { pods: chosen.length, lines: lines.length, matched: matched.length, top, ...(p95 === undefined ? {} : { p95_ms: p95 }) },
    };
  },
});

function containersOf(pod: Pod, wanted: string | undefined, label: string): readonly string[] {
  if (wanted === 'all') return [...pod.spec.initContainers, ...pod.spec.containers].map((container) => container.name);
  return [containerOf(pod, wanted, label)];
}

interface ReadLog {
  readonly lines: readonly LogLine[];
  /** Why it could not be read. */
  readonly unread: string | null;
  /** Which older lines are missing. */
  readonly cut: string | null;
}

/** One log that cannot be read is a note and hides no other. */
async function readLog(cluster: Cluster, pod: Pod, container: string, asked: Input): Promise<ReadLog> {
  try {
    const { text, dropped } = await cluster.logs({
      pod: pod.metadata.name,
      container,
      tail: asked.tail,
      ...(asked.since === undefined ? {} : { sinceSeconds: Math.max(1, Math.ceil(durationMs(asked.since) / 1000)) }),
      previous: asked.previous,
      timestamps: true,
      keepBytes: BYTES_EACH,
    });
    const lines = parseLog(text, pod.metadata.name, container);
    return { lines, unread: null, cut: dropped === 0 ? null : cutNote(`${pod.metadata.name}/${container}`, lines, dropped) };
  } catch (error) {
    if (!(error instanceof ClusterError) || !['invalid', 'not-found', 'unreachable', 'timeout'].includes(error.reason)) throw error;
    return {
      lines: [],
      cut: null,
      unread: `${pod.metadata.name}/${container}: ${asked.previous ? 'no log of a previous container' : 'no log'} (${error.message})`,
    };
  }
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

function missingWords(logs: readonly ReadLog[]): string[] {
  const unread = logs.filter((log) => log.unread !== null).length;
  const cut = logs.filter((log) => log.cut !== null).length;
  return [
    ...(unread === 0 ? [] : [`${plural(unread, 'log')} could not be read`]),
    ...(cut === 0 ? [] : [`of ${plural(cut, 'log')} only the newest ${MEBIBYTES_EACH} MiB`]),
  ];
}

function cutNote(log: string, lines: readonly LogLine[], dropped: number): string {
  const first = lines.find(({ time }) => time !== '')?.time;
  return `${log}: ${Math.ceil(dropped / 1024)} KiB of older lines were left out${first === undefined ? '' : `; the first line here is of ${first}`}`;
}

function lineTable(lines: readonly LogLine[]): { columns: readonly string[]; rows: readonly (readonly string[])[] } {
  const rows = lines.slice(-SHOWN).map(({ time, pod, text }) => [time.slice(11, 19), pod.split('-').at(-1) ?? pod, clamp(readableLine(text), 300)]);
  return { columns: ['Time', 'Pod', 'Line'], rows };
}
