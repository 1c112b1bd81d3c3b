import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { TocsinError } from '../../domain/errors.ts';

/**
 * SHA-256 (lower-case hex) of a value's canonical JSON (RFC 8785), for `Touch.digest`.
 * @throws TocsinError `digest-value` for what JSON cannot hold, which canonical JSON would drop in silence
 */
export function digestOf(value: unknown): string {
  assertPlain(value, '$');
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}

function assertPlain(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) assertPlain(value[index], `${path}[${index}]`);
    return;
  }
  if (typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]') {
    for (const [key, member] of Object.entries(value)) assertPlain(member, `${path}.${key}`);
    return;
  }
  throw new TocsinError('digest-value', `${path} is ${typeof value}, which JSON cannot hold.`);
}
