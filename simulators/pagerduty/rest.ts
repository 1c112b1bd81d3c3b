import type { IncomingMessage } from 'node:http';

export interface RestAnswer {
  readonly status: number;
  readonly body: object;
}

/** A key of the REST API. `reads`: what it may read; `hidesKeys`: it is not shown the keys of integrations. */
export interface ApiKey {
  readonly key: string;
  readonly hidesKeys?: boolean;
  readonly reads: readonly ('schedules' | 'users' | 'services' | 'oncalls')[];
}

const VERSION = 'application/vnd.pagerduty+json;version=2';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** Codes and words of errors of the REST API v2. */
const SAID: Readonly<Record<number, readonly [code: number, message: string]>> = {
  400: [2_001, 'Invalid Input Provided'],
  401: [2_006, 'Unauthorized'],
  403: [2_010, 'Access Denied'],
  404: [2_100, 'Not Found'],
  405: [2_100, 'Method Not Allowed'],
  406: [2_101, 'Not Acceptable'],
  429: [2_020, 'Rate Limit Exceeded'],
};

/** What is said of a request that is not answered. */
export function refused(status: number): RestAnswer {
  const [code, message] = SAID[status] ?? [2_000, 'Internal Server Error'];
  return { status, body: { error: { code, message, errors: [message] } } };
}

/** Why a request is not looked at: another method, no key, another version of the API, or what the key may not read; `null` when it is. */
export function unheard({ method, headers }: IncomingMessage, keys: readonly ApiKey[], reads: ApiKey['reads'][number]): RestAnswer | null {
  if (method !== 'GET') return refused(405);
  const key = keys.find((one) => headers.authorization === `Token token=${one.key}`);
  if (key === undefined) return refused(401);
  if (headers.accept !== VERSION) return refused(406);
  return key.reads.includes(reads) ? null : refused(403);
}

/** A time of the query, ms; `null` for what is none. */
export function timeOf(text: string): number | null {
  return DATE.test(text) ? Date.parse(text) : null;
}

/** How the API names a thing in another: `escalation_policy`, `PT20YPA`. */
export function reference(kind: string, { id, name }: { readonly id: string; readonly name: string }): object {
  const plural = kind === 'escalation_policy' ? 'escalation_policies' : `${kind}s`;
  const path = `${plural}/${id}`;
  return {
    id,
    type: `${kind}_reference`,
    summary: name,
    self: `https://api.pagerduty.com/${path}`,
    html_url: `https://subdomain.pagerduty.com/${path}`,
  };
}
