import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { EMPTY_HEAD, headOf, nextRecord } from '../../src/evidence/chain.ts';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { checkpointKey, publicKeyKey, recordKey, signatureKey } from '../../src/evidence/layout.ts';
import { restoreDatabase } from '../../src/restoring.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';

/**
 * What a restore needs of memory: `node test/bench/restore-memory.ts RECORDS [postgres://...]`. Makes a directory with one stream of that many records,
 * a checkpoint after each ten, and restores it. Prints the process's own peak (resident, MiB).
 */
const records = Number(process.argv[2] ?? 20_000);
const url = process.argv[3];
const time = '2026-01-01T00:00:00.000Z';
const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-restore-'));
try {
  const evidence = join(directory, 'evidence');
  await generate(evidence);
  globalThis.gc?.();
  const database = await openDatabase(url === undefined ? { directory: join(directory, 'database') } : { url });
  await migrate(database);
  const began = performance.now();
  const restored = await restoreDatabase(database, await DirectoryStore.openReadOnly(evidence), () => ({
    incidents: 'C1',
    updates: 'C1',
    room: 'channel',
  }));
  const peak = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(JSON.stringify({ ...restored, unsigned: restored.unsigned.length, seconds: Math.round((performance.now() - began) / 1_000), peak }));
  await database.close();
} finally {
  await rm(directory, { recursive: true, force: true });
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
