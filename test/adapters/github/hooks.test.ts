import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { close, listen, urlOf } from '../../../simulators/listening.ts';
import { openGitHub } from '../../../src/adapters/github/index.ts';

test('a webhook or a delivery in a form that nobody knows keeps no other from being looked at', async () => {
  const hook = { id: 1, active: true, events: ['workflow_run'], config: { url: 'https://tocsin.example/github' } };
  const delivery = { id: 7, guid: 'a', delivered_at: '2026-11-30T12:00:00Z', event: 'workflow_run', status_code: 502 };
  const server = createServer(({ url = '' }, response) => {
    const found = url.includes('/deliveries') ? [{ ...delivery, guid: null }, delivery] : [{ ...hook, config: null }, hook];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  });
  await listen(server, {});
  try {
    const environment = { GITHUB_API_URL: urlOf(server), GITHUB_TOKEN: 'ghp_simulated' };
    const github = openGitHub({ repository: 'acme/shop', environment, signal: new AbortController().signal });
    expect((await github.hooks()).map(({ id }) => id)).toEqual([1]);
    expect((await github.deliveries(1, 100)).map(({ id }) => id)).toEqual([7]);
  } finally {
    await close(server);
  }
});
