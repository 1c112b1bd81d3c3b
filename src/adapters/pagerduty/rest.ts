import type { z } from 'zod';
import { ClusterError, type HttpResponse } from '../../ports/cluster.ts';
import { PagerDutyReadError } from '../../ports/pagerduty.ts';
import { requestHttp } from '../http/request.ts';

/** How long (ms) PagerDuty may take to answer. */
const PATIENCE = 15_000;

export interface RestOptions {
  /** `https://api.pagerduty.com`, or that of its European region. */
  readonly address: string;
  /** A key of its REST API; `null` while the variable is not set. */
  readonly key: string | null;
  /** The variable that the key is in. */
  readonly variable: string;
  /** How long (ms) PagerDuty may take to answer. */
  readonly patience?: number;
}

/** One question. `forbidden` and `missing`: what is said where the key may not read it (403), and where there is no such thing (404), with what to do. */
export interface RestQuestion<T> {
  /** The path, and the query as it is sent. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly answer: z.ZodType<T>;
  readonly forbidden: readonly [says: string, advice: string];
  readonly missing: readonly [says: string, advice: string];
}

/** Reads something by PagerDuty’s REST API v2 (developer.pagerduty.com/api-reference). @throws PagerDutyReadError */
export async function readRest<T>({ address, key, variable, patience = PATIENCE }: RestOptions, question: RestQuestion<T>): Promise<T> {
  if (key === null) throw new PagerDutyReadError('key', `${variable} is not set`, 'Set it to a read-only API access key of PagerDuty’s REST API.');
  const headers = { authorization: `Token token=${key}`, accept: 'application/vnd.pagerduty+json;version=2' };
  const query = new URLSearchParams(question.query.map(([name, value]): [string, string] => [name, value])).toString();
  let answer: HttpResponse;
  try {
    answer = await requestHttp(address, {
      method: 'GET',
      path: `${question.path}${query === '' ? '' : `?${query}`}`,
      headers,
      timeoutMs: patience,
    });
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    throw new PagerDutyReadError('passing', `PagerDuty cannot be asked (${cause.message.replace(/\.$/, '')})`, 'It is tried again.', { cause });
  }
  if (answer.status !== 200) throw refusalOf(answer.status, variable, question);
  const parsed = question.answer.safeParse(jsonOf(answer.body));
  if (parsed.success) return parsed.data;
  throw oddAnswer(parsed.error);
}

/** What is said of an answer that PagerDuty’s API does not describe. */
export function oddAnswer(cause?: unknown): PagerDutyReadError {
  const says = 'PagerDuty gave an answer that its API does not have';
  return new PagerDutyReadError('odd', says, 'Correct PAGERDUTY_API_URL, or report it.', { cause });
}

function refusalOf(
  status: number,
  variable: string,
  { forbidden, missing }: Pick<RestQuestion<unknown>, 'forbidden' | 'missing'>,
): PagerDutyReadError {
  switch (status) {
    case 401:
      return new PagerDutyReadError(
        'key',
        'PagerDuty does not accept the key',
        `Correct ${variable}: a key of the REST API, not an integration key. In the European region also set PAGERDUTY_API_URL to https://api.eu.pagerduty.com.`,
      );
    case 403:
      return new PagerDutyReadError('forbidden', ...forbidden);
    case 404:
      return new PagerDutyReadError('missing', ...missing);
    case 429:
      return new PagerDutyReadError('passing', 'PagerDuty answers no more questions now (429)', 'It is tried again.');
    default:
      return status >= 500
        ? new PagerDutyReadError('passing', `PagerDuty answers ${status}`, 'It is tried again.')
        : new PagerDutyReadError('odd', `PagerDuty answers ${status}`, 'Report it.');
  }
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
