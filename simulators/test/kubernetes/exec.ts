import { WebSocket } from 'ws';
import type { KubernetesSimulator } from '../../kubernetes/index.ts';
import { credentials } from './client.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** The Status of channel 3. */
  readonly status: {
    readonly status: string;
    readonly reason?: string;
    readonly details?: { readonly causes: readonly { reason: string; message: string }[] };
  };
  readonly code: number;
}

export interface ExecOptions {
  readonly stdin?: string;
  readonly container?: string;
  readonly protocol?: string;
}

/** Runs a command in a pod as clients do: over WebSocket, the standard input closed by protocol v5. */
export function exec(
  simulator: KubernetesSimulator,
  namespace: string,
  pod: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<Ran> {
  const { server, ca, token } = credentials(simulator);
  const query = new URLSearchParams([
    ...argv.map((word): [string, string] => ['command', word]),
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...(options.stdin === undefined ? [] : [['stdin', 'true'] as [string, string]]),
    ...(options.container === undefined ? [] : [['container', options.container] as [string, string]]),
  ]);
  const url = `${server.replace('https', 'wss')}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
  const socket = new WebSocket(url, options.protocol ?? 'v5.channel.k8s.io', { ca, headers: { authorization: `Bearer ${token}` } });
  const channels: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] };
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      if (options.stdin === undefined) return;
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(options.stdin)]));
      socket.send(Buffer.from([255, 0]));
    });
    socket.on('message', (data: Buffer) => channels[data[0] ?? 0]?.push(data.subarray(1)));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => reject(new Error(`${response.statusCode} ${Buffer.concat(chunks).toString()}`)));
    });
    socket.on('close', () => {
      const text = (channel: number): string => Buffer.concat(channels[channel] ?? []).toString();
      const status = JSON.parse(text(3)) as Ran['status'];
      const cause = status.details?.causes.find((each) => each.reason === 'ExitCode')?.message;
      resolve({ stdout: text(1), stderr: text(2), status, code: status.status === 'Success' ? 0 : Number(cause) });
    });
  });
}
