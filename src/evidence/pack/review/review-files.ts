import type { StoredRecord } from '../../../domain/record.ts';
import type { PackFile } from '../pack.ts';
import { renderImpactAssessment } from './impact-assessment.ts';
import { renderPostMortem } from './post-mortem.ts';
import { renderRca } from './rca.ts';
import type { ReviewOptions } from './words.ts';

/** What a pack has for the review after the incident (AU-70): its impact, its root cause, and the post-mortem by the template. */
export function reviewFiles(stream: string, records: readonly StoredRecord[], options: ReviewOptions): PackFile[] {
  return [
    { path: 'impact-assessment.md', bytes: Buffer.from(renderImpactAssessment(stream, records, options)) },
    { path: 'rca.md', bytes: Buffer.from(renderRca(stream, records, options)) },
    { path: 'post-mortem.md', bytes: Buffer.from(renderPostMortem(stream, records, options)) },
  ];
}
