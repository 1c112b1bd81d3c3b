import { SYSTEM_STREAM } from '../domain/streams.ts';
import { sha256 } from '../lib/hash.ts';
import type { Store } from '../ports/store.ts';

/** So many characters of the digest: enough to keep a company's installations apart. */
const LENGTH = 8;

/**
 * What tells this installation from others that use the same PagerDuty, status page or mail domain: ids of incidents begin at 1 in each of them. It
 * follows from the first record, so every replica has the same one, and a restored database too.
 */
export function installationOf(store: Pick<Store, 'records'>): () => Promise<string> {
  let known: string | null = null;
  return async () => {
    if (known !== null) return known;
    const [first] = await store.records(SYSTEM_STREAM, { from: 1, to: 1 });
    // The record of the signing key comes before anything else.
    if (first === undefined) throw new RangeError('There is no first record of this installation yet.');
    known = sha256(Buffer.from(first.event_id)).slice(0, LENGTH);
    return known;
  };
}
