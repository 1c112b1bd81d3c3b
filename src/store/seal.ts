import { createHmac, createSecretKey, hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';
import { TocsinError } from '../domain/errors.ts';

/** What is sealed. The names are part of every MAC that is stored: never rename one. */
export type Sealed = 'record' | 'head' | 'run' | 'step' | 'signal' | 'inbox' | 'told' | 'rota-list';

/**
 * Vouches for what the database holds by a key that it does not hold: what somebody wrote who has the database alone is not believed
 * (docs/explanation/security.md#what-each-power-can-do).
 */
export interface Seal {
  /** The MAC of one thing: what it is, and all that identifies it and that it says, in a fixed order. */
  mac(kind: Sealed, parts: readonly (string | number)[]): string;
  /** Whether that is the thing's MAC. */
  fits(kind: Sealed, parts: readonly (string | number)[], mac: string | null): boolean;
  /** Throws TocsinError `database-altered` unless it is, and tells whoever listens. `stream` is what the alarm names. */
  check(kind: Sealed, stream: string, parts: readonly (string | number)[], mac: string | null): void;
  /** Tells whoever listens, and returns the error to throw. */
  wrong(stream: string, what: string): TocsinError;
  /** Calls back for each thing that is found altered. */
  onWrong(listener: (stream: string, error: TocsinError) => void): void;
}

/** A seal by a key of 32 bytes. Without one it is good for as long as the process lives: for what nobody opens again. */
export function createSeal(key: Uint8Array = randomBytes(32)): Seal {
  // Prepared once: preparing it takes ten times as long as the MAC of a short text.
  const secret = createSecretKey(key);
  const listeners: ((stream: string, error: TocsinError) => void)[] = [];

  function mac(kind: Sealed, parts: readonly (string | number)[]): string {
    const hmac = createHmac('sha256', secret);
    // With its length before each part, so that no two lists of parts read the same.
    for (const part of [kind, ...parts.map(String)]) hmac.update(`${Buffer.byteLength(part)}:${part}`);
    return hmac.digest('hex');
  }

  function fits(kind: Sealed, parts: readonly (string | number)[], given: string | null): boolean {
    if (given === null || !/^[0-9a-f]{64}$/.test(given)) return false;
    return timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(mac(kind, parts), 'hex'));
  }

  function wrong(stream: string, what: string): TocsinError {
    const error = new TocsinError(
      'database-altered',
      `${what} in the database was not written by Tocsin with this signing key. Nothing of ${stream} is signed or applied. Stop the bot, keep a copy of the database, and follow docs/how-to/restore.md.`,
    );
    for (const listener of listeners) listener(stream, error);
    return error;
  }

  return {
    mac,
    fits,
    wrong,
    check(kind, stream, parts, given) {
      if (!fits(kind, parts, given)) throw wrong(stream, `The ${kind} ${parts.slice(0, 2).join(' ')}`.slice(0, 200));
    },
    onWrong(listener) {
      listeners.push(listener);
    },
  };
}

/** What a record's MAC is over. The hash is that of its bytes, which name the stream, the number and the record before. */
export function recordParts(stream: string, seq: number, hash: string): readonly (string | number)[] {
  return [stream, seq, hash];
}

/** What a head's MAC is over. `state` is the text as it is stored. */
export function headParts(stream: string, seq: number, hash: string, state: string | null): readonly (string | number)[] {
  return [stream, seq, hash, state === null ? 'none' : `state:${digest('sha256', state, 'hex')}`];
}
