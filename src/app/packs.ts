import { LOG_STREAM, TOCSIN } from '../domain/streams.ts';
import type { ReportKind } from '../engine/run-kinds.ts';
import { decodeCheckpoint } from '../evidence/checkpoint.ts';
import { packPrefix } from '../evidence/layout.ts';
import { formatAnchor, logAnchoredSchema } from '../evidence/log.ts';
import { buildPack, collectSigned, describePack, nextPackNumber, uploadPack } from '../evidence/pack/pack.ts';
import { packMade } from '../evidence/pack/pack-record.ts';
import { type People, readPeople, writePeople } from '../evidence/pack/people.ts';
import { renderReport } from '../evidence/pack/report.ts';
import { renderPostMortem } from '../evidence/pack/review/post-mortem.ts';
import type { LogRecord, SystemRecord } from '../evidence/system-records.ts';
import { toIso } from '../lib/time.ts';
import type { EvidenceStore, Signer } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import type { LogAnchorText } from '../slack/workflows/anchoring.ts';
import type { MadePack, PackBasis } from '../slack/workflows/packing.ts';
import type { Database } from '../store/database.ts';
import { newestCheckpoint } from '../store/newest.ts';
import { DESCRIBE } from './keeping.ts';
import { packFiles } from './pack-files.ts';

interface PackDeps {
  readonly evidence: EvidenceStore;
  readonly signer: Signer;
  readonly store: Store;
  readonly names: People;
}

/**
 * Settles what the next pack of an incident is made of. Names seen so far go into `people.json` first; a map that cannot be read or written
 * stops no pack, and what cannot be read is not written over.
 */
export async function preparePack({ evidence, store, names }: PackDeps, incident: string, seq: number): Promise<PackBasis> {
  const known = await readPeople(evidence);
  const people = { ...known.people, ...names };
  if (known.readable) await writePeople(evidence, people).catch(() => undefined);
  return { number: await nextPackNumber(evidence, incident), time: toIso(await store.now()), seq, people, namesReadable: known.readable };
}

/** Makes a pack from the evidence store and puts it there. The same basis gives the same bytes, so a pack that was interrupted is finished. */
export async function makePack({ evidence, signer }: PackDeps, incident: string, { number, time, seq, people }: PackBasis): Promise<MadePack> {
  const collected = await collectSigned(evidence, incident, signer.keyId, seq);
  const options = { people, describe: DESCRIBE, number, time };
  const files = await buildPack(collected, { ...options, signer, extra: packFiles(collected, { ...options, keyId: signer.keyId }) });
  await uploadPack(evidence, incident, number, files);
  const timeline = files.find(({ path }) => path === 'timeline.md');
  return {
    number,
    records: collected.records.length,
    files: files.length,
    location: `${evidence.location.replace(/\/$/, '')}/${packPrefix(incident, number)}`,
    timeline: timeline === undefined ? '' : Buffer.from(timeline.bytes).toString('utf8'),
    made: describePack(files),
  };
}

/** The incident report or the post-mortem by itself, from the database: what the next pack will have (PF-30, SK-72). */
export async function makeReport({ evidence, store, names }: PackDeps, incident: string, seq: number, what: ReportKind): Promise<string> {
  const { people } = await readPeople(evidence);
  const records = (await store.records(incident)).filter((record) => record.seq <= seq);
  const words = { people: { ...people, ...names }, describe: DESCRIBE };
  return what === 'post-mortem'
    ? renderPostMortem(incident, records, words)
    : renderReport(incident, records, { ...words, time: toIso(await store.now()) });
}

/** The record of a pack, for the stream `system`: from then on, a pack that is gone or another one is found out. */
export function packRecord(made: NonNullable<MadePack['made']>): SystemRecord {
  return packMade(made, TOCSIN);
}

/** The newest checkpoint of the global log, as it is published. */
export async function newestAnchor(database: Database): Promise<LogAnchorText | null> {
  const row = await newestCheckpoint(database, LOG_STREAM);
  if (row === null) return null;
  const { bytes, sha256, signature, size } = row;
  const checkpoint = decodeCheckpoint(bytes);
  return { size, sha256, text: formatAnchor({ checkpoint, bytes, sha256, signature }), keyId: checkpoint.key_id };
}

/** The record in the global log of where a checkpoint was published. */
export function anchored(anchor: LogAnchorText, channel: string, ts: string): LogRecord {
  const data = logAnchoredSchema.parse({ checkpoint: anchor.size, checkpoint_sha256: anchor.sha256, where: { kind: 'slack', channel, ts } });
  return { type: 'log.anchored', v: 1, actor: TOCSIN, subject: LOG_STREAM, outcome: 'done', data };
}
