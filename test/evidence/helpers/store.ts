import type { Actor, ArtifactRef, NewRecord } from '../../../src/domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../../../src/domain/streams.ts';
import { type ChainHead, headOf, nextRecord } from '../../../src/evidence/chain.ts';
import { type SignedCheckpoint, signCheckpoint } from '../../../src/evidence/checkpoint.ts';
import { createSigner } from '../../../src/evidence/keys.ts';
import { artifactKey, artifactPath, checkpointKey, publicKeyKey, recordKey, signatureKey, tagsFor } from '../../../src/evidence/layout.ts';
import { formatAnchor, keyIntroduced, logAnchored, logHead } from '../../../src/evidence/log.ts';
import { writePeople } from '../../../src/evidence/pack/people.ts';
import { uploadObject } from '../../../src/evidence/uploader.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ChainedRecord, EvidenceStore, Signer } from '../../../src/ports/evidence.ts';

export const BOT: Actor = { kind: 'tocsin', id: 'replica-1' };
const START = Date.UTC(2026, 10, 21, 8, 0, 0);

/** What `buildStore` wrote. */
export interface BuiltStore {
  readonly signer: Signer;
  /** The newest published checkpoint of the global log, as `42:<sha256>`. */
  readonly anchor: string;
  readonly incidents: readonly string[];
  readonly writer: EvidenceWriter;
}

/** Writes evidence as the running bot does: records, artifacts, checkpoints, their heads into the global log, and the log's own checkpoints. */
export class EvidenceWriter {
  readonly store: EvidenceStore;
  signer: Signer;
  readonly heads = new Map<string, ChainHead>();
  #ticks = 0;

  constructor(store: EvidenceStore, signer: Signer = createSigner()) {
    this.store = store;
    this.signer = signer;
  }

  async introduceKey(): Promise<void> {
    await this.upload(publicKeyKey(this.signer.keyId), Buffer.from(this.signer.publicKeyPem));
    await this.append(SYSTEM_STREAM, keyIntroduced(this.signer.keyId, null, BOT));
  }

  async append(stream: string, record: NewRecord): Promise<ChainedRecord> {
    const chained = nextRecord(this.heads.get(stream) ?? null, record, { stream, time: this.time(), eventId: `${stream}-${this.#ticks}` });
    await this.upload(recordKey(stream, chained.record.seq), chained.bytes);
    this.heads.set(stream, headOf(chained));
    return chained;
  }

  async note(stream: string, text: string, artifacts: readonly ArtifactRef[] = []): Promise<ChainedRecord> {
    return this.append(stream, {
      type: 'note.added',
      v: 1,
      actor: { kind: 'person', id: 'U0ALICE' },
      subject: stream,
      outcome: 'done',
      data: { text },
      artifacts,
    });
  }

  async artifact(stream: string, text: string): Promise<ArtifactRef> {
    const bytes = Buffer.from(text);
    const digest = sha256(bytes);
    await this.upload(artifactKey(stream, digest), bytes);
    return { path: artifactPath(digest), sha256: digest, size: bytes.byteLength };
  }

  /** Signs a stream's head and, unless it is the log itself, tells the log. */
  async checkpoint(stream: string, closing = false): Promise<SignedCheckpoint> {
    const head = this.heads.get(stream);
    if (head === undefined) throw new Error(`no records in ${stream}`);
    const signed = await signCheckpoint(head, { stream, time: this.time(), closing }, this.signer);
    await this.upload(checkpointKey(stream, head.seq), signed.bytes);
    await this.upload(signatureKey(stream, head.seq), signed.signature);
    if (stream !== LOG_STREAM) await this.append(LOG_STREAM, logHead(signed, BOT));
    return signed;
  }

  /** Checkpoints the log, publishes that checkpoint, records where, and covers that record too. Returns the published anchor. */
  async anchor(): Promise<string> {
    const signed = await this.checkpoint(LOG_STREAM);
    await this.append(
      LOG_STREAM,
      logAnchored(signed, { kind: 'slack', channel: 'C0INC', ts: `1795248000.${String(signed.checkpoint.size).padStart(6, '0')}` }, BOT),
    );
    await this.checkpoint(LOG_STREAM);
    return formatAnchor(signed);
  }

  /** The next moment, UTC with milliseconds: a second after the one before. */
  time(): string {
    this.#ticks += 1;
    return new Date(START + this.#ticks * 1_000).toISOString();
  }

  async upload(key: string, bytes: Uint8Array): Promise<void> {
    await uploadObject(this.store, key, bytes, tagsFor(key));
  }
}

/**
 * Fills a store with what a small installation leaves: keys, the system stream, closed incidents with artifacts, a drill, the global
 * log with two published checkpoints, and the people map. `records` is how many notes each incident has.
 */
export async function buildStore(store: EvidenceStore, options: { incidents?: number; records?: number; signer?: Signer } = {}): Promise<BuiltStore> {
  const writer = new EvidenceWriter(store, options.signer);
  await writer.introduceKey();
  await writer.checkpoint(SYSTEM_STREAM);
  const incidents = Array.from({ length: options.incidents ?? 3 }, (_, index) => `INC-2026-${String(index + 1).padStart(4, '0')}`);
  for (const stream of incidents) await writeIncident(writer, stream, options.records ?? 6);
  await writer.anchor();
  await writeIncident(writer, 'DRL-2026-0001', 3);
  const anchor = await writer.anchor();
  await writePeople(store, { U0ALICE: 'Alice Example' });
  return { signer: writer.signer, anchor, incidents, writer };
}

async function writeIncident(writer: EvidenceWriter, stream: string, notes: number): Promise<void> {
  await writer.append(stream, {
    type: 'incident.declared',
    v: 1,
    actor: { kind: 'person', id: 'U0ALICE' },
    subject: stream,
    outcome: 'done',
    data: { title: 'Frontend answers 503', service: 'aureus', severity: 'P1' },
  });
  const log = await writer.artifact(stream, `${stream} frontend log\n${'GET /health 503\n'.repeat(40)}`);
  for (let index = 0; index < notes; index += 1) {
    await writer.note(stream, `Note ${index + 1}: Übersicht geprüft ✓`, index === 0 ? [log] : []);
    if (index % 3 === 2) await writer.checkpoint(stream);
  }
  await writer.append(stream, {
    type: 'incident.closed',
    v: 1,
    actor: { kind: 'person', id: 'U0ALICE' },
    subject: stream,
    outcome: 'done',
    data: { open_items: 0 },
  });
  await writer.checkpoint(stream, true);
}
