import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HTTPReceiver } from '@slack/bolt';

/** Slack's payloads are far smaller (bytes). */
const MAX_BODY = 1_000_000;

/**
 * Stands before Bolt's HTTP receiver: a body that is no object, which Bolt takes for one and never answers, gets 400; what is
 * not signed by Slack, which Bolt answers with 401 and says nothing more of, is counted.
 */
export function guardReceiver(receiver: HTTPReceiver, onRejected: (reason: 'bad-signature' | 'malformed') => void): HTTPReceiver {
  const listen = receiver.requestListener;
  receiver.requestListener = (request, response) => {
    response.once('finish', () => {
      if (response.statusCode === 401) onRejected('bad-signature');
    });
    void pass(request, response);
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return listen(request, response);
    const body = await readBody(request);
    if (body === null || !holdsObject(body, request.headers['content-type'])) {
      onRejected('malformed');
      response.writeHead(body === null ? 413 : 400, { connection: 'close' }).end();
      return;
    }
    // Bolt takes the body from here when something before it has read it.
    listen(Object.assign(request, { rawBody: body }), response);
  }

  return receiver;
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

/** Forms always do, but for the JSON in their field `payload`. */
function holdsObject(body: Buffer, contentType: string | undefined): boolean {
  const text = body.toString('utf8');
  if (contentType?.startsWith('application/x-www-form-urlencoded') === true) {
    const payload = new URLSearchParams(text).get('payload');
    return payload === null || isObject(payload);
  }
  return isObject(text);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
