import type { ServerResponse } from 'node:http';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { LogLine } from '../containers/program.ts';
import type { Pod } from '../kinds.ts';
import { existing } from './read.ts';
import type { ResourceRequest } from './request.ts';
import { badRequest, invalid, invalidValue } from './status.ts';

/** The container that a request means. @throws ApiError 400 when it must be named, or does not exist */
export function chosenContainer(pod: Pod, wanted: string | null): string {
  const names = pod.spec.containers.map((container) => container.name);
  if (wanted !== null && wanted !== '') {
    if (!names.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
    return wanted;
  }
  if (names.length > 1) throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`);
  return names[0] ?? '';
}

/** Answers `pods/log`. @throws ApiError 400, 404, 422 */
export function logs(
  cluster: Cluster,
  machine: Machine,
  request: ResourceRequest,
  response: ServerResponse,
  onStop: (stop: () => void) => void,
): void {
  const { query } = request;
  const pod = existing<Pod>(cluster, request);
  const container = chosenContainer(pod, query.get('container'));
  const previous = flag(query, 'previous');
  const lines = machine.logs(pod, container, previous);
  if (lines === undefined) throw missing(pod, container, previous);
  const stamps = flag(query, 'timestamps');
  const format = ({ at, text }: LogLine): string => `${stamps ? `${new Date(at).toISOString().replace('Z', '000000Z')} ` : ''}${text}\n`;
  response.writeHead(200, { 'content-type': 'text/plain' });
  let text = chosen(lines, query, cluster.clock.now()).map(format).join('');
  const limit = count(query, 'limitBytes', 1);
  if (limit !== undefined) text = Buffer.from(text).subarray(0, limit).toString();
  if (!flag(query, 'follow') || previous) {
    response.end(text);
    return;
  }
  response.write(text);
  response.flushHeaders();
  const unfollow = machine.follow(pod, container, (line) => void response.write(format(line)));
  response.on('close', unfollow);
  // A followed log ends with its pod.
  const unsubscribe = cluster.store.subscribe((change) => {
    if (change.type === 'DELETED' && change.object.metadata.uid === pod.metadata.uid) response.end();
  });
  response.on('close', unsubscribe);
  onStop(() => response.end());
}

function missing(pod: Pod, container: string, previous: boolean): Error {
  if (previous) return badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  const reason = pod.status.containerStatuses?.find((each) => each.name === container)?.state.waiting?.reason ?? 'ContainerCreating';
  const what = reason === 'ContainerCreating' ? 'is waiting to start: ContainerCreating' : `is waiting to start: ${reason}`;
  return badRequest(`container "${container}" in pod "${pod.metadata.name}" ${what}`);
}

function chosen(lines: readonly LogLine[], query: URLSearchParams, now: number): readonly LogLine[] {
  const seconds = count(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  if (seconds !== undefined && sinceTime !== null)
    throw optionsInvalid('sinceSeconds', seconds, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  const since = sinceTime !== null && sinceTime !== '' ? Date.parse(sinceTime) : seconds === undefined ? 0 : now - seconds * 1000;
  const recent = lines.filter((line) => line.at >= since);
  const tail = count(query, 'tailLines', 0);
  return tail === undefined ? recent : tail === 0 ? [] : recent.slice(-tail);
}

function flag(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes(query.get(name) ?? '');
}

function count(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw optionsInvalid(name, text, `must be greater than or equal to ${least}`);
  return value;
}

function optionsInvalid(field: string, value: unknown, why: string): Error {
  return invalid({ group: '', kind: 'PodLogOptions' }, '', [invalidValue(field, value, why)]);
}
