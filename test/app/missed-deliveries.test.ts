import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type GitHubSimulator, startGitHubSimulator } from '../../simulators/github/index.ts';
import { openGitHub } from '../../src/adapters/github/index.ts';
import { missedOf, redeliverMissed } from '../../src/app/missed-deliveries.ts';
import type { HookDelivery } from '../../src/ports/github-hooks.ts';

describe('what GitHub could not deliver', () => {
  let github: GitHubSimulator;
  let receiver: Server;
  let status = 200;
  let received: string[] = [];
  let address = '';

  beforeEach(async () => {
    received = [];
    receiver = createServer((request, response) => {
      request.resume();
      received.push(String(request.headers['x-github-delivery']));
      response.writeHead(status).end();
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    address = url;
    const hooks = [
      { url: `${url}/github`, secret: 'what-github-signs-with', events: ['workflow_run'] },
      { url: `${url}/somebody-else`, secret: 'another-secret-of-another', events: ['workflow_run'] },
    ];
    github = await startGitHubSimulator({ webhooks: hooks, ticking: false, onRun: () => ({ conclusion: 'failure' }) });
  });
  afterEach(async () => {
    await github.stop();
    await new Promise((done) => receiver.close(done));
  });

  const open = (token = github.token) =>
    openGitHub({
      repository: 'VaultSovereign/vmq-oracle',
      environment: { GITHUB_API_URL: github.url, GITHUB_TOKEN: token },
      signal: AbortSignal.timeout(30_000),
    });

  test('is sent once more, and what was taken, or is another’s, is not', async () => {
    status = 503;
    github.repository.schedule('guardrail-drift.yml');
    await github.settle();
    const before = new Set(github.deliveries.map(({ id }) => id));
    const ours = github.deliveries.filter(({ url }) => url.endsWith('/github')).map(({ id }) => id);
    expect(ours.length).toBeGreaterThan(0);
    status = 200;
    received = [];
    expect(await redeliverMissed(open(), 'https://another.example.com')).toBe(0);
    expect(await redeliverMissed(open(), address)).toBe(ours.length);
    await github.settle();
    // What the run tells meanwhile is sent by itself.
    expect(received.filter((id) => before.has(id)).toSorted()).toEqual(ours.toSorted());
    expect(await redeliverMissed(open())).toBe(0);
  });

  test('stays missed where the token may not ask, and that is said', async () => {
    const reader = open(github.issue({ repository_hooks: 'read' }));
    const nobody = open(github.issue({ actions: 'read' }));
    expect([await open().may('repository_hooks', 'write'), await reader.may('repository_hooks', 'write')]).toEqual(['yes', 'no']);
    await expect(redeliverMissed(nobody)).rejects.toMatchObject({ reason: 'denied' });
  });
});

describe('the tries of an event', () => {
  const tried = (guid: string, at: number, status: number, event = 'workflow_run'): HookDelivery => ({ id: at, guid, at, event, status });

  test('its newest is sent again unless one was taken, it was tried often, or nobody reads the event', () => {
    const deliveries = [
      tried('taken', 3, 200),
      tried('taken', 1, 503),
      tried('missed', 5, 503),
      tried('missed', 2, 0),
      ...[6, 7, 8, 9].map((at) => tried('refused', at, 401)),
      // The database was away for hours: nobody refused it.
      ...[11, 12, 13, 14, 15, 16].map((at) => tried('put off', at, 503)),
      tried('pull', 10, 503, 'pull_request'),
    ];
    expect(missedOf(deliveries)).toEqual([tried('missed', 5, 503), tried('put off', 16, 503)]);
  });
});
