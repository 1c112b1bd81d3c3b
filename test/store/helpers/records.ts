import { hash, randomUUID } from 'node:crypto';
import type { NewRecord } from '../../../src/domain/record.ts';
import type { ChainedRecord } from '../../../src/ports/evidence.ts';
import type { Store, StreamHead } from '../../../src/ports/store.ts';

/** Places a record behind a head, as evidence/ does it but for the canonical form. */
export function chain(head: StreamHead, record: NewRecord, time = '2026-01-01T00:00:00.000Z'): ChainedRecord {
  const stored = {
    ...record,
    incident_id: head.stream,
    seq: head.seq + 1,
    prev: head.hash,
    event_id: randomUUID(),
    time,
    artifacts: record.artifacts ?? [],
  };
  const bytes = Buffer.from(`${JSON.stringify(stored)}\n`);
  return { record: stored, bytes, hash: hash('sha256', bytes, 'hex') };
}

export function note(data: unknown): NewRecord {
  return { type: 'test.note', v: 1, actor: { kind: 'tocsin', id: 'test' }, subject: 'test', outcome: 'done', data };
}

/** Appends one record to a stream in a transaction of its own; its state is the number of records. */
export async function appendNote(store: Store, stream: string, data: unknown): Promise<ChainedRecord> {
  return store.transaction(async (tx) => {
    const head = await tx.lockStream(stream);
    const record = chain(head, note(data));
    await tx.append(head, [record], { count: record.record.seq });
    return record;
  });
}
