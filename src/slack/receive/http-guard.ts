import { parse } from 'node:querystring';
import type { HTTPReceiver } from '@slack/bolt';
import { answering, refuse } from '../../lib/http-door.ts';

/** Where Slack delivers. */
export const SLACK_PATH = '/slack/events';
/** Slack's payloads are far smaller (bytes). */
const MAX_BODY = 1_000_000;
/** How far (s) ahead of this clock a signature's time may be; Bolt refuses what is as far behind. */
const MAX_AHEAD = 5 * 60;
/** The one form of it that Bolt knows. */
const FORM = 'application/x-www-form-urlencoded';

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
      const isForm = mediaType(request.headers['content-type']) === FORM;
      if (isForm) request.headers['content-type'] = FORM;
      if (body === null || !holdsObject(body, isForm)) {
        onRejected('malformed');
        return refuse(response, body === null ? 413 : 400, { connection: 'close' });
      }
      if (isAhead(request.headers['x-slack-request-timestamp'])) {
        onRejected('bad-signature');
        return refuse(response, 401);
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
function holdsObject(body: Buffer, isForm: boolean): boolean {
  const text = body.toString();
  if (!isForm) return isObject(text);
  const { payload } = parse(text);
  return typeof payload !== 'string' || isObject(payload);
}

/** `Application/X; charset=utf-8` is `application/x`. */
function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Bolt refuses only what is old: what was signed for a later time could be sent again until then. */
function isAhead(timestamp: string | readonly string[] | undefined): boolean {
  return Number(timestamp) > Math.floor(Date.now() / 1_000) + MAX_AHEAD;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
