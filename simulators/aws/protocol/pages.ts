import { ApiError } from './error.ts';

/** One page of a list, and the token of the next one. Tokens are opaque to callers: the offset, in base64. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
  invalid: () => ApiError = () => new ApiError(400, 'ValidationException', 'The provided nextToken is invalid.'),
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const from = token === undefined ? 0 : offsetOf(token, invalid);
  const next = from + size < all.length ? Buffer.from(`page:${from + size}`).toString('base64url') : undefined;
  return { items: all.slice(from, from + size), next };
}

function offsetOf(token: string, invalid: () => ApiError): number {
  const [, offset] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? [];
  if (offset === undefined) throw invalid();
  return Number(offset);
}
