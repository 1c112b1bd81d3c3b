import { createHmac } from 'node:crypto';
import type { Json } from '../state.ts';
import { type Answer, type Attempt, ackLimitMs, type Transport } from './transport.ts';

/**
 * Delivers signed HTTP requests to one address, as Slack does without Socket Mode:
 * docs.slack.dev/authentication/verifying-requests-from-slack. The timestamp header is real time,
 * because the receiver holds it against its own clock.
 */
export function httpTransport(options: { url: string; signingSecret: string }): Transport {
  const running = new Set<AbortController>();
  return {
    async deliver(attempt) {
      const stop = new AbortController();
      running.add(stop);
      const timer = setTimeout(() => stop.abort(), ackLimitMs);
      try {
        return await post(options, attempt, stop.signal);
      } catch {
        return { status: stop.signal.aborted ? 'timeout' : 'not_connected' };
      } finally {
        clearTimeout(timer);
        running.delete(stop);
      }
    },
    connections: () => 1,
    async close() {
      for (const stop of running) stop.abort();
    },
  };
}

/** The headers that prove a request comes from Slack. */
export function signature(secret: string, body: string, seconds = Math.floor(Date.now() / 1000)): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(seconds), 'x-slack-signature': `v0=${digest}` };
}

async function post(options: { url: string; signingSecret: string }, attempt: Attempt, signal: AbortSignal): Promise<Answer> {
  const { body, type } = encode(attempt);
  const retry: Record<string, string> =
    attempt.retry === undefined ? {} : { 'x-slack-retry-num': String(attempt.retry.num), 'x-slack-retry-reason': attempt.retry.reason };
  const headers = { 'content-type': type, 'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)' };
  const response = await fetch(options.url, {
    method: 'POST',
    headers: { ...headers, ...signature(options.signingSecret, body), ...retry },
    body,
    redirect: 'manual',
    signal,
  });
  const text = await response.text();
  if (!response.ok) return { status: 'failed', http_status: response.status };
  return { status: 'acked', body: readBody(text, response.headers.get('content-type') ?? '') };
}

function encode({ kind, payload }: Attempt): { body: string; type: string } {
  const form = 'application/x-www-form-urlencoded';
  if (kind === 'events_api') return { body: JSON.stringify(payload), type: 'application/json' };
  if (kind === 'interactive') return { body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), type: form };
  const fields = Object.entries(payload).map(([key, value]) => [key, String(value)] as [string, string]);
  return { body: new URLSearchParams(fields).toString(), type: form };
}

function readBody(text: string, type: string): Json {
  if (text === '') return {};
  if (!type.includes('json')) return { text };
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Json) : { text: String(body) };
  } catch {
    return { text };
  }
}
