import { TocsinError } from '../../domain/errors.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { type Checkpoint, decodeCheckpoint } from '../checkpoint.ts';
import type { PlaceProblem } from './verify-stream.ts';

export const LINK_CODES: Readonly<Record<PlaceProblem, string>> = { 'other-stream': 'record-of-another-stream', 'wrong-seq': 'record-renumbered' };

export function linkText(problem: PlaceProblem, stream: string, seq: number, record: StoredRecord): string {
  const name = `The record in place ${seq} of ${stream}`;
  if (problem === 'other-stream') return `${name} belongs to ${record.incident_id}.`;
  return `${name} has the number ${record.seq}.`;
}

export function readCheckpoint(bytes: Uint8Array): Checkpoint | null {
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}
