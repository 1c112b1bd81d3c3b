import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClusterError, type KubeObject } from '../../../src/ports/cluster.ts';
import { type FakeServer, fakeServer, json, pod, status } from './server.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;

let server: FakeServer;
beforeEach(async () => {
  server = await fakeServer();
});
afterEach(() => server.close());

function list(response: ServerResponse, version: string, ...names: string[]): void {
  json(response, 200, { metadata: { resourceVersion: version }, items: names.map((name) => pod(name, version)) });
}

function event(type: string, name: string, version: string): string {
  return `${JSON.stringify({ type, object: pod(name, version) })}\n`;
}

function names(objects: readonly KubeObject[]): string {
  return objects.map((object) => object.metadata.name).join(' ');
}

describe('watch', () => {
  test('is over at once when the list already fits', async () => {
    server.respond = (_seen, response) => list(response, '5', 'a');
    expect(await server.cluster().watch(POD, {}, (objects) => objects.length === 1, 5000)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  test('follows what is added, changed and deleted, from where the list was', async () => {
    server.respond = (seen, response) => {
      if (!seen.url.searchParams.has('watch')) return list(response, '5', 'a');
      response.writeHead(200);
      response.write(event('ADDED', 'b', '6'));
      const changed = event('MODIFIED', 'b', '7');
      response.write(changed.slice(0, 20));
      setImmediate(() => response.write(changed.slice(20) + event('DELETED', 'a', '8')));
    };
    const states: string[] = [];
    const over = await server.cluster().watch(
      POD,
      { labelSelector: 'app=x' },
      (objects) => {
        states.push(names(objects));
        return names(objects) === 'b';
      },
      5000,
    );
    expect(over).toBe(true);
    expect(states).toEqual(['a', 'a b', 'a b', 'b']);
    expect(server.seen[1]?.url.searchParams.get('resourceVersion')).toBe('5');
    expect(server.seen[1]?.url.searchParams.get('labelSelector')).toBe('app=x');
  });

  test('connects again where it was when the stream ends, and lists again when that is too old', async () => {
    let watches = 0;
    server.respond = (seen, response) => {
      if (!seen.url.searchParams.has('watch')) return watches === 0 ? list(response, '5', 'a') : list(response, '20', 'a', 'b', 'c');
      watches += 1;
      if (watches === 1) return void response.end(event('ADDED', 'b', '6'));
      return void response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired', 'too old') })}\n`);
    };
    expect(await server.cluster().watch(POD, {}, (objects) => objects.length === 3, 5000)).toBe(true);
    expect(server.seen.map((seen) => seen.url.searchParams.get('resourceVersion'))).toEqual([null, '5', '6', null]);
  });

  test('is false when the time is over', async () => {
    server.respond = (seen, response) => {
      if (!seen.url.searchParams.has('watch')) return list(response, '5');
      response.writeHead(200);
      response.flushHeaders();
    };
    expect(await server.cluster().watch(POD, {}, () => false, 1_000)).toBe(false);
  });

  test('is an error when it may not, and when it is stopped', async () => {
    server.respond = (_seen, response) => json(response, 403, status(403, 'Forbidden', 'User "bot" cannot list resource "pods"'));
    await expect(server.cluster().watch(POD, {}, () => true, 1000)).rejects.toThrow(/may not list pods in namespace aureus/);
    const stop = new AbortController();
    server.respond = (seen, response) => {
      if (!seen.url.searchParams.has('watch')) return list(response, '5');
      stop.abort();
    };
    await expect(server.cluster().watch(POD, {}, () => false, 60_000, stop.signal)).rejects.toBeInstanceOf(ClusterError);
  });
});
