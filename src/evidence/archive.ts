import { TocsinError } from '../domain/errors.ts';
import { TYPED } from '../lib/typed.ts';
import type { ChainedRecord, EvidenceStore, ReadArchive } from '../ports/evidence.ts';
import { recordsBefore } from './signed-chain.ts';

/** Reads records that the database has no more. The hash that it is given vouches for the last of them, and each for the one before. */
export function archiveReader(evidence: EvidenceStore): ReadArchive {
  return async (stream, end, from) => {
    const found: ChainedRecord[] = [];
    for await (const chained of recordsBefore(evidence, stream, end)) {
      found.push(chained);
      if (chained.record.seq <= from) return found.toReversed();
    }
    const missing = (found.at(-1)?.record.seq ?? end.size + 1) - 1;
    throw new TocsinError(
      'archive-broken',
      `Record ${missing} of ${stream} is not as it was stored, or not there any more, in the evidence store ${evidence.location}. Run: ${TYPED} evidence verify`,
    );
  };
}
