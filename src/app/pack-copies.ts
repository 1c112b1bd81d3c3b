import { copyFiles } from '../actions/volume/copy-files.ts';
import type { ConfigFile } from '../config/schema.ts';
import { UserError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident/incident.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import { packPrefix } from '../evidence/layout.ts';
import { MANIFEST, MANIFEST_SIGNATURE } from '../evidence/pack/pack.ts';
import { ClusterError } from '../ports/cluster.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { PackCopy } from '../slack/workflows/pack-copying.ts';

interface CopyDeps {
  readonly file: ConfigFile;
  readonly evidence: EvidenceStore;
  readonly context: RunbookDeps['context'];
}

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
  const prefix = packPrefix(id, number);
  const names: string[] = [];
  for await (const key of evidence.list(prefix)) names.push(key.slice(prefix.length));
  const files = [];
  for (const path of names.sort(manifestLast)) {
    const bytes = await evidence.get(prefix + path);
    if (bytes !== null) files.push({ path, bytes });
  }
  try {
    return {
      kind: 'done',
      ...(await copyFiles(context({ service, incident: id, signal: AbortSignal.timeout(PATIENCE) }), target, `incidents/${id}`, files)),
    };
  } catch (error) {
    if (error instanceof UserError || error instanceof ClusterError) return { kind: 'failed', why: error.message };
    throw error;
  }
}

function manifestLast(a: string, b: string): number {
  const rank = (path: string) => [MANIFEST, MANIFEST_SIGNATURE].indexOf(path);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}
