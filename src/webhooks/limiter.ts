export interface LimiterOptions {
  /** Requests at once. */
  readonly burst: number;
  /** Requests a second in the long run. */
  readonly perSecond: number;
  /** ms of this machine. */
  readonly now?: () => number;
}

/** Senders that are remembered; the oldest is forgotten, which is to its good. */
const MAX_SENDERS = 10_000;

/** A token bucket a sender. Returns 0 when the request may pass, or the seconds until it may. */
export function limiter({ burst, perSecond, now = Date.now }: LimiterOptions): (sender: string) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (sender) => {
    const at = now();
    const bucket = buckets.get(sender) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1_000) * perSecond);
    buckets.delete(sender);
    buckets.set(sender, { tokens: Math.max(0, tokens - (tokens >= 1 ? 1 : 0)), at });
    if (buckets.size > MAX_SENDERS) buckets.delete(buckets.keys().next().value ?? '');
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perSecond);
  };
}
