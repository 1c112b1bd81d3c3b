import { ErrorCode, type WebAPIPlatformError, type WebAPIRateLimitedError } from '@slack/web-api';

/** What a failed Web API call means for whoever has to deliver something. */
export type SlackFailure =
  /** Slack said no, and will again: the error's code, e.g. `channel_not_found`. */
  | { readonly kind: 'refused'; readonly code: string; readonly needed: string | null }
  | { readonly kind: 'rate-limited'; readonly retryMs: number }
  /** No clear answer: it may have happened or not. */
  | { readonly kind: 'uncertain' };

/** Codes of Slack that are no verdict on the call itself (docs.slack.dev, each method's errors). */
const PASSING: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'rate_limited',
  'ratelimited',
]);

/** Sorts an error of WebClient into what to do about it. */
export function failureOf(error: unknown): SlackFailure {
  const code = codeOf(error);
  if (code === ErrorCode.RateLimitedError) return { kind: 'rate-limited', retryMs: (error as WebAPIRateLimitedError).retryAfter * 1_000 };
  if (code !== ErrorCode.PlatformError) return { kind: 'uncertain' };
  const { data } = error as WebAPIPlatformError;
  if (PASSING.has(data.error)) return { kind: 'uncertain' };
  const needed = 'needed' in data && typeof data.needed === 'string' ? data.needed : null;
  return { kind: 'refused', code: data.error, needed };
}

/** True when Slack refused with one of these codes: used where a refusal means that it is done already. */
export function isRefusal(error: unknown, ...codes: readonly string[]): boolean {
  const failure = failureOf(error);
  return failure.kind === 'refused' && codes.includes(failure.code);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
