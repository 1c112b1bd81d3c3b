import type { Json } from '../domain/record.ts';
import type { FileCipher } from '../evidence/cipher.ts';
import type { Store } from '../ports/store.ts';
import type { NewEntry } from '../store/inbox.ts';

type Keep = (entry: NewEntry) => Promise<boolean>;

/**
 * Stores payloads encrypted: they are kept as they came, since they are worked on later, and hold what people typed and the addresses
 * that Slack takes answers at. Encrypted and not redacted: what a person typed is judged when it becomes a record, and the ack waits.
 */
export function keepEncrypted(keep: Keep, cipher: FileCipher): Keep {
  return (entry) => keep({ ...entry, payload: { sealed: Buffer.from(cipher.seal(Buffer.from(JSON.stringify(entry.payload)))).toString('base64') } });
}

/** The store with the inbox's payloads readable. @throws TocsinError `snapshot-unreadable` for what another key encrypted */
export function readEncrypted(store: Store, cipher: FileCipher): Store {
  return {
    ...store,
    async inbox(id) {
      const entry = await store.inbox(id);
      return entry === null ? null : { ...entry, payload: opened(entry.payload, cipher) };
    },
  };
}

/** What an older version stored is as it came. */
function opened(payload: Json, cipher: FileCipher): Json {
  const sealed = payload === null || typeof payload !== 'object' ? undefined : (payload as { readonly sealed?: Json }).sealed;
  if (typeof sealed !== 'string') return payload;
  return JSON.parse(Buffer.from(cipher.open(Buffer.from(sealed, 'base64'))).toString('utf8')) as Json;
}
