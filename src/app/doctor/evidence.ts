import type { BucketInspection } from '../../adapters/evidence/s3.ts';
import { type Config, keyFileOf } from '../../config/load.ts';
import { readFileSigner } from '../../evidence/keys.ts';
import { plural } from '../../lib/plural.ts';
import { inspectEvidence, OVERWRITES, openEvidenceStore } from '../evidence-store.ts';
import { openSigningKey } from '../signing-key.ts';
import { bad, type Check, good, look, warning } from './check.ts';

/** The evidence store (versioning, Object Lock and conditional writes of a bucket) and the signing key. */
export async function checkEvidence(config: Config): Promise<readonly Check[]> {
  return [
    ...(await look('Evidence store', 'Check `evidence` in tocsin.yml and the rights on it: docs/how-to/store-evidence-in-s3.md', () =>
      checkStore(config),
    )),
    ...(await checkKey(config)),
  ];
}

async function checkStore(config: Config): Promise<readonly Check[]> {
  const found = await inspectEvidence(config);
  if (found.kind === 'directory') return [good('Evidence store', `directory ${found.location}: can be written once and read back`)];
  return [good('Evidence store', found.location), conditionalWrites(found), versioning(found), objectLock(found)];
}

function conditionalWrites({ conditionalWrites: writes }: BucketInspection): Check {
  if (writes === 'honoured') return good('Conditional writes', 'a second write of the same key is refused');
  return bad('Conditional writes', `the store ${OVERWRITES}`, 'Use a store that honours If-None-Match: * (Amazon S3 does).');
}

function versioning({ versioning: state }: BucketInspection): Check {
  if (state === 'on') return good('Versioning', 'on');
  if (state === 'denied') return warning('Versioning', 'may not be read', 'Allow s3:GetBucketVersioning.');
  return bad('Versioning', 'off: an overwritten record would be lost without a trace', 'Turn it on: docs/how-to/store-evidence-in-s3.md');
}

function objectLock({ objectLock: state }: BucketInspection): Check {
  if (state === 'denied') return warning('Object Lock', 'may not be read', 'Allow s3:GetBucketObjectLockConfiguration.');
  if (state === 'off')
    return warning(
      'Object Lock',
      'off: whoever may delete can delete evidence',
      'It is best chosen when the bucket is made: docs/how-to/store-evidence-in-s3.md',
    );
  if (state.days === null)
    return warning(
      'Object Lock',
      'on, without a default retention: nothing is locked by it',
      'Set a default retention: docs/how-to/store-evidence-in-s3.md',
    );
  return good('Object Lock', `${state.mode ?? 'on'}, ${plural(state.days, 'day')}`);
}

function checkKey(config: Config): Promise<readonly Check[]> {
  const path = keyFileOf(config.environment);
  return look('Signing key', `The key file ${path} must be readable by the bot alone: chmod 600 ${path}`, async () => {
    const existing = await readFileSigner(path);
    const signer = existing ?? (await openSigningKey(path, await openEvidenceStore(config), null));
    const says = `${signer.keyId} (${path})`;
    if (existing === null)
      return [warning('Signing key', `made: ${says}`, 'Keep a copy of the file, and give the fingerprint to your auditors by another way.')];
    return [good('Signing key', says)];
  });
}
