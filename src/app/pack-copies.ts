import { type CopiedFile, copyFiles } from '../actions/volume/copy-files.ts';
import type { ConfigFile } from '../config/schema.ts';
import { UserError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident/incident.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import { MANIFEST, MANIFEST_SIGNATURE, packPrefix } from '../evidence/layout.ts';
import { manifestSchema } from '../evidence/pack/pack.ts';
import { sha256 } from '../lib/hash.ts';
import { ClusterError } from '../ports/cluster.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { PackCopy } from '../slack/workflows/pack-copying.ts';

interface CopyDeps {
  readonly file: ConfigFile;
  readonly evidence: EvidenceStore;
  readonly context: RunbookDeps['context'];
}

/** The folder of a volume below which copies of packs are. */
export const PACK_FOLDER = 'incidents';
/** How long (ms) a copy may take altogether. */
const PATIENCE = 10 * 60_000;

/**
 * Copies a pack from the evidence store to `incidents/<id>/` of the service's volume (AU-70), where `packs_to` names one; nothing of a drill, and
 * nothing of a private incident, since whoever may look into a pod reads it there. The manifest and its signature come last.
 */
export async function copyPack(
  { file, evidence, context }: CopyDeps,
  { id, service, private: isPrivate, drill }: Incident,
  number: number,
): Promise<PackCopy> {
  const target = Object.hasOwn(file.services, service) ? file.services[service]?.packs_to : undefined;
  if (target === undefined || isPrivate || drill !== undefined) return { kind: 'none' };
  const files = await packedFiles(evidence, packPrefix(id, number));
  if (typeof files === 'string') return { kind: 'failed', why: `${files} is not in the evidence store as it was packed.` };
  try {
    return {
      kind: 'done',
      ...(await copyFiles(context({ service, incident: id, signal: AbortSignal.timeout(PATIENCE) }), target, `${PACK_FOLDER}/${id}`, files)),
    };
  } catch (error) {
    if (error instanceof UserError || error instanceof ClusterError) return { kind: 'failed', why: error.message };
    throw error;
  }
}

/** What the manifest of a pack names, and nothing that somebody else put beside it; the path of one that is missing or another. */
export async function packedFiles(evidence: Pick<EvidenceStore, 'get'>, prefix: string): Promise<readonly CopiedFile[] | string> {
  const manifest = await evidence.get(prefix + MANIFEST);
  const signature = await evidence.get(prefix + MANIFEST_SIGNATURE);
  const named = manifest === null ? null : orNull(() => manifestSchema.parse(JSON.parse(Buffer.from(manifest).toString('utf8'))));
  if (manifest === null || named === null) return MANIFEST;
  if (signature === null) return MANIFEST_SIGNATURE;
  const files: CopiedFile[] = [];
  for (const { path, sha256: digest } of named.files) {
    const bytes = await evidence.get(prefix + path);
    if (bytes === null || sha256(bytes) !== digest) return path;
    files.push({ path, bytes });
  }
  return [...files, { path: MANIFEST, bytes: manifest }, { path: MANIFEST_SIGNATURE, bytes: signature }];
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
