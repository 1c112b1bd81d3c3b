import { TocsinError } from '../../domain/errors.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../../domain/streams.ts';
import { addAll } from '../../lib/add-all.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { type PublicKey, parsePublicKey } from '../keys.ts';
import { KEYS_PREFIX, parseKey, publicKeyKey } from '../layout.ts';
import { type KeyRevoked, keyIntroducedSchema, keyRevokedSchema } from '../log.ts';
import { listObjects, strayFinding, unexpected, versionFindings } from './inventory.ts';
import type { Finding } from './report.ts';
import type { SeenHeads } from './seen-heads.ts';
import { keyOfSigned, knownBy, type Signed, saySigned } from './signed.ts';
import { largest } from './verify-stream.ts';

/** Reads `keys/` and checks that each key is exactly what its fingerprint says. */
export async function verifyKeys(store: EvidenceStore): Promise<{ keys: Map<string, PublicKey>; findings: Finding[]; bytes: number }> {
  const keys = new Map<string, PublicKey>();
  const findings: Finding[] = [];
  let bytes = 0;
  for await (const object of listObjects(store, KEYS_PREFIX, { onStray: (stray) => findings.push(strayFinding(stray)) })) {
    addAll(findings, versionFindings(object, null));
    const parsed = parseKey(object.key);
    if (parsed.kind !== 'key') {
      findings.push(unexpected(object.key, null));
      continue;
    }
    const content = await store.get(object.key);
    if (content === null) continue;
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
  /** Fingerprint -> the record that introduced it first. */
  readonly #introduced = new Map<string, number>();
  readonly #revocations: Revocation[] = [];

  read(record: StoredRecord): void {
    const introduced = record.type === 'key.introduced' ? keyIntroducedSchema.safeParse(record.data) : null;
    if (introduced?.success === true && !this.#introduced.has(introduced.data.key_id)) this.#introduced.set(introduced.data.key_id, record.seq);
    const revoked = record.type === 'key.revoked' ? keyRevokedSchema.safeParse(record.data) : null;
    if (revoked?.success === true) this.#revocations.push({ ...revoked.data, seq: record.seq });
  }

  revokedSince(keyId: string): string | null {
    return this.#revocations.find((revocation) => revocation.key_id === keyId)?.since ?? null;
  }

  /** The keys that the first `seq` records of the system stream introduced. */
  introducedBy(seq: number): Set<string> {
    return new Set([...this.#introduced].filter(([, at]) => at <= seq).map(([keyId]) => keyId));
  }

  /** Every key but the one the system stream began with was brought in by a record. */
  checkIntroduced(signed: Iterable<Signed>, keys: Iterable<string>): Finding[] {
    const first = firstOf(signed);
    if (first === null) return [];
    const known = (keyId: string) => keyId === first || this.#introduced.has(keyId);
    const used = new Set<string>();
    const findings: Finding[] = [];
    for (const one of signed) {
      used.add(one.keyId);
      if (!known(one.keyId)) findings.push(keyFinding('key-not-introduced', one, 'by a key that no record of the system stream introduced.'));
    }
    const idle = [...keys].filter((keyId) => !known(keyId) && !used.has(keyId));
    return [
      ...findings,
      ...idle.map((keyId): Finding => {
        const key = publicKeyKey(keyId);
        const says = `${key} is a key that no record introduces: it was added, or its record is not stored yet.`;
        return { severity: 'incomplete', code: 'key-unused', stream: null, seq: null, key, says };
      }),
    ];
  }

  /** What a revoked key signed counts only where the global log had seen those records before it saw the revocation. */
  checkRevoked(signed: Iterable<Signed>, heads: Pick<SeenHeads, 'of'>): Finding[] {
    const findings: Finding[] = [];
    for (const { key_id, since, seq } of this.#revocations) {
      const from = Date.parse(since);
      const effective = heads.of(SYSTEM_STREAM).find((head) => head.size >= seq)?.logSeq ?? Number.POSITIVE_INFINITY;
      const known = (stream: string) =>
        stream === LOG_STREAM
          ? effective - 1
          : largest(
              heads
                .of(stream)
                .filter((head) => head.logSeq < effective)
                .map((head) => head.size),
            );
      for (const one of signed)
        if (one.keyId === key_id && (one.at >= from || one.size > known(knownBy(one))))
          findings.push(keyFinding('key-revoked', one, `by a key that was revoked from ${since} on.`));
    }
    return findings;
  }
}

/** The key that the stream `system` begins with. */
function firstOf(signed: Iterable<Signed>): string | null {
  for (const one of signed) if (knownBy(one) === SYSTEM_STREAM) return one.keyId;
  return null;
}

function keyFinding(code: string, one: Signed, says: string): Finding {
  return {
    severity: 'altered',
    code,
    stream: knownBy(one),
    seq: one.size,
    key: keyOfSigned(one),
    says: `${saySigned(one)} is signed ${says}`,
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
