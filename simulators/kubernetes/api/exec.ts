import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { Instance } from '../containers/program.ts';
import type { Pod } from '../kinds.ts';
import { existing } from './read.ts';
import type { ResourceRequest } from './request.ts';
import { ApiError, badRequest, internalError, invalid, requiredValue } from './status.ts';

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** v5 only: the byte after it names the channel that the client closes. */
const CLOSE = 255;

/** How a program that an image lacks is told: `exit-code` 127 as Docker does, `internal-error` as containerd does. */
export type MissingProgram = 'exit-code' | 'internal-error';

interface Prepared {
  readonly instance: Instance;
  readonly argv: readonly string[];
  readonly missing: MissingProgram;
}

const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => PROTOCOLS.find((name) => offered.has(name)) ?? false });

/** What the API server checks before it upgrades the connection. @throws ApiError 400, 403, 404, 500 */
export function prepareExec(cluster: Cluster, machine: Machine, request: ResourceRequest): { instance: Instance; argv: string[] } {
  const { query } = request;
  const pod = existing<Pod>(cluster, request);
  const argv = query.getAll('command');
  if (argv.length === 0) throw invalid({ group: '', kind: 'PodExecOptions' }, '', [requiredValue('command')]);
  const streams = ['stdin', 'stdout', 'stderr'].filter((name) => isOn(query, name));
  if (streams.length === 0) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  const wanted = query.get('container') ?? '';
  const names = pod.spec.containers.map((container) => container.name);
  if (wanted === '' && names.length > 1)
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`);
  const name = wanted === '' ? (names[0] ?? '') : wanted;
  if (!names.includes(name)) throw badRequest(`container not found ("${name}")`);
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed')
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  const instance = machine.instance(pod, name);
  if (instance === undefined) throw new ApiError(500, 'InternalError', `unable to upgrade connection: container not found ("${name}")`);
  return { instance, argv };
}

function isOn(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes(query.get(name) ?? '');
}

/** Upgrades the connection and runs the command (remotecommand over WebSocket, protocols v4 and v5). */
export function runExec(machine: Machine, prepared: Prepared, query: URLSearchParams, message: IncomingMessage, socket: Duplex, head: Buffer): void {
  sockets.handleUpgrade(message, socket, head, (client) => {
    void run(machine, prepared, query, client).catch(() => client.terminate());
  });
}

async function run(machine: Machine, { instance, argv, missing }: Prepared, query: URLSearchParams, client: WebSocket): Promise<void> {
  const send = (channel: number, chunk: string | Buffer): void => {
    const bytes = Buffer.from(chunk);
    for (let at = 0; at < bytes.length; at += 32_768) client.send(Buffer.concat([Buffer.from([channel]), bytes.subarray(at, at + 32_768)]));
  };
  const input = collectInput(client, isOn(query, 'stdin'));
  // The real server tells with an empty message that the connection stands.
  client.send(Buffer.from([isOn(query, 'stdout') ? STDOUT : STDERR]));
  const tty = isOn(query, 'tty');
  const stdout = (chunk: string | Buffer): void => {
    if (isOn(query, 'stdout')) send(STDOUT, tty ? Buffer.from(chunk).toString().replaceAll('\n', '\r\n') : chunk);
  };
  const stderr = (chunk: string): void => {
    if (tty) stdout(chunk);
    else if (isOn(query, 'stderr')) send(STDERR, chunk);
  };
  const code = await machine.exec(instance, argv, { out: stdout, err: stderr, stdin: () => input });
  const lacks = `OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(argv[0])}: executable file not found in $PATH: unknown`;
  if (code === null && missing === 'exit-code') stderr(`${lacks}\r\n`);
  send(ERROR, JSON.stringify(code === null && missing === 'internal-error' ? containerdRefusal(lacks) : exitStatus(argv, code ?? 127)));
  client.close(1000);
}

/** How containerd's kubelet plugin tells of a program that an image lacks: no exit code at all. */
function containerdRefusal(lacks: string): object {
  return internalError(`error executing command in container: failed to exec in container: failed to start exec "simulated": ${lacks}`).status;
}

function collectInput(client: WebSocket, wanted: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const end = (): void => resolve(Buffer.concat(chunks));
    client.on('message', (data: Buffer) => {
      if (data[0] === STDIN) chunks.push(data.subarray(1));
      // A resize (channel 4) is read and ignored: nothing here draws.
      if (data[0] === CLOSE && client.protocol === 'v5.channel.k8s.io' && data[1] === STDIN) end();
    });
    client.on('close', end);
    client.on('error', end);
    if (!wanted) end();
  });
}

function exitStatus(argv: readonly string[], code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command [${argv.join(' ')}], exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
