/** What `Retry-After` of an HTTP answer asks for, ms, at most `most`; `null` where there is none, or one that is no number of seconds. */
export function retryAfterMs(header: unknown, most: number): number | null {
  if (typeof header !== 'string' && typeof header !== 'number') return null;
  const seconds = header === '' ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, most) : null;
}
