import { z } from 'zod';
import type { ActionContext, Check, Lacking, Reading } from '../../ports/action.ts';
import { readAction } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { locate, run, sayContainer } from '../shared/container.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { execRights, type PickedPod } from '../shared/pods.ts';
import { TCP_TOOLS, type TcpProblem } from './tcp-tools.ts';

const input = z.strictObject({
  from: targetField.describe('The workload target from whose container the connection is tried.'),
  host: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252})$/, 'expected a host name or address'),
  port: z.number().int().min(1).max(65_535),
  timeout: duration.default('3s'),
});

const output = z.strictObject({
  reachable: z.boolean(),
  /** Of the connection where the tool measures it; else of the whole probe. */
  ms: z.number().int(),
  /** What probed: nc, python3, node, curl, wget; empty when nothing could. */
  tool: z.string(),
  /** Empty when reachable. */
  problem: z.enum(['', 'refused', 'timeout', 'dns', 'unreachable', 'no-tool', 'no-workload']),
});

type Output = z.infer<typeof output>;

const SAID: Readonly<Record<TcpProblem, string>> = {
  refused: 'nothing listens there (connection refused)',
  timeout: 'no answer in time: a network policy, a firewall or a host that is down',
  dns: 'the name is not known there',
  unreachable: 'the connection failed',
};

const NAMES = TCP_TOOLS.map((tool) => tool.name).join(', ');

/** Tries a TCP connection from inside of a container with the first tool that is there (AU-21, SK-21; `curl postgres://` is no protocol). */
export const netTcp = readAction({
  name: 'net.tcp',
  about: 'Tries a TCP connection from inside of a container to a host and port.',
  input,
  output,
  targets: ({ from }) => [from],
  rights: ({ from }, context) => execRights(context, from),
  preflight: ({ from }, context) => preflight(from, context),
  async run({ from, host, port, timeout }, context): Promise<Reading<Output> | Lacking<Output>> {
    const address = `${host}:${port}`;
    const located = await locate(context, from);
    if (!located.found) return untried('no-workload', `${address} was not tried: ${located.why}`);
    const seconds = Math.max(1, Math.ceil(msOf(timeout) / 1_000));
    const { place } = located;
    for (const tool of TCP_TOOLS) {
      const options = { timeoutMs: (seconds + 10) * 1_000, ...(tool.stdin === undefined ? {} : { stdin: tool.stdin }) };
      const ran = await inTime(run(place, tool.argv(host, port, seconds), options));
      if (ran === 'late')
        return closed(
          'timeout',
          tool.name,
          options.timeoutMs,
          `${address} cannot be reached from ${place.pod.metadata.name}: ${tool.name} did not end in time.`,
        );
      const probe = ran === null ? null : tool.judge(ran);
      if (ran === null || probe === null || probe.kind === 'unusable') continue;
      const inside = `from ${place.pod.metadata.name} (${tool.name})`;
      if (probe.kind === 'closed') return closed(probe.problem, tool.name, ran.ms, `${address} cannot be reached ${inside}: ${SAID[probe.problem]}.`);
      const ms = probe.ms ?? ran.ms;
      return {
        state: 'good',
        output: { reachable: true, ms, tool: tool.name, problem: '' },
        summary: `${address} accepts connections ${inside}, ${ms} ms.`,
      };
    }
    return untried('no-tool', `${address} was not tried: ${sayContainer(place)} has none of ${NAMES}.`);
  },
});

function closed(problem: Output['problem'], tool: string, ms: number, summary: string): Reading<Output> {
  return { state: 'bad', output: { reachable: false, ms, tool, problem }, summary };
}

/** Nothing was tried: whether it can be reached is not known. */
function untried(problem: Output['problem'], summary: string): Lacking<Output> {
  return { state: 'unknown', output: { problem }, summary };
}

/** A probe that hangs in a look-up of the name is an answer as well. */
async function inTime<T>(running: Promise<T>): Promise<T | 'late'> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'timeout') return 'late';
    throw error;
  }
}

async function preflight(from: string, context: ActionContext): Promise<Check[]> {
  const located = await locate(context, from);
  if (!located.found) return [{ state: 'failure', what: located.why, advice: `Correct target ${from}, or start its pods.` }];
  const tool = await firstTool(located.place);
  const where = sayContainer(located.place);
  if (tool !== null) return [{ state: 'ok', what: `${where} has ${tool} to try connections with`, advice: null }];
  return [{ state: 'failure', what: `${where} has none of ${NAMES}`, advice: 'Name another workload in `from`, or add one of them to the image.' }];
}

const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  nc: ['nc', '-h'],
  python3: ['python3', '-V'],
  node: ['node', '--version'],
  curl: ['curl', '--version'],
  wget: ['wget', '--help'],
};

async function firstTool(place: PickedPod): Promise<string | null> {
  for (const { name } of TCP_TOOLS) if ((await run(place, HARMLESS[name] ?? [name], { stdin: '' })) !== null) return name;
  return null;
}
