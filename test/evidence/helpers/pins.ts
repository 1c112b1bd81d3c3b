import { parseKey } from '../../../src/evidence/layout.ts';
import type { EvidenceStore } from '../../../src/ports/evidence.ts';

/** The store's own keys as pins, for tests of a bot that nobody tampered with: what it wrote is to be valid by its own key. */
export async function ownPins(store: EvidenceStore): Promise<{ pinnedKeyIds: string[] }> {
  const pinnedKeyIds: string[] = [];
  for await (const key of store.list('keys/')) {
    const parsed = parseKey(key);
    if (parsed.kind === 'key') pinnedKeyIds.push(parsed.keyId);
  }
  return { pinnedKeyIds };
}
