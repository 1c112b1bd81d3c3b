import { ErrorCode, type WebAPIPlatformError, type WebAPIRateLimitedError } from '@slack/web-api';

/** What a failed Web API call means for whoever has to deliver something. */
export type SlackFailure =
  /** Slack said no, and will again: the error's code, e.g. `channel_not_found`. */
  | { readonly kind: 'refused'; readonly code: string; readonly needed: string | null }
  | { readonly kind: 'rate-limited'; readonly retryMs: number }
  /**
   * No verdict on the call: it may have happened or not, and another try may well work. `link` says what is wrong with the connection as
   * a whole, when that is what failed: `token_revoked`, or `not-slack` for an answer that is not Slack's.
   */
  | { readonly kind: 'uncertain'; readonly link: string | null };

/** Codes of Slack that are no verdict on the call itself (docs.slack.dev, each method's errors). */
const PASSING: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'rate_limited',
  'ratelimited',
  'message_limit_exceeded',
  'external_channel_migrating',
  'streaming_state_conflict',
  'update_failed',
  'fetch_members_failed',
  'list_record_comment_fetch_failed',
]);

/** Codes about the token or the workspace as a whole: whoever runs Tocsin has to do something, and then every call works again. */
const LINK: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'app_access_restricted',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'org_login_required',
  'team_access_not_granted',
  'team_disabled',
  'two_factor_setup_required',
]);

/** What Slack's codes look like. A proxy's page and an answer without a code are none, and say nothing about the call. */
const CODE = /^[a-z][a-z0-9_]{1,79}$/;

/** Sorts an error of WebClient into what to do about it. */
export function failureOf(error: unknown): SlackFailure {
  const code = codeOf(error);
  if (code === ErrorCode.RateLimitedError) return { kind: 'rate-limited', retryMs: (error as WebAPIRateLimitedError).retryAfter * 1_000 };
  if (code !== ErrorCode.PlatformError) return { kind: 'uncertain', link: null };
  const { data } = error as WebAPIPlatformError;
  const said: unknown = data.error;
  if (typeof said !== 'string' || !CODE.test(said)) return { kind: 'uncertain', link: 'not-slack' };
  if (LINK.has(said)) return { kind: 'uncertain', link: said };
  if (PASSING.has(said)) return { kind: 'uncertain', link: null };
  const needed = 'needed' in data && typeof data.needed === 'string' ? data.needed : null;
  return { kind: 'refused', code: said, needed };
}

/** True when Slack refused with one of these codes: used where a refusal means that it is done already. */
export function isRefusal(error: unknown, ...codes: readonly string[]): boolean {
  const failure = failureOf(error);
  return failure.kind === 'refused' && codes.includes(failure.code);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
