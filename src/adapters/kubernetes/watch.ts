import type { IncomingMessage } from 'node:http';
import { ClusterError, type KubeObject } from '../../ports/cluster.ts';
import type { Connection } from './connection.ts';
import { type Asked, answerError } from './errors.ts';
import { NoAnswer, open } from './request.ts';
import { type Pace, waitBefore } from './retry.ts';

export interface Listed {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface Watching {
  readonly connection: Connection;
  /** The collection's path with its query, to which the watch's own parameters are added. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly asked: Asked;
  readonly pace: Pace;
  list(signal: AbortSignal): Promise<Listed>;
}

/** A line longer than this is no event of an API server. */
const MAX_LINE = 16 * 1024 * 1024;
const STREAM_SECONDS = 300;

/** Contract: Cluster.watch. */
export async function watchUntil(
  watching: Watching,
  until: (objects: readonly KubeObject[]) => boolean,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const stop = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  let failures = 0;
  let seen = false;
  for (;;) {
    try {
      const listed = await watching.list(stop);
      seen = true;
      failures = 0;
      if (await follow(watching, listed, until, stop)) return true;
    } catch (error) {
      if (!stop.aborted && !worthAnother(error)) throw error;
      if (stop.aborted && !seen && signal?.aborted !== true) throw error;
      failures += 1;
    }
    if (signal?.aborted === true) throw new ClusterError('timeout', 'Watching was stopped.');
    if (stop.aborted) return false;
    if (failures > 0) await watching.pace.wait(waitBefore(Math.min(failures, 5), null, watching.pace.random()), stop);
  }
}

function worthAnother(error: unknown): boolean {
  if (error instanceof NoAnswer) return error.kind !== 'too-large';
  return error instanceof ClusterError && ['unreachable', 'timeout', 'throttled', 'uncertain'].includes(error.reason);
}

/** True when `until` said so; false when the list has to be read anew. */
async function follow(watching: Watching, listed: Listed, until: (objects: readonly KubeObject[]) => boolean, stop: AbortSignal): Promise<boolean> {
  const objects = new Map(listed.items.map((object) => [object.metadata.uid, object]));
  if (until([...objects.values()])) return true;
  let version = listed.resourceVersion;
  for (;;) {
    const stream = await openStream(watching, version, stop);
    try {
      for await (const line of lines(stream)) {
        const event = JSON.parse(line) as { type: string; object: KubeObject };
        if (event.type === 'ERROR') return false;
        version = event.object.metadata.resourceVersion;
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') objects.delete(event.object.metadata.uid);
        else objects.set(event.object.metadata.uid, event.object);
        if (until([...objects.values()])) return true;
      }
    } finally {
      stream.destroy();
    }
    if (stop.aborted) return false;
  }
}

async function openStream(watching: Watching, version: string, stop: AbortSignal): Promise<IncomingMessage> {
  const query = new URLSearchParams(watching.query);
  query.set('watch', 'true');
  query.set('resourceVersion', version);
  query.set('allowWatchBookmarks', 'true');
  query.set('timeoutSeconds', String(STREAM_SECONDS));
  const access = await watching.connection.access();
  const stream = await open(access, { method: 'GET', path: `${watching.path}?${query.toString()}`, repeatable: true }, stop);
  if (stream.statusCode === 200) return stream;
  let body = '';
  for await (const line of lines(stream)) body += line;
  if (stream.statusCode === 410) throw new ClusterError('unreachable', 'The watch is too old and starts again.', { status: 410 });
  throw answerError(stream.statusCode ?? 0, body, { ...watching.asked, verb: 'watch' }, watching.connection.user());
}

/** Lines of a stream; a torn last one is dropped, as its event comes again with the next watch. */
async function* lines(stream: IncomingMessage): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      rest += chunk;
      if (rest.length > MAX_LINE) throw new NoAnswer('too-large', true, 'an event is too large');
      let end = rest.indexOf('\n');
      while (end !== -1) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (line.trim() !== '') yield line;
        end = rest.indexOf('\n');
      }
    }
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer('lost', true, 'the stream broke off');
  }
  if (stream.statusCode !== 200 && rest !== '') yield rest;
}
