import { type EvidenceStore, EvidenceStoreError } from '../../ports/evidence.ts';
import { StatusPageError } from '../../ports/status-page.ts';
import { ENTRY, type PageFiles } from './publish.ts';

/** What is asked of a bucket. */
type Bucket = Pick<EvidenceStore, 'list' | 'get' | 'replace'>;

/** Objects of the page are no evidence; the tags say what they are. */
const TAGS = { 'incident-id': 'none', kind: 'status-page' } as const;

/** The files of a page in an S3 bucket, by the client that evidence goes by. `open`: asked once, when it is needed. */
export function bucketFiles(location: string, open: () => Promise<Bucket>): PageFiles {
  let opened: Promise<Bucket> | null = null;
  const guarded = async <T>(work: (bucket: Bucket) => Promise<T>): Promise<T> => {
    try {
      opened ??= open();
      return await work(await opened);
    } catch (error) {
      if (!(error instanceof EvidenceStoreError)) throw error;
      throw new StatusPageError(error.reason === 'misconfigured' || error.reason === 'denied' ? 'refused' : 'away', error.message, { cause: error });
    }
  };
  return {
    location,
    entries: () =>
      guarded(async (bucket) => {
        const names: string[] = [];
        for await (const name of bucket.list('incidents/')) if (ENTRY.test(name)) names.push(name);
        return names;
      }),
    read: (name) =>
      guarded(async (bucket) => {
        const bytes = await bucket.get(name);
        return bytes === null ? null : Buffer.from(bytes).toString('utf8');
      }),
    write: (name, text) => guarded((bucket) => bucket.replace(name, Buffer.from(text), TAGS)),
  };
}
