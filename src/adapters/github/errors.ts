import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { NOT_SENT_CODES } from '../../lib/network.ts';
import { sayProxy } from '../../lib/outbound/proxy-error.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { sayMoment } from '../../lib/time.ts';
import { GitHubError } from '../../ports/github.ts';

/** What was asked, for the text of an error. */
export interface Asked {
  /** `read the runs of guardrail-drift.yml` */
  readonly what: string;
  readonly method: string;
  /** `/repos/{owner}/{repo}/actions/runs` */
  readonly route: string;
  readonly repository: string;
  /** Which variable holds the credentials. */
  readonly credentials: string;
}

/** An error of the client library, as far as it is used. Without `response` there was no answer. */
const requestError = z.object({
  status: z.number(),
  response: z
    .object({
      headers: z.record(z.string(), z.unknown()).default({}),
      data: z.unknown(),
    })
    .optional(),
});

const said = z.object({
  message: z.string().default(''),
  errors: z
    .array(z.union([z.string(), z.object({ message: z.string().optional(), field: z.string().optional(), code: z.string().optional() })]))
    .default([]),
});

/** Where GitHub does not say which permission a request needs. Routes by their beginning. */
const NEEDS: readonly (readonly [route: RegExp, permission: string])[] = [
  [/\/actions\/(organization-)?secrets/, 'secrets'],
  [/\/actions\//, 'actions'],
  [/\/check-runs/, 'checks'],
  [/\/commits\/\{ref\}\/status/, 'statuses'],
  [/\/protection/, 'administration'],
  [/\/pulls/, 'pull_requests'],
  [/\/issues/, 'issues'],
  [/^\/orgs\//, 'members'],
  [/\/(contents|git|branches|commits|compare|codeowners)/, 'contents'],
];

/** The port's error for whatever the client library has thrown. `aborted`: our own time for the request was over. */
export function errorFor(error: unknown, asked: Asked, aborted: boolean): GitHubError {
  if (error instanceof GitHubError) return error;
  const parsed = requestError.safeParse(error).data;
  if (parsed?.response === undefined) return unanswered(error, asked, aborted);
  const { status, response } = parsed;
  const { message, details } = spoken(response.data);
  const options = { status, cause: error };
  const limit = limitOf(status, message, response.headers);
  if (limit !== null) return new GitHubError('rate-limited', `GitHub takes no more requests for now (asked to ${asked.what}). ${limit}`, options);
  if (status === 401)
    return new GitHubError('denied', `GitHub does not accept the credentials (${oneLine(message)}). Renew ${asked.credentials}.`, options);
  if (status === 403 && isPermission(message, response.headers)) return new GitHubError('denied', denied(asked, response.headers, message), options);
  if (status === 404 || status === 410) {
    const advice = `It is not there, or ${asked.credentials} may not see ${asked.repository}.`;
    return new GitHubError('not-found', `GitHub cannot ${asked.what}: ${oneLine(details)}. ${advice}`, options);
  }
  if (status === 403 || status === 405 || status === 409 || status === 422)
    return new GitHubError('conflict', `GitHub refused to ${asked.what}: ${oneLine(details)}`, options);
  if (status >= 500 && isRead(asked))
    return new GitHubError('unreachable', `GitHub failed to ${asked.what} (${status}: ${oneLine(message)}).`, options);
  if (status >= 500)
    return new GitHubError(
      'uncertain',
      `GitHub failed while asked to ${asked.what} (${status}). It may or may not have been done: look first.`,
      options,
    );
  return new GitHubError('failed', `GitHub refused to ${asked.what} (${status}): ${oneLine(details)}`, options);
}

function unanswered(error: unknown, asked: Asked, aborted: boolean): GitHubError {
  const code = codeOf(error);
  const why = aborted ? 'no answer in time' : (sayProxy(error) ?? (code === '' ? 'the request failed' : code));
  const options = { cause: error };
  if (!isRead(asked) && !NOT_SENT_CODES.has(code))
    return new GitHubError(
      'uncertain',
      `GitHub gave no answer when asked to ${asked.what} (${why}). It may or may not have been done: look first.`,
      options,
    );
  const advice = NOT_SENT_CODES.has(code) ? ' Check GITHUB_API_URL and the way to it.' : '';
  return new GitHubError(aborted ? 'timeout' : 'unreachable', `GitHub cannot be reached to ${asked.what} (${why}).${advice}`, options);
}

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** When to come back, when the answer is one of a rate limit. */
function limitOf(status: number, message: string, headers: Readonly<Record<string, unknown>>): string | null {
  if (status !== 403 && status !== 429) return null;
  const after = retryAfterMs(headers['retry-after'], Number.POSITIVE_INFINITY);
  if (after !== null) return `Try again in ${Math.ceil(after / 1_000)} s.`;
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const reset = Number(headers['x-ratelimit-reset']) * 1000;
    return Number.isFinite(reset) && reset > 0 ? `The limit is renewed at ${sayMoment(reset)}.` : 'Try again in an hour.';
  }
  return status === 429 || /secondary rate/i.test(message) ? 'Try again in a few minutes.' : null;
}

/** GitHub answers 403 also for what the state of things does not allow, such as a run that is under way. */
function isPermission(message: string, headers: Readonly<Record<string, unknown>>): boolean {
  return (
    /not accessible|must have admin|refusing to allow|permission|not authorized|SAML|IP allow list/i.test(message) ||
    (message === '' && 'x-accepted-github-permissions' in headers)
  );
}

function denied(asked: Asked, headers: Readonly<Record<string, unknown>>, message: string): string {
  if (/SAML|IP allow list/i.test(message)) return `GitHub refused to ${asked.what}: ${oneLine(message)}`;
  const accepted = headers['x-accepted-github-permissions'];
  const needed = typeof accepted === 'string' && accepted !== '' ? accepted : `${needOf(asked.route)}=${isRead(asked) ? 'read' : 'write'}`;
  return (
    `${asked.credentials} may not ${asked.what} in ${asked.repository}: it lacks the repository permission ${sayNeeds(needed)}. ` +
    'Add it to the token or the GitHub App (and accept it for the installation): docs/how-to/connect-github.md.'
  );
}

/** `contents=write,workflows=write` as people say it. */
export function sayNeeds(needed: string): string {
  const one = (text: string): string => {
    const [name = '', access = ''] = text.trim().split('=');
    return `${name}: ${access}`;
  };
  return needed
    .split(';')
    .map((together) => together.split(',').map(one).join(' and '))
    .join(', or ');
}

function needOf(route: string): string {
  return NEEDS.find(([pattern]) => pattern.test(route))?.[1] ?? 'metadata';
}

/** GitHub's message, and the same with what it says of single fields. */
function spoken(data: unknown): { readonly message: string; readonly details: string } {
  const parsed = said.safeParse(data).data;
  if (parsed === undefined) return { message: '', details: 'no reason given' };
  const more = parsed.errors.map((one) => (typeof one === 'string' ? one : (one.message ?? `${one.field ?? 'a field'} is ${one.code ?? 'wrong'}`)));
  return { message: parsed.message, details: [parsed.message, ...more].filter((text) => text !== '').join(': ') || 'no reason given' };
}

function oneLine(text: string): string {
  return clamp(text.replace(/\s+/g, ' ').trim(), 400);
}

function codeOf(error: unknown): string {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : null) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if ('errors' in at && Array.isArray(at.errors)) return codeOf(at.errors[0]);
  }
  return '';
}
