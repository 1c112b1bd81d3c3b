import { DirectoryStore } from './adapters/evidence/directory.ts';
import type { Config } from './config.ts';
import type { EvidenceStore } from './engine/ports.ts';

/** The evidence store that the configuration names: a directory or a bucket. */
export async function openEvidenceStore({ file }: Config): Promise<EvidenceStore> {
  const { evidence } = file;
  if ('directory' in evidence) return DirectoryStore.open(evidence.directory, Date.now());
  throw new Error('s3');
}
