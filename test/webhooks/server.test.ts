import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { signer } from '../../simulators/aws/services/sns/signer.ts';
import { limiter } from '../../src/webhooks/limiter.ts';
import { githubRoute, snsRoute } from '../../src/webhooks/routes.ts';
import { type IntakeServer, type Route, startIntake } from '../../src/webhooks/server.ts';
import { isSnsAddress, parseSnsMessage, snsVerifier, stringToSign } from '../../src/webhooks/sns.ts';

const SECRET = 'a secret of more than sixteen characters';
const NOW = Date.parse('2026-11-21T10:00:00Z');

function workflowRun(more: Readonly<Record<string, unknown>> = {}, action = 'completed'): string {
  const run = {
    id: 1,
    name: 'Guardrail Drift',
    path: '.github/workflows/guardrail-drift.yml',
    head_branch: 'master',
    head_repository: { full_name: 'Owner/repo' },
    head_sha: '518a928d72678a05418d7cb22d442068f1481b90',
    conclusion: 'failure',
    html_url: 'https://github.com/Owner/repo/actions/runs/1',
    run_number: 7,
    run_attempt: 1,
    event: 'schedule',
    updated_at: '2026-11-21T09:59:00Z',
    actor: { login: 'octo' },
    ...more,
  };
  const repository = { full_name: 'Owner/repo', default_branch: 'master', html_url: 'https://github.com/Owner/repo' };
  return JSON.stringify({ action, workflow_run: run, repository });
}

interface Kept {
  readonly key: string;
  readonly of: string;
}

let server: IntakeServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function intake(route: Route = githubRoute({ secret: SECRET, now: async () => NOW }), keepFails = false) {
  const kept: Kept[] = [];
  const refused: string[] = [];
  const told: string[] = [];
  server = await startIntake({
    port: 0,
    host: '127.0.0.1',
    routes: { '/github': route },
    keep: async ({ key, of }) => {
      if (keepFails) throw new Error('database down');
      kept.push({ key, of });
    },
    onRefused(why, says) {
      refused.push(why);
      if (says !== undefined) told.push(says);
    },
    onError: () => undefined,
    now: () => NOW,
  });
  const url = `http://127.0.0.1:${server.port}/github`;
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) => fetch(url, { method: 'POST', body, headers });
  const signed = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    post(body, {
      'x-github-event': 'workflow_run',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      ...headers,
    });
  return { url, kept, refused, told, post, signed };
}

describe('the intake', () => {
  test('keeps what GitHub has signed, under one key however it is delivered again', async () => {
    const { signed, kept } = await intake();
    expect((await signed(workflowRun(), { 'x-github-delivery': 'one' })).status).toBe(200);
    expect((await signed(workflowRun(), { 'x-github-delivery': 'two' })).status).toBe(200);
    expect(kept.map(({ of }) => of)).toEqual(['github', 'github']);
    expect(new Set(kept.map(({ key }) => key)).size).toBe(1);
  });

  test.each([
    ['no signature', {}, 401],
    ['a signature of another secret', { 'x-hub-signature-256': `sha256=${createHmac('sha256', 'wrong').update(workflowRun()).digest('hex')}` }, 401],
    ['a SHA-1 signature', { 'x-hub-signature-256': 'sha1=00' }, 401],
  ])('%s is refused and counted', async (_what, headers, status) => {
    const { post, kept, refused } = await intake();
    const response = await post(workflowRun(), { 'x-github-event': 'workflow_run', ...headers });
    expect([response.status, kept, refused]).toEqual([status, [], ['bad-signature']]);
  });

  test('signed nonsense, a run of last year and other events are not kept', async () => {
    const { signed, kept, refused } = await intake();
    expect((await signed('{"action":"completed"}')).status).toBe(400);
    expect((await signed(workflowRun({ updated_at: '2025-11-21T09:59:00Z' }))).status).toBe(400);
    expect((await signed('{"zen":"Keep it simple."}', { 'x-github-event': 'ping' })).status).toBe(200);
    expect([kept, refused]).toEqual([[], ['malformed', 'stale']]);
  });

  test('of issues only those are kept that have a mark and were closed or reopened', async () => {
    const { signed, post, kept, refused } = await intake();
    const body = 'Why\n\n<!-- tocsin:INC-2026-0042/2:3f2a7c1e-0000-4000-8000-000000000001 -->';
    const event = (action: string, more: object = {}) =>
      JSON.stringify({ action, issue: { id: 7, body, state: 'closed', updated_at: '2026-11-21T09:59:00Z', ...more }, sender: { login: 'octo' } });
    const issues = { 'x-github-event': 'issues' };
    const ask = async (text: string) => (await signed(text, issues)).status;
    expect(await ask(event('closed'))).toBe(200);
    expect(await ask(event('reopened', { state: 'open' }))).toBe(200);
    expect(kept.map(({ of }) => of)).toEqual(['github-issue', 'github-issue']);
    expect([await ask(event('labeled')), await ask(event('closed', { body: 'Why' })), await ask(event('closed', { body: null }))]).toEqual([
      200, 200, 200,
    ]);
    expect([await ask('{"action":"closed"}'), await ask(event('closed', { updated_at: '2025-11-21T09:59:00Z' }))]).toEqual([400, 400]);
    expect((await post(event('closed'), issues)).status).toBe(401);
    expect([kept.length, refused]).toEqual([2, ['malformed', 'stale', 'bad-signature']]);
  });

  test('a body that is too large is refused, and the sender sees it', async () => {
    const { post, refused } = await intake();
    expect((await post('x'.repeat(2 * 1024 * 1024))).status).toBe(413);
    expect(refused).toEqual(['too-large']);
  });

  test('other paths and methods are not there', async () => {
    const { url } = await intake();
    expect((await fetch(`${url}/constructor`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(url.replace('/github', '/toString'), { method: 'POST' })).status).toBe(404);
    expect((await fetch(url)).status).toBe(405);
  });

  test('what cannot be stored now is told to be sent again', async () => {
    const { signed } = await intake(undefined, true);
    const response = await signed(workflowRun());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('200 genuine deliveries in a second from one address are all taken', async () => {
    const { signed, refused } = await intake();
    const answers = await Promise.all(Array.from({ length: 200 }, () => signed(workflowRun())));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(refused).toEqual([]);
  });

  test('a flood is slowed down, and told to try again after how long', async () => {
    const { signed, refused } = await intake();
    const answers = [];
    for (let i = 0; i < 21; i += 1) answers.push(...(await Promise.all(Array.from({ length: 100 }, () => signed(workflowRun())))));
    const slowed = answers.filter(({ status }) => status === 503);
    expect(slowed).toHaveLength(100);
    expect(slowed[0]?.headers.get('retry-after')).toBe('1');
    expect(refused.filter((why) => why === 'rate-limited')).toHaveLength(100);
  }, 30_000);

  test('a flood of forgeries uses up nothing of what the genuine sender behind the same address has', async () => {
    const { post, signed } = await intake();
    for (let i = 0; i < 70; i += 1) expect((await post('{}')).status).toBe(401);
    expect((await signed(workflowRun())).status).toBe(200);
  });
});

describe('the limit', () => {
  test('fills again with time, each sender on its own', () => {
    let now = 0;
    const wait = limiter({ burst: 2, perSecond: 1, now: () => now });
    expect([wait('a'), wait('a'), wait('a'), wait('b')]).toEqual([0, 0, 1, 0]);
    now = 1_000;
    expect([wait('a'), wait('a')]).toEqual([0, 1]);
  });
});

describe('Amazon SNS', () => {
  const topic = 'arn:aws:sns:eu-west-1:123456789012:alarms';
  const FIFO = {
    Type: 'Notification',
    MessageId: 'id-1',
    TopicArn: topic,
    Message: 'My test',
    Timestamp: '2026-11-21T09:59:00.000Z',
    SignatureVersion: '1',
    Signature: 'AAAA',
    SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
  };

  test.each([
    ['https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem', true],
    ['https://sns.eu-west-1.amazonaws.com.cn/a.pem', true],
    ['http://sns.eu-west-1.amazonaws.com/a.pem', false],
    ['https://sns.us-east-1.amazonaws.com/a.pem', false],
    ['https://sns.eu-west-1.amazonaws.com.evil.example/a.pem', false],
    ['https://sns.eu-west-1.amazonaws.com@evil.example/a.pem', false],
    ['https://user@sns.eu-west-1.amazonaws.com/a.pem', false],
    ['https://sns.eu-west-1.amazonaws.com:8443/a.pem', false],
    ['https://evil.example/sns.eu-west-1.amazonaws.com/a.pem', false],
    ['https://s3.eu-west-1.amazonaws.com/a.pem', false],
    ['nonsense', false],
    ['http://127.0.0.1:9000/a.pem', false],
  ])('%s is SNS’s own: %s', (address, own) => {
    expect(isSnsAddress(address, topic, undefined)).toBe(own);
  });

  test('what stands in for it by configuration is the only other', () => {
    expect(isSnsAddress('http://127.0.0.1:9000/a.pem', topic, 'http://127.0.0.1:9000')).toBe(true);
    expect(isSnsAddress('http://127.0.0.1:9001/a.pem', topic, 'http://127.0.0.1:9000')).toBe(false);
  });

  test('a certificate that somebody has put into an answer of SNS’s is none of SNS’s', async () => {
    const stranger = signer();
    const origin = createServer((_request, response) => response.end(`<Attributes>\n${stranger.certificate}\n</Attributes>`));
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const { verify } = snsVerifier(url);
    const believed = (path: string) => {
      const fields = { Type: 'Notification', MessageId: 'id-1', TopicArn: topic, Message: 'ALARM', Timestamp: '2026-11-21T09:59:00.000Z' };
      const whole = { ...fields, SignatureVersion: '2', Signature: 'AAAA', SigningCertURL: `${url}${path}` };
      const parsed = parseSnsMessage(JSON.stringify(whole));
      if (parsed === null) throw new Error('no message');
      return verify({ ...parsed, Signature: stranger.sign(stringToSign(parsed), '2') }, '192.0.2.1');
    };
    try {
      expect(await believed(`/SimpleNotificationService-${stranger.id}.pem`)).toBe(true);
      for (const path of [
        '/x.pem?Action=GetEndpointAttributes',
        '/SimpleNotificationService-1.pem?Action=GetEndpointAttributes',
        '/x.pem',
        '/?Action=GetEndpointAttributes&x=.pem',
      ])
        expect([path, await believed(path)]).toEqual([path, false]);
    } finally {
      await new Promise((done) => origin.close(done));
    }
  });

  test('forged messages, however many addresses of certificates they name, keep no genuine one out', async () => {
    const genuine = signer();
    let served = 0;
    const origin = createServer((request, response) => {
      served += 1;
      response.writeHead(request.url === `/SimpleNotificationService-${genuine.id}.pem` ? 200 : 404).end(genuine.certificate);
    });
    await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const { verify } = snsVerifier(url);
    const messageAt = (path: string) => {
      const fields = { Type: 'Notification', MessageId: 'id-1', TopicArn: topic, Message: 'ALARM', Timestamp: '2026-11-21T09:59:00.000Z' };
      const parsed = parseSnsMessage(JSON.stringify({ ...fields, SignatureVersion: '2', Signature: 'AAAA', SigningCertURL: `${url}${path}` }));
      if (parsed === null) throw new Error('no message');
      return parsed;
    };
    const path = `/SimpleNotificationService-${genuine.id}.pem`;
    const message = messageAt(path);
    const good = { ...message, Signature: genuine.sign(stringToSign(message), '2') };
    try {
      for (let index = 0; index < 40; index += 1)
        await verify(messageAt(`/SimpleNotificationService-${index}x.pem`), '203.0.113.9').catch(() => false);
      expect(await verify(good, '192.0.2.1')).toBe(true);
      const before = served;
      for (let index = 0; index < 40; index += 1) expect(await verify(messageAt(`${path}#y${index}`), '203.0.113.9')).toBe(false);
      expect(await verify(good, '192.0.2.1')).toBe(true);
      expect(served).toBe(before);
    } finally {
      origin.close();
    }
  });

  test.each([
    ['raw delivery', { 'x-amz-sns-rawdelivery': 'true' }, '{"AlarmName":"x"}', 400, 'raw-delivery', /RawMessageDelivery/],
    ['a message without its envelope', {}, '{"AlarmName":"x"}', 400, 'malformed', /has not the envelope/],
    ['a FIFO topic', {}, JSON.stringify({ ...FIFO, TopicArn: `${topic}.fifo` }), 400, 'fifo-topic', /FIFO topics deliver to queues only/],
    ['what forwards a FIFO topic', {}, JSON.stringify({ ...FIFO, SequenceNumber: '10000000000000003000' }), 400, 'fifo-topic', /standard topic/],
  ])('%s is refused with what to change', async (_what, headers, body, status, why, says) => {
    const verifier = { verify: async () => true };
    const route = snsRoute({ verifier, topics: () => new Set([topic, `${topic}.fifo`]), now: async () => NOW });
    const { post, refused, told } = await intake(route);
    expect([(await post(body, headers)).status, refused]).toEqual([status, [why]]);
    expect(told[0]).toMatch(says);
  });

  test('what is signed is what the documentation says, with and without a subject', () => {
    const message = {
      Type: 'Notification',
      MessageId: 'id-1',
      TopicArn: topic,
      Message: 'My test',
      Timestamp: '2026-11-21T09:59:00.000Z',
      SignatureVersion: '1',
      Signature: 'AAAA',
      SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/a.pem',
    };
    const signed = (more: object) => {
      const parsed = parseSnsMessage(JSON.stringify({ ...message, ...more }));
      return parsed === null ? null : stringToSign(parsed);
    };
    expect(signed({})).toBe(`Message\nMy test\nMessageId\nid-1\nTimestamp\n2026-11-21T09:59:00.000Z\nTopicArn\n${topic}\nType\nNotification\n`);
    expect(signed({ Subject: 'Hello' })).toContain('Subject\nHello\nTimestamp\n');
    expect(signed({ Type: 'Other' })).toBeNull();
    expect(parseSnsMessage('[]')).toBeNull();
    expect(parseSnsMessage('{')).toBeNull();
  });
});
