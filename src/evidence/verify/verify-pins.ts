import { LOG_STREAM, SYSTEM_STREAM } from '../../domain/streams.ts';
import type { Anchor } from '../log.ts';
import type { Finding } from './report.ts';
import { keyOfSigned, knownBy, type Signed } from './signed.ts';
import type { KeyHistory } from './verify-keys.ts';
import type { LogReader } from './verify-log.ts';
import { largest, type StreamResult } from './verify-stream.ts';

/**
 * What the auditor's own facts vouch for. A key that was named is one of theirs (any other is an alteration, found elsewhere). Without one, an
 * anchor vouches for the keys that had been introduced by then, and for the one that signed it; `null`: neither was given.
 */
export function vouchedKeys(
  pinned: ReadonlySet<string> | null,
  anchor: Anchor | null,
  log: StreamResult | null,
  reader: LogReader,
  history: KeyHistory,
): ReadonlySet<string> | null {
  if (pinned !== null) return pinned;
  if (anchor === null) return null;
  const published = log?.checkpoints.withDigest(anchor.sha256) ?? null;
  if (published === null) return new Set();
  const seen = reader.heads.of(SYSTEM_STREAM).filter(({ logSeq }) => logSeq <= published.size);
  return new Set([published.key_id, ...history.introducedBy(largest(seen.map(({ size }) => size)))]);
}

/** Never valid on the store's own word: whoever can rewrite it all can also sign it all, with a key of their own. */
export function checkPinned(signed: Iterable<Signed>, vouched: ReadonlySet<string> | null): Finding[] {
  if (vouched === null) {
    const says = 'No key and no anchor was given, so nothing shows that this is the store you mean and not a forged one. Use --key or --anchor.';
    return [unpinned(LOG_STREAM, null, says)];
  }
  const strangers = new Map<string, Signed>();
  for (const one of signed) if (!vouched.has(one.keyId)) strangers.set(one.keyId, one);
  return [...strangers.values()].map((one) => {
    const key = keyOfSigned(one);
    const says = `Key ${one.keyId} signed ${key}; neither --key names it nor had it been introduced when the anchor was published.`;
    return unpinned(knownBy(one), key, says);
  });
}

function unpinned(stream: string, key: string | null, says: string): Finding {
  return { severity: 'unpinned', code: 'unpinned', stream, seq: null, key, says };
}
