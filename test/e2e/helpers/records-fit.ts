import { existsSync } from 'node:fs';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { isIncident } from '../../../src/app/replaying.ts';
import { TocsinError } from '../../../src/domain/errors.ts';
import type { StoredRecord } from '../../../src/domain/record.ts';
import { fitting, fittingSystem } from '../../../src/domain/records/fits.ts';
import { parseKey, STREAM_ROOTS } from '../../../src/evidence/layout.ts';
import { decodeRecord } from '../../../src/evidence/record.ts';

/** That a restore would understand every record of an evidence store, given its directory. @throws TocsinError for the first that does not fit */
export async function assertRecordsFit(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const evidence = await DirectoryStore.openReadOnly(directory);
  for (const root of STREAM_ROOTS) {
    for await (const key of evidence.list(root)) {
      const bytes = parseKey(key).kind === 'record' ? await evidence.get(key) : null;
      const record = bytes === null ? null : recordOf(bytes);
      if (record === null) continue;
      if (isIncident(record.incident_id)) fitting(record);
      else fittingSystem(record);
    }
  }
}

/** What a test has planted there may be no record at all. */
function recordOf(bytes: Uint8Array): StoredRecord | null {
  try {
    return decodeRecord(bytes).record;
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}
