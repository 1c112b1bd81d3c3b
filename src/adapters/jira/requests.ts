import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { ClusterError, type HttpResponse } from '../../ports/cluster.ts';
import { TrackerError } from '../../ports/tracker.ts';
import { requestHttp } from '../http/request.ts';

/** How long (ms) Jira may take to answer. */
const PATIENCE = 20_000;
/** How long (ms) it is left alone where it does not say how long, and at most. */
const USUAL_WAIT = 60_000;
const LONGEST_WAIT = 3_600_000;

export interface JiraAccess {
  /** `https://example.atlassian.net` */
  readonly url: string;
  readonly email: string;
  readonly token: string;
  /** The variable that has the token. */
  readonly variable: string;
  readonly patience?: number;
}

export interface JiraRequests {
  /** One request, its answer understood. @throws TrackerError, JiraRefusal */
  ask<T>(what: string, method: 'GET' | 'POST', path: string, schema: z.ZodType<T>, body?: object): Promise<T>;
}

/** Jira understood a request and refuses it. `fields`: which ones it names, with what is wrong. */
export class JiraRefusal extends TrackerError {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: Readonly<Record<string, string>>) {
    super(status === 404 ? 'gone' : 'refused', message);
    this.name = 'JiraRefusal';
    this.status = status;
    this.fields = fields;
  }
}

/** What Jira says of a request that it does not carry out. */
const refusal = z.object({
  errorMessages: z.array(z.string()).catch([]),
  errors: z.record(z.string(), z.string()).catch({}),
  message: z.string().catch(''),
});

/** Requests to Jira Cloud’s REST API, version 3, as one account. */
export function jiraRequests({ url, email, token, variable, patience = PATIENCE }: JiraAccess): JiraRequests {
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;

  return {
    async ask(what, method, path, schema, body) {
      const answer = await send(method, path, body);
      const { status } = answer;
      if (status < 200 || status > 299) throw errorOf(answer, what);
      const parsed = schema.safeParse(jsonOf(answer.body));
      if (parsed.success) return parsed.data;
      // What was written may be there all the same.
      throw new TrackerError(method === 'GET' ? 'odd' : 'unsure', `Jira gave an answer that its API does not have when asked to ${what}`);
    },
  };

  async function send(method: string, path: string, body: object | undefined): Promise<HttpResponse> {
    const headers = { authorization, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const request = { method, path: `/rest/api/3${path}`, headers, timeoutMs: patience };
    try {
      return await requestHttp(url, body === undefined ? request : { ...request, body: JSON.stringify(body) });
    } catch (cause) {
      if (!(cause instanceof ClusterError)) throw cause;
      if (cause.reason === 'uncertain') throw new TrackerError('unsure', 'the answer of Jira was lost', { cause });
      throw new TrackerError('away', `Jira cannot be reached: ${cause.message.replace(/\.$/, '')}`, { cause });
    }
  }

  function errorOf({ status, headers, body }: HttpResponse, what: string): TrackerError {
    const { errorMessages, errors, message } = refusal.catch({ errorMessages: [], errors: {}, message: '' }).parse(jsonOf(body));
    const said = oneLine(
      [...errorMessages, ...Object.entries(errors).map(([field, text]) => `${field}: ${text}`), message].filter(Boolean).join('; '),
    );
    const because = said === '' ? '' : `: ${said}`;
    if (status === 401)
      return new TrackerError('refused', `Jira does not accept the login of ${email}. Set ${variable} to an API token of this account`);
    if (status === 403)
      return new JiraRefusal(403, `${email} may not ${what} in Jira${because}. Give the account the permission in the project`, errors);
    if (status === 404) return new JiraRefusal(404, `Jira cannot ${what}${because}`, errors);
    if (status === 429) return new TrackerError('busy', 'Jira takes no more requests now (429)', { retryAfterMs: waitOf(headers) });
    if (status >= 500) return new TrackerError('unsure', `Jira failed to ${what} (${status})`, { retryAfterMs: waitOf(headers) });
    return new JiraRefusal(status, `Jira refuses to ${what} (${status}${because})`, errors);
  }
}

function waitOf(headers: HttpResponse['headers']): number {
  return retryAfterMs(headers['retry-after'], LONGEST_WAIT) || USUAL_WAIT;
}

function oneLine(text: string): string {
  return clamp(text.replaceAll(/\s+/g, ' ').replace(/\.$/, '').trim(), 300);
}

/** A transition is answered without a body. */
function jsonOf(body: string): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
