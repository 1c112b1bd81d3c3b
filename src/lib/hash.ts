import { hash } from 'node:crypto';

/** SHA-256 of exactly these bytes, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
