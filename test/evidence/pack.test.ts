import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { nextRecord } from '../../src/evidence/chain.ts';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { checkpointKey, publicKeyKey, recordKey, repairKey, signatureKey } from '../../src/evidence/layout.ts';
import { buildPack, collectSigned, describePack, nextPackNumber, type PackOptions, uploadPack } from '../../src/evidence/pack/pack.ts';
import { exportPack } from '../../src/evidence/pack/pack-directory.ts';
import { packMade } from '../../src/evidence/pack/pack-record.ts';
import { renderTimeline, whatOf } from '../../src/evidence/pack/timeline.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { codeOfRejected } from './helpers/errors.ts';
import { MemoryStore } from './helpers/memory-store.ts';
import { ownPins } from './helpers/pins.ts';
import { BOT, buildStore } from './helpers/store.ts';

const STREAM = 'INC-2026-0001';

async function setUp() {
  const store = new MemoryStore();
  const { signer, writer } = await buildStore(store, { incidents: 1 });
  const options: PackOptions = {
    number: 1,
    time: '2026-11-22T00:00:00.000Z',
    signer,
    people: { U0ALICE: 'Alice Example' },
    describe: (record) => (record.type === 'note.added' ? `Note: ${(record.data as { text: string }).text}` : null),
    extra: [{ path: 'rca.md', bytes: Buffer.from('# Root cause\n') }],
  };
  return { store, options, writer, evidence: await collectSigned(store, STREAM, signer.keyId) };
}

test('a pack holds everything about one incident, and checks by sha256sum alone', async () => {
  const { evidence, options } = await setUp();
  const root = await mkdtemp(join(tmpdir(), 'tocsin-pack-'));
  try {
    const directory = join(root, 'pack');
    const files = await buildPack(evidence, options);
    await exportPack(directory, files);
    expect(files.map((file) => file.path.replace(/[0-9a-f]{64}/, '<hex>'))).toEqual([
      'artifacts/sha256/<hex>',
      'checkpoints/00000004.json',
      'checkpoints/00000004.sig',
      'checkpoints/00000007.json',
      'checkpoints/00000007.sig',
      'checkpoints/00000008.json',
      'checkpoints/00000008.sig',
      'keys/<hex>.pem',
      'rca.md',
      'records.jsonl',
      'timeline.md',
      'SHA256SUMS',
      'manifest.json',
      'manifest.json.sig',
    ]);
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: directory });
    const records = await readFile(join(directory, 'records.jsonl'), 'utf8');
    expect(
      records
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await codeOfRejected(exportPack(directory, files))).toBe('pack-export');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('the same evidence gives the same pack', async () => {
  const { evidence, options } = await setUp();
  expect(await buildPack(evidence, options)).toEqual(await buildPack(evidence, options));
});

test('packs are numbered, uploaded beside the records, and verified with them', async () => {
  const { store, evidence, options, writer } = await setUp();
  expect(await nextPackNumber(store, STREAM)).toBe(1);
  const files = await buildPack(evidence, options);
  await uploadPack(store, STREAM, 1, files);
  expect(await nextPackNumber(store, STREAM)).toBe(2);
  const pins = await ownPins(store);
  expect(exitCode(await verifyEvidence(store, pins))).toBe(2);
  await writer.append('system', packMade(describePack(files), BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  expect(exitCode(await verifyEvidence(store, pins))).toBe(0);
  expect(await codeOfRejected(uploadPack(store, STREAM, 1, [{ path: 'timeline.md', bytes: Buffer.from('other') }]))).toBe('evidence-fork');
});

test('no pack is made of evidence that does not hold together', async () => {
  const { store, evidence, options } = await setUp();
  expect(await codeOfRejected(collectSigned(store, 'INC-2026-0099', options.signer.keyId))).toBe('pack-unsigned');
  store.erase(recordKey(STREAM, 2));
  expect(await codeOfRejected(collectSigned(store, STREAM, options.signer.keyId))).toBe('chain-broken');
  for (const path of ['../x', 'manifest.json', 'rca.md', '/x', 'a//b']) {
    expect(
      await codeOfRejected(
        buildPack(evidence, {
          ...options,
          extra: [
            { path: 'rca.md', bytes: Buffer.from('') },
            { path, bytes: Buffer.from('') },
          ],
        }),
      ),
    ).toBe('pack-path');
  }
});

test('an artifact that is gone is named', async () => {
  const { store, options } = await setUp();
  store.keys(`incidents/${STREAM}/artifacts/`).forEach((key) => store.erase(key));
  expect(await codeOfRejected(collectSigned(store, STREAM, options.signer.keyId))).toBe('pack-object-missing');
});

test('the timeline says when, who and what, and takes what people typed as text', async () => {
  const { evidence, options } = await setUp();
  const [first, second] = evidence.records.map(({ record }) => record);
  if (first === undefined || second === undefined) throw new Error('no records');
  const records = [
    first,
    { ...second, data: { text: 'a | b\n# *loud* <b>' } },
    { ...second, actor: { kind: 'timer' as const, id: 'update-breach' }, type: 'unknown.thing', outcome: 'failed' as const },
    { ...second, actor: { kind: 'person' as const, id: 'U0GONE' }, type: 'constructor' },
  ];
  expect(renderTimeline(STREAM, records, options)).toBe(`# Timeline of INC-2026-0001

All times are UTC. The last column is the number of the record that proves the line.

| Time (UTC) | Who | What | Record |
|---|---|---|---|
| 2026-11-21 08:00:04 | U0ALICE (Alice Example) | incident.declared (INC-2026-0001) | 1 |
| 2026-11-21 08:00:05 | U0ALICE (Alice Example) | Note: a \\| b \\# \\*loud\\* \\<b\\> | 2 |
| 2026-11-21 08:00:05 | Timer (time of the update) | unknown.thing (INC-2026-0001) \\[failed\\] | 2 |
| 2026-11-21 08:00:05 | U0GONE | constructor (INC-2026-0001) | 2 |
`);
});

test('a mention of a person is a name, that of a group its id: neither is markup', async () => {
  const { evidence } = await setUp();
  const [first] = evidence.records;
  if (first === undefined) throw new Error('no records');
  const describe = () => 'Tocsin called <@U0ALICE> (<!subteam^S0SRE>)';
  expect(whatOf(first.record, { describe, people: { U0ALICE: 'Alice' } })).toBe('Tocsin called U0ALICE (Alice) (group S0SRE)');
});

test('a planted pack with the last number stops no pack', async () => {
  const { store } = await setUp();
  store.overwrite(`incidents/${STREAM}/pack/99999999/x`, Buffer.from('x'));
  expect(await nextPackNumber(store, STREAM)).toBe(1);
});

test('a pack that is exported ends where a trusted key signed: a forged tail is not in it', async () => {
  const { store, evidence, options } = await setUp();
  const last = evidence.records.at(-1);
  if (last === undefined) throw new Error('no record');
  const forged = nextRecord(
    { seq: last.record.seq, hash: last.hash },
    { type: 'note.added', v: 1, actor: BOT, subject: STREAM, outcome: 'done', data: { text: 'approved by nobody' } },
    { stream: STREAM, time: '2026-11-22T00:00:00.000Z', eventId: 'forged' },
  );
  await store.put(recordKey(STREAM, last.record.seq + 1), forged.bytes, { 'incident-id': STREAM, kind: 'record' });
  const { records, leftOut } = await collectSigned(store, STREAM, options.signer.keyId);
  expect(records.map(({ hash }) => hash)).toEqual(evidence.records.map(({ hash }) => hash));
  expect(leftOut).toBe(1);
  expect(await codeOfRejected(collectSigned(store, STREAM, 'f'.repeat(64)))).toBe('pack-unsigned');
});

test('what somebody planted stops no pack: repairs that are none, and checkpoints that nobody signed', async () => {
  const { store, evidence, options } = await setUp();
  const junk = Buffer.from('junk');
  for (const key of [recordKey(STREAM, 2), checkpointKey(STREAM, 8), signatureKey(STREAM, 8), artifactOf(store)])
    await store.put(repairKey(key), junk, { 'incident-id': STREAM, kind: 'record' });
  for (const size of [5, 99]) {
    await store.put(checkpointKey(STREAM, size), junk, { 'incident-id': STREAM, kind: 'checkpoint' });
    await store.put(signatureKey(STREAM, size), junk, { 'incident-id': STREAM, kind: 'checkpoint' });
  }
  for (const upTo of [undefined, evidence.records.length]) {
    const collected = await collectSigned(store, STREAM, options.signer.keyId, upTo);
    expect(collected.files.map(({ path }) => path)).toEqual(evidence.files.map(({ path }) => path));
    expect(await buildPack(collected, options)).toEqual(await buildPack(evidence, options));
  }
});

test('what stands beside a planted checkpoint or record is read in its place', async () => {
  const { store, evidence, options } = await setUp();
  const junk = Buffer.from('junk');
  for (const key of [recordKey(STREAM, 2), checkpointKey(STREAM, 8), signatureKey(STREAM, 8)]) {
    await store.put(repairKey(key), store.read(key), { 'incident-id': STREAM, kind: 'record' });
    store.overwrite(key, junk);
  }
  const collected = await collectSigned(store, STREAM, options.signer.keyId);
  expect(collected.records.map(({ hash }) => hash)).toEqual(evidence.records.map(({ hash }) => hash));
  expect(collected.leftOut).toBe(0);
});

test('an artifact that no record names, and one under the name of another, are no part of a pack', async () => {
  const { store, evidence, options, writer } = await setUp();
  const stray = Buffer.from('nobody captured this');
  const [artifact = ''] = store.keys(`incidents/${STREAM}/artifacts/`);
  const extra = [
    { path: `artifacts/sha256/${sha256(stray)}`, bytes: stray },
    { path: `artifacts/sha256/${'0'.repeat(64)}`, bytes: store.read(artifact) },
  ];
  const files = await buildPack(evidence, { ...options, extra });
  await uploadPack(store, STREAM, 1, files);
  await writer.append('system', packMade(describePack(files), BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  const { findings } = await verifyEvidence(store, await ownPins(store));
  expect(findings.filter(({ code }) => code === 'pack-content')).toHaveLength(2);
});

test('a stranger who signs the true chain gets neither the checkpoint nor the key into a pack', async () => {
  const { store, evidence, options } = await setUp();
  const stranger = createSigner();
  await store.put(publicKeyKey(stranger.keyId), Buffer.from(stranger.publicKeyPem), { 'incident-id': '', kind: 'key' });
  const put = (key: string, bytes: Uint8Array) => store.put(key, bytes, { 'incident-id': STREAM, kind: 'checkpoint' });
  for (const size of [5, 8]) {
    const hash = evidence.records[size - 1]?.hash ?? '';
    const signed = await signCheckpoint({ seq: size, hash }, { stream: STREAM, time: options.time }, stranger);
    const at = size === 8 ? repairKey : (key: string) => key;
    await put(at(checkpointKey(STREAM, size)), signed.bytes);
    await put(at(signatureKey(STREAM, size)), signed.signature);
  }
  for (const upTo of [undefined, evidence.records.length])
    expect((await collectSigned(store, STREAM, options.signer.keyId, upTo)).files).toEqual(evidence.files);
});

function artifactOf(store: MemoryStore): string {
  const [key] = store.keys(`incidents/${STREAM}/artifacts/`);
  if (key === undefined) throw new Error('no artifact');
  return key;
}
