import { TocsinError } from '../domain/errors.ts';
import type { StoredRecord } from '../domain/record.ts';
import type { EvidenceStore } from '../engine/ports.ts';
import type { Checkpoint } from './checkpoint.ts';
import { listObjects, versionFindings } from './inventory.ts';
import { type PublicKey, parsePublicKey } from './keys.ts';
import { checkpointKey, LOG_STREAM, parseKey, publicKeyKey, SYSTEM_STREAM } from './layout.ts';
import { type KeyRevoked, keyIntroducedSchema, keyRevokedSchema } from './log.ts';
import type { Finding } from './report.ts';
import type { SeenHead } from './verify-log.ts';
import { largest, type StreamResult } from './verify-stream.ts';

/** Reads `keys/` and checks that each key is exactly what its fingerprint says. */
export async function verifyKeys(store: EvidenceStore): Promise<{ keys: Map<string, PublicKey>; findings: Finding[]; bytes: number }> {
  const keys = new Map<string, PublicKey>();
  const findings: Finding[] = [];
  let bytes = 0;
  for await (const object of listObjects(store, 'keys/')) {
    findings.push(...versionFindings(object, null));
    const parsed = parseKey(object.key);
    const content = parsed.kind === 'key' ? await store.get(object.key) : null;
    if (parsed.kind !== 'key' || content === null) continue;
    bytes += content.byteLength;
    const key = readKey(content);
    if (key?.keyId === parsed.keyId) keys.set(key.keyId, key);
    else
      findings.push({
        severity: 'altered',
        code: 'key-changed',
        stream: null,
        seq: null,
        key: publicKeyKey(parsed.keyId),
        says: `${object.key} does not hold the key with that fingerprint.`,
      });
  }
  return { keys, findings, bytes };
}

/** A revoked key, and the record of the stream `system` that revokes it. */
interface Revocation extends KeyRevoked {
  readonly seq: number;
}

/** What the stream `system` says about signing keys. */
export class KeyHistory {
  readonly #introduced = new Set<string>();
  readonly #revocations: Revocation[] = [];

  read(record: StoredRecord): void {
    const introduced = record.type === 'key.introduced' ? keyIntroducedSchema.safeParse(record.data) : null;
    if (introduced?.success === true) this.#introduced.add(introduced.data.key_id);
    const revoked = record.type === 'key.revoked' ? keyRevokedSchema.safeParse(record.data) : null;
    if (revoked?.success === true) this.#revocations.push({ ...revoked.data, seq: record.seq });
  }

  revokedSince(keyId: string): string | null {
    return this.#revocations.find((revocation) => revocation.key_id === keyId)?.since ?? null;
  }

  /** Every key but the one the system stream began with was brought in by a record. */
  checkIntroduced(results: readonly StreamResult[]): Finding[] {
    const first = results
      .find((result) => result.stream === SYSTEM_STREAM)
      ?.checkpoints.values()
      .next().value;
    if (first === undefined) return [];
    return checkpointsOf(results)
      .filter(({ key_id }) => key_id !== first.checkpoint.key_id && !this.#introduced.has(key_id))
      .map((checkpoint) => keyFinding('key-not-introduced', checkpoint, 'by a key that no record of the system stream introduced.'));
  }

  /** Checkpoints by a revoked key count only where the global log had seen those records before it saw the revocation. */
  checkRevoked(results: readonly StreamResult[], heads: ReadonlyMap<string, readonly SeenHead[]>): Finding[] {
    return this.#revocations.flatMap((revocation) => {
      const effective = heads.get(SYSTEM_STREAM)?.find((head) => head.size >= revocation.seq)?.logSeq ?? Number.POSITIVE_INFINITY;
      const known = (stream: string) =>
        stream === LOG_STREAM ? effective - 1 : largest((heads.get(stream) ?? []).filter((head) => head.logSeq < effective).map((head) => head.size));
      return checkpointsOf(results)
        .filter(
          (checkpoint) =>
            checkpoint.key_id === revocation.key_id && (checkpoint.time >= revocation.since || checkpoint.size > known(checkpoint.incident_id)),
        )
        .map((checkpoint) => keyFinding('key-revoked', checkpoint, `by a key that was revoked from ${revocation.since} on.`));
    });
  }
}

function checkpointsOf(results: readonly StreamResult[]): Checkpoint[] {
  return results.flatMap((result) => [...result.checkpoints.values()].map(({ checkpoint }) => checkpoint));
}

function keyFinding(code: string, { incident_id, size, time }: Checkpoint, says: string): Finding {
  return {
    severity: 'altered',
    code,
    stream: incident_id,
    seq: size,
    key: checkpointKey(incident_id, size),
    says: `Checkpoint ${size} of ${incident_id} (${time}) is signed ${says}`,
  };
}

/** `null` unless the bytes are exactly the PEM that the key is written as: PEM readers forgive changes that must not go unseen. */
function readKey(bytes: Uint8Array): PublicKey | null {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const key = parsePublicKey(text);
    return key.pem === text ? key : null;
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}
