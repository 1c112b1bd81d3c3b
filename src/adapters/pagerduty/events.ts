import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { toIso } from '../../lib/time.ts';
import { ClusterError, type HttpResponse } from '../../ports/cluster.ts';
import { type PagerDuty, PagerDutyError, type PagerDutyEvent } from '../../ports/pagerduty.ts';
import { requestHttp } from '../http/request.ts';

/** How long (ms) PagerDuty may take to answer. */
const PATIENCE = 15_000;
/** How long (ms) it is left alone at most, whatever it asks for. */
const LONGEST_WAIT = 3_600_000;

/** More characters of a summary are refused (developer.pagerduty.com/docs/events-api-v2-overview). */
const MAX_SUMMARY = 1_024;

/** What PagerDuty says of an event that it does not take. */
const refusal = z.object({ message: z.string().catch(''), errors: z.array(z.string()).catch([]) });

/** PagerDuty’s Events API v2 at `address`. `patience`: how long (ms) it may take to answer. */
export function pagerDutyEvents(address: string, patience: number = PATIENCE): PagerDuty {
  async function ask(request: { readonly method: string; readonly path: string; readonly body?: string }): Promise<HttpResponse> {
    try {
      return await requestHttp(address, { ...request, headers: { 'content-type': 'application/json' }, timeoutMs: patience });
    } catch (cause) {
      if (!(cause instanceof ClusterError)) throw cause;
      const reason = cause.reason === 'uncertain' ? 'unsure' : 'away';
      throw new PagerDutyError(
        reason,
        reason === 'unsure' ? 'PagerDuty did not answer' : `PagerDuty cannot be reached (${cause.message.replace(/\.$/, '')})`,
        {
          cause,
        },
      );
    }
  }

  async function send(key: string, event: PagerDutyEvent): Promise<void> {
    const answer = await ask({ method: 'POST', path: '/v2/enqueue', body: JSON.stringify(bodyOf(key, event)) });
    if (answer.status !== 202) throw errorOf(answer);
  }

  return {
    send,
    // It resolves what was never triggered: the key is looked at, and the event is thrown away.
    tryKey: (key) => send(key, { action: 'resolve', key: `tocsin-try-${randomUUID()}`, page: null }),
    async reach() {
      // Whatever it says: what is asked is not there.
      const { status } = await ask({ method: 'GET', path: '/v2/enqueue' });
      if (status >= 500) throw new PagerDutyError('away', `PagerDuty answers with ${status}`);
    },
  };
}

function bodyOf(key: string, { action, key: dedup, page }: PagerDutyEvent): object {
  const event = { routing_key: key, event_action: action, dedup_key: dedup };
  if (page === null) return event;
  const { summary, severity, source, component, group, class: type, details, links, at, room } = page;
  return {
    ...event,
    client: 'Tocsin',
    ...(room === null ? {} : { client_url: room }),
    links,
    payload: {
      summary: clamp(summary, MAX_SUMMARY),
      severity,
      source,
      timestamp: toIso(at),
      ...(component === null ? {} : { component }),
      group,
      ...(type === null ? {} : { class: type }),
      custom_details: details,
    },
  };
}

function errorOf({ status, headers, body }: HttpResponse): PagerDutyError {
  const wait = { retryAfterMs: retryAfterMs(headers['retry-after'], LONGEST_WAIT) || null };
  if (status === 429) return new PagerDutyError('busy', 'PagerDuty takes no more events now (429)', wait);
  if (status >= 500) return new PagerDutyError('away', `PagerDuty answers with ${status}`, wait);
  const { message, errors } = refusal.catch({ message: '', errors: [] }).parse(jsonOf(body));
  const said = clamp(
    (errors.length > 0 ? errors.join('; ') : message)
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .replace(/\.$/, '')
      .trim(),
    200,
  );
  return new PagerDutyError('refused', `PagerDuty refuses the event (${status}${said === '' ? '' : `: ${said}`})`);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
