import { EvidenceStoreError } from '../../ports/evidence.ts';

/** The one object that may be replaced: it lies outside the chain (docs/how-to/store-evidence-in-s3.md#names-of-people). */
const REPLACEABLE = 'people.json';

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Refuses keys that could leave the store or hide in it: absolute, empty or dotted segments, anything beyond plain ASCII names. */
export function assertKey(key: string): void {
  if (key.length <= 512 && key.split('/').every((segment) => SEGMENT.test(segment))) return;
  throw new EvidenceStoreError('invalid', `${JSON.stringify(key)} is no key of the evidence store.`);
}

/** Like assertKey, for the beginning of keys: `` and `incidents/` are fine as well. */
export function assertPrefix(prefix: string): void {
  if (prefix === '') return;
  assertKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}

/** Refuses to replace anything that is written once. */
export function assertReplaceable(key: string): void {
  if (key === REPLACEABLE) return;
  throw new EvidenceStoreError('invalid', `${JSON.stringify(key)} is written once and never replaced.`);
}
