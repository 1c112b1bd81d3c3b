import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { restoreDatabase, spareMemory } from '../../src/app/restoring.ts';
import { EMPTY_HEAD, headOf, nextRecord } from '../../src/evidence/chain.ts';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { checkpointKey, publicKeyKey, recordKey, signatureKey } from '../../src/evidence/layout.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';

/**
 * What a restore needs of memory: `node test/bench/restore-memory.ts RECORDS [postgres://...]`. Makes a directory with one stream of that many records,
 * a checkpoint after each ten, and restores it in another process. Prints that one's peak (resident, MiB), and what it needed before it began.
 */
const records = Number(process.argv[2] ?? 20_000);
const url = process.argv[3];
/** Where the evidence is, when this process is the one that restores. */
const given = process.argv[4];
const time = '2026-01-01T00:00:00.000Z';

if (given !== undefined) {
  await restore(given);
} else {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-restore-'));
  try {
    await generate(join(directory, 'evidence'));
    // A process of its own: what making the evidence takes is not counted.
    execFileSync(process.execPath, [import.meta.filename, String(records), url ?? '', directory], { stdio: 'inherit' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function restore(directory: string): Promise<void> {
  spareMemory();
  const database = await openDatabase(url === undefined || url === '' ? { directory: join(directory, 'database') } : { url });
  await migrate(database);
  const before = Math.round(process.resourceUsage().maxRSS / 1_024);
  const began = performance.now();
  const restored = await restoreDatabase(database, await DirectoryStore.openReadOnly(join(directory, 'evidence')), () => ({
    incidents: 'C1',
    updates: 'C1',
    room: 'channel',
  }));
  const peak = Math.round(process.resourceUsage().maxRSS / 1_024);
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(
    JSON.stringify({ records: restored.records, checkpoints: restored.checkpoints, unsigned: restored.unsigned.length, seconds, before, peak }),
  );
  await database.close();
}

async function generate(root: string): Promise<void> {
  const signer = createSigner();
  const put = (key: string, bytes: Uint8Array | string) => writeFile(join(root, key), bytes);
  for (const folder of ['keys', 'system/records', 'system/checkpoints']) await mkdir(join(root, folder), { recursive: true });
  await put(publicKeyKey(signer.keyId), signer.publicKeyPem);
  let head = EMPTY_HEAD;
  for (let seq = 1; seq <= records; seq += 1) {
    const data = { text: 'The connection pool of the frontend is used up; rolled back to the version of yesterday. '.repeat(4), seq };
    const record = nextRecord(
      head,
      { type: 'bench.note', v: 1, actor: { kind: 'tocsin', id: 'bench' }, subject: 'system', outcome: 'done', data },
      { stream: 'system', time, eventId: `bench-${seq}` },
    );
    head = headOf(record);
    await put(recordKey('system', seq), record.bytes);
    if (seq % 10 !== 0 && seq !== records) continue;
    const signed = await signCheckpoint(head, { stream: 'system', time }, signer);
    await put(checkpointKey('system', seq), signed.bytes);
    await put(signatureKey('system', seq), signed.signature);
  }
}
