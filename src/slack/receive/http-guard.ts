import { parse } from 'node:querystring';
import type { HTTPReceiver } from '@slack/bolt';
import { answering, refuse } from '../../lib/http-door.ts';

/** Where Slack delivers. */
export const SLACK_PATH = '/slack/events';
/** Slack's payloads are far smaller (bytes). */
const MAX_BODY = 1_000_000;

export interface GuardOptions {
  readonly onRejected: (reason: 'bad-signature' | 'malformed') => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Stands before Bolt's HTTP receiver and hands over nothing but POSTs of objects to Slack's path: of everything else Bolt throws, or takes
 * it for a payload and never answers. What is not signed by Slack, which Bolt answers with 401 and says nothing more of, is counted.
 */
export function guardReceiver(receiver: HTTPReceiver, { onRejected, onError }: GuardOptions): HTTPReceiver {
  const deliver = receiver.requestListener;
  receiver.requestListener = answering(
    ({ request, method, path, body }, response) => {
      if (path !== SLACK_PATH) return refuse(response, 404);
      if (method !== 'POST') return refuse(response, 405, { allow: 'POST' });
      if (body === null || !holdsObject(body, request.headers['content-type'])) {
        onRejected('malformed');
        return refuse(response, body === null ? 413 : 400, { connection: 'close' });
      }
      response.once('finish', () => {
        if (response.statusCode === 401) onRejected('bad-signature');
      });
      // Bolt takes the body from here when something before it has read it.
      deliver(Object.assign(request, { rawBody: body }), response);
    },
    { maxBody: MAX_BODY, onError },
  );
  return receiver;
}

/** Forms always do, but for the JSON in their field `payload`. Read as Bolt reads it: where both differ, something gets through. */
function holdsObject(body: Buffer, contentType: string | undefined): boolean {
  const text = body.toString();
  if (contentType !== 'application/x-www-form-urlencoded') return isObject(text);
  const { payload } = parse(text);
  return typeof payload !== 'string' || isObject(payload);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
