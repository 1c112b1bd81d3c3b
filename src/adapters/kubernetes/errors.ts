import { clamp } from '../../lib/clamp.ts';
import { ClusterError } from '../../ports/cluster.ts';

/** What was asked, for the text of an error. */
export interface Asked {
  /** As RBAC names it: get, list, watch, create, patch, delete. */
  readonly verb: string;
  /** `deployments.apps`, `pods/exec`, or a path. */
  readonly resource: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  /** May be repeated without harm: reads, reviews, dry runs. */
  readonly repeatable: boolean;
}

/** What the API server says of a failure (a `Status` object); empty texts when it said something else. */
export interface StatusObject {
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
  readonly fields: readonly string[];
}

/** The `Status` in an answer, or `null` when it is none. */
export function statusOf(body: string): StatusObject | null {
  if (!body.includes('"Status"')) return null;
  try {
    const parsed: unknown = JSON.parse(body);
    return isStatus(parsed) ? readStatus(parsed) : null;
  } catch {
    return null;
  }
}

function isStatus(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status' && 'apiVersion' in value && value.apiVersion === 'v1'
  );
}

export function readStatus(status: Record<string, unknown>): StatusObject {
  const details = typeof status['details'] === 'object' && status['details'] !== null ? (status['details'] as Record<string, unknown>) : {};
  const causes = Array.isArray(details['causes']) ? (details['causes'] as unknown[]) : [];
  return {
    reason: typeof status['reason'] === 'string' ? status['reason'] : '',
    message: typeof status['message'] === 'string' ? status['message'] : '',
    retryAfterSeconds: typeof details['retryAfterSeconds'] === 'number' ? details['retryAfterSeconds'] : null,
    fields: causes.flatMap((cause) =>
      typeof cause === 'object' && cause !== null && 'field' in cause && typeof cause.field === 'string' ? [cause.field] : [],
    ),
  };
}

/** The code of an error of Node (ECONNREFUSED, ENOENT): it says enough and quotes nothing. */
export function codeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The error for an answer that is none of success. `user` is the kubeconfig's name for us; the API server's own is better where it says it. */
export function answerError(status: number, body: string, asked: Asked, user: string): ClusterError {
  const said = statusOf(body);
  const message = spoken(said, body, asked);
  const what = describe(asked);
  if (status === 401)
    return new ClusterError('unauthorized', `The cluster does not accept the credentials of user ${user}. Renew them in the kubeconfig.`, { status });
  const refusal = said === null || status < 400 || status >= 500 ? null : admissionRefusal(said.message, asked);
  if (refusal !== null) return new ClusterError(status === 403 ? 'forbidden' : 'invalid', refusal, { status });
  if (status === 403) return new ClusterError('forbidden', forbidden(said?.message ?? '', asked, user), { status });
  if (status === 404) return new ClusterError('not-found', `Cannot ${what}: ${message}`, { status });
  if (status === 409 && said?.reason === 'AlreadyExists') return new ClusterError('exists', `Cannot ${what}: it already exists.`, { status });
  if (status === 409) return new ClusterError('conflict', `Cannot ${what}: ${message}`, { status });
  if (status === 429)
    return new ClusterError('throttled', `Cannot ${what} now: the cluster asks to slow down (${message}). Try again in a minute.`, { status });
  if (status >= 500 && !asked.repeatable && said?.retryAfterSeconds == null) {
    return new ClusterError(
      'uncertain',
      `The cluster failed while asked to ${what} (${status}: ${message}). It may or may not have been done: look first.`,
      { status },
    );
  }
  if (status === 504) return new ClusterError('timeout', `The cluster took too long to ${what}: ${message}`, { status });
  if (status >= 500) return new ClusterError('unreachable', `The cluster failed to ${what} (${status}: ${message}).`, { status });
  return new ClusterError('invalid', `The cluster refused to ${what}: ${message}`, { status });
}

/** `patch deployments.apps/aureus-frontend in namespace aureus`, `get pods/log of aureus-frontend-1 in namespace aureus` */
export function describe(asked: Asked): string {
  const name = asked.name === undefined ? '' : `${asked.resource.includes('/') ? ' of ' : '/'}${asked.name}`;
  return `${asked.verb} ${asked.resource}${name}${asked.namespace === undefined ? '' : ` in namespace ${asked.namespace}`}`;
}

/** The server's own words, cut; of a Secret only which fields it named, as a validation error quotes the value. */
function spoken(said: StatusObject | null, body: string, asked: Asked): string {
  if (asked.resource === 'secrets' || asked.resource.startsWith('secrets/')) {
    return said === null ? 'no reason given' : `${said.reason || 'refused'}${said.fields.length === 0 ? '' : ` (${said.fields.join(', ')})`}`;
  }
  const text = said === null ? body.trim() : said.message;
  return text === '' ? 'no reason given' : clamp(text, 600);
}

/** What a policy or a webhook of the cluster says against it, in its own words; `null` when none has refused. */
function admissionRefusal(message: string, asked: Asked): string | null {
  const [, policy, itsWords] = /ValidatingAdmissionPolicy '([^']{1,253})' with binding '[^']{1,253}' denied request: (.*)$/s.exec(message) ?? [];
  const [, webhook, theirWords] = /admission webhook "([^"]{1,253})" denied the request: (.*)$/s.exec(message) ?? [];
  const who = policy === undefined ? webhook : policy;
  if (who === undefined || asked.resource === 'secrets') return null;
  const words = clamp((itsWords ?? theirWords ?? '').trim(), 600).replace(/\.$/, '');
  const kind = policy === undefined ? 'webhook' : 'policy';
  return `The ${kind} ${who} of the cluster refuses to ${describe(asked)}: ${words}. Whoever keeps the cluster’s policies has to allow it.`;
}

/** Which right is missing. Admission (quota, pod security) also answers 403, in its own words. */
function forbidden(message: string, asked: Asked, user: string): string {
  const named = /User "([^"]{1,300})" cannot (\w+) (?:resource|path)/.exec(message);
  if (message !== '' && named === null) return `The cluster refused to ${describe(asked)}: ${clamp(message, 600)}`;
  const who = named?.[1] ?? user;
  const verb = named?.[2] ?? asked.verb;
  return `User ${who} may not ${describe({ ...asked, verb })}. Add ${verb} on ${asked.resource} to the bot's role${asked.namespace === undefined ? '' : ` in namespace ${asked.namespace}`}.`;
}
