import type { Cluster } from '../cluster.ts';
import type { Container, Pod } from '../kinds.ts';
import type { Files } from './files.ts';

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the service takes, in simulated milliseconds; what `curl -w %{time_total}` tells. */
  readonly latencyMs?: number;
}

/** A container that runs, or ran, in a pod. */
export interface Instance {
  readonly cluster: Cluster;
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly container: Container;
  readonly env: Readonly<Record<string, string>>;
  readonly files: Files;
  readonly startedAt: number;
  /** The pod as it is now, or as it last was. */
  pod(): Pod;
  log(text: string, at?: number): void;
}

/** What a container does next: serves, is not ready, or ends. */
export type Health = { readonly ready: boolean } | { readonly exit: number; readonly reason?: string; readonly lines?: readonly string[] };

/** What an exec reads and writes. */
export interface ExecContext {
  readonly instance: Instance;
  readonly argv: readonly string[];
  out(chunk: string | Buffer): void;
  err(chunk: string): void;
  /** All of the standard input, once it is closed; empty without one. */
  stdin(): Promise<Buffer>;
  readonly network: Network;
}

/** A program of a container, by its first argument. Gives the exit code. */
export type Command = (context: ExecContext, args: readonly string[]) => number | Promise<number>;

export interface NetworkError {
  readonly error: 'unknown-host' | 'refused' | 'timeout';
}

/** How containers reach each other. */
export interface Network {
  /** Whether something listens there. */
  connect(from: Instance, host: string, port: number): NetworkError | { readonly ip: string };
  http(from: Instance, host: string, port: number, request: HttpRequest): Promise<NetworkError | HttpAnswer>;
}

/** What runs in the containers of an image. */
export interface Program {
  /** The namespace in which its images run it. */
  readonly namespace: string;
  readonly image: RegExp;
  readonly commands: Readonly<Record<string, Command>>;
  /** Ports that speak HTTP. */
  readonly http?: Readonly<Record<number, (instance: Instance, request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>>>;
  /** Other ports that accept connections. */
  readonly tcp?: readonly number[];
  /** Called once when a container starts. */
  readonly start?: (instance: Instance) => void;
  /** Called as time passes, from the last call's moment to `now`; writes logs. */
  readonly tick?: (instance: Instance, from: number, now: number) => void;
  readonly health?: (instance: Instance) => Health;
  /** Millicores and bytes in use. */
  readonly usage?: (instance: Instance) => { cpu: number; memory: number };
}

export function isNetworkError(value: NetworkError | object): value is NetworkError {
  return 'error' in value;
}

/** Moments from `from` (excluded) to `to` (included) that are whole multiples of `every` after `start`. */
export function* beats(from: number, to: number, every: number, offset = 0): Generator<number> {
  for (let at = (Math.floor((from - offset) / every) + 1) * every + offset; at <= to; at += every) yield at;
}

/** A number from 0 to 1 that depends on its seed only. */
export function noise(...seed: readonly (string | number)[]): number {
  let hash = 2_166_136_261;
  for (const letter of seed.join('/')) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 2_246_822_519);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}
