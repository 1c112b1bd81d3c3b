import { z } from 'zod';

/** `sha256:` and 64 hexadecimal digits, as the Rollback's schema has it. */
export const CAPSULE_HASH = /^sha256:[a-f0-9]{64}$/;
/** 64 hexadecimal digits, as the Rollback's schema has it. */
export const RELEASE_HASH = /^[a-f0-9]{64}$/;

/** One text, or several; an expression that is not known yet stands as one. */
export const textsField = z.union([z.string(), z.array(z.string())]).transform((one) => (typeof one === 'string' ? [one] : one));

/** `3f3f3f3f3f3f` of a hash: enough for people to know it by. */
export function shortHash(hash: string): string {
  return hash.replace(/^sha256:/, '').slice(0, 12);
}
