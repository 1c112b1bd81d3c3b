import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NewRecord } from '../../src/domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../../src/domain/streams.ts';
import { publicKeyKey } from '../../src/evidence/layout.ts';
import type { EvidenceStore } from '../../src/ports/evidence.ts';
import { declared, MINUTE } from '../domain/helpers/incidents.ts';
import { EvidenceWriter } from '../evidence/helpers/store.ts';

const NOTE = 'The connection pool of the frontend is used up; rolled back and watching the errors. ';
const LOG = '2026-11-21T08:00:00.000Z GET /health 503 upstream connect error or disconnect/reset before headers\n';
/** A checkpoint after so many records of an incident. */
const PER_CHECKPOINT = 5;

/** A directory that is written without waiting for the disk. */
export function unsynced(directory: string): EvidenceStore {
  const made = new Set<string>();
  return {
    location: directory,
    async put(key, bytes) {
      const path = join(directory, key);
      const folder = dirname(path);
      if (!made.has(folder)) mkdirSync(folder, { recursive: true });
      if (made.size > 1_000) made.clear();
      made.add(folder);
      writeFileSync(path, bytes);
      return { kind: 'created' };
    },
    replace: () => Promise.reject(new Error('not here')),
    get: () => Promise.reject(new Error('not here')),
    list: () => {
      throw new Error('not here');
    },
    versions: () => null,
  };
}

/** Evidence of so many closed incidents, as the bot leaves it: some ten records each, a log file, three checkpoints, and what the log saw of them. */
export async function writeIncidents(directory: string, count: number): Promise<void> {
  const writer = new EvidenceWriter(unsynced(directory));
  await writer.introduceKey();
  await writer.checkpoint(SYSTEM_STREAM);
  const records = closedIncident();
  for (let number = 1; number <= count; number += 1) {
    const stream = `INC-2026-${String(number).padStart(4, '0')}`;
    const log = await writer.artifact(stream, `${stream}\n${LOG.repeat(20)}`);
    for (const [index, record] of records.entries()) {
      await writer.append(stream, { ...record, subject: stream, artifacts: index === 1 ? [log] : [] });
      const isLast = index === records.length - 1;
      if (isLast || (index + 1) % PER_CHECKPOINT === 0) await writer.checkpoint(stream, isLast);
    }
    writer.heads.delete(stream);
  }
  await writer.anchor();
}

/** One stream with so many records, a checkpoint after each ten. */
export async function writeRecords(directory: string, count: number): Promise<void> {
  const writer = new EvidenceWriter(unsynced(directory));
  await writer.upload(publicKeyKey(writer.signer.keyId), Buffer.from(writer.signer.publicKeyPem));
  for (let seq = 1; seq <= count; seq += 1) {
    const data = { text: NOTE.repeat(4), seq };
    await writer.append(SYSTEM_STREAM, {
      type: 'bench.note',
      v: 1,
      actor: { kind: 'tocsin', id: 'bench' },
      subject: 'system',
      outcome: 'done',
      data,
    });
    if (seq % 10 === 0 || seq === count) await writer.checkpoint(SYSTEM_STREAM);
  }
  await writer.checkpoint(LOG_STREAM);
}

/** What an incident records from its declaration to its close. */
function closedIncident(): readonly NewRecord[] {
  const life = declared('P2');
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  life.ask({ type: 'acknowledge' });
  for (let note = 1; note <= 5; note += 1) {
    life.at += MINUTE;
    life.ask({ type: 'add-note', text: `${note}: ${NOTE.repeat(2)}` });
  }
  life.ask({ type: 'resolve', summary: 'Restarted the frontend.' });
  life.at += MINUTE;
  life.ask({ type: 'close' });
  return life.records.map(({ type, v, actor, outcome, data }) => ({ type, v, actor, subject: '', outcome, data }));
}
