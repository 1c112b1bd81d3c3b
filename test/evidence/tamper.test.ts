import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredRecord } from '../../src/domain/record.ts';
import { type SignedCheckpoint, signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { checkpointKey, publicKeyKey, recordKey, signatureKey, tagsFor } from '../../src/evidence/layout.ts';
import { keyIntroduced, keyRevoked, parseAnchor } from '../../src/evidence/log.ts';
import { buildPack, collectSigned, describePack, uploadPack } from '../../src/evidence/pack/pack.ts';
import { packMade } from '../../src/evidence/pack/pack-record.ts';
import { encodeRecord, readRecord } from '../../src/evidence/record.ts';
import { repaired } from '../../src/evidence/repairs.ts';
import { exitCode, formatReport } from '../../src/evidence/verify/report.ts';
import { type VerifyOptions, verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { MemoryStore } from './helpers/memory-store.ts';
import { ownPins } from './helpers/pins.ts';
import { BOT, type BuiltStore, buildStore, EvidenceWriter } from './helpers/store.ts';

const VICTIM = 'INC-2026-0002';

let genuine: MemoryStore;
let built: BuiltStore;
let newestAnchor: string;

beforeAll(async () => {
  genuine = new MemoryStore();
  built = await buildStore(genuine);
  const evidence = await collectSigned(genuine, VICTIM, built.signer.keyId);
  const pack = await buildPack(evidence, { number: 1, time: '2026-11-22T00:00:00.000Z', signer: built.signer, people: {}, describe: () => null });
  await uploadPack(genuine, VICTIM, 1, pack);
  await built.writer.append('system', packMade(describePack(pack), BOT));
  await built.writer.checkpoint('system');
  newestAnchor = await built.writer.anchor();
});

/** Verifies, quickly and strictly, and expects both to say the same. */
async function verify(store: MemoryStore, given: VerifyOptions = {}) {
  // Everything the store could sign with is pinned, so that only what the test is about shows.
  const options = { ...(await ownPins(store)), ...given };
  const report = await verifyEvidence(store, options);
  const strict = await verifyEvidence(store, { ...options, strict: true });
  expect(exitCode(strict)).toBe(exitCode(report));
  return { exit: exitCode(report), codes: [...new Set(report.findings.map((finding) => finding.code))], report };
}

function anchor() {
  const parsed = parseAnchor(newestAnchor);
  if (parsed === null) throw new Error('no anchor');
  return parsed;
}

function edit(store: MemoryStore, seq: number, change: (record: StoredRecord) => StoredRecord): void {
  const key = recordKey(VICTIM, seq);
  store.overwrite(key, encodeRecord(change(readRecord(store.read(key)))).bytes);
}

function setText(record: StoredRecord): StoredRecord {
  return { ...record, data: { text: 'Nothing happened.' } };
}

function keysOf(store: MemoryStore, stream: string): string[] {
  return store.keys(`incidents/${stream}/`);
}

test('a genuine store is valid, with and without what the auditor brings', async () => {
  const { exit, report } = await verify(genuine);
  expect({ exit, findings: report.findings }).toEqual({ exit: 0, findings: [] });
  expect(report.streams.map(({ stream, records, signed, closed }) => ({ stream, records, signed, closed }))).toEqual([
    { stream: 'log', records: 16, signed: 16, closed: false },
    { stream: 'system', records: 2, signed: 2, closed: false },
    { stream: 'INC-2026-0001', records: 8, signed: 8, closed: true },
    { stream: VICTIM, records: 8, signed: 8, closed: true },
    { stream: 'INC-2026-0003', records: 8, signed: 8, closed: true },
    { stream: 'DRL-2026-0001', records: 5, signed: 5, closed: true },
  ]);
  expect((await verify(genuine, { anchor: anchor(), pinnedKeyIds: [built.signer.keyId] })).exit).toBe(0);
  expect((await verify(genuine, { streams: [VICTIM] })).report.streams.map((stream) => stream.stream)).toEqual(['log', 'system', VICTIM]);
});

type Tampering = readonly [name: string, exit: number, code: string, tamper: (store: MemoryStore) => unknown];

const TAMPERINGS: readonly Tampering[] = [
  ['edited record', 1, 'chain-broken', (store) => edit(store, 3, setText)],
  ['edited last record', 1, 'head-mismatch', (store) => edit(store, 8, (record) => ({ ...record, data: { open_items: 7 } }))],
  ['deleted record', 1, 'record-missing', (store) => store.erase(recordKey(VICTIM, 3))],
  ['deleted first record', 1, 'record-missing', (store) => store.erase(recordKey(VICTIM, 1))],
  [
    'deleted record, the rest renumbered',
    1,
    'record-renumbered',
    (store) => {
      for (let seq = 3; seq < 8; seq += 1) store.overwrite(recordKey(VICTIM, seq), store.read(recordKey(VICTIM, seq + 1)));
      store.erase(recordKey(VICTIM, 8));
    },
  ],
  [
    'deleted record, the rest renumbered and chained anew',
    1,
    'head-mismatch',
    (store) => {
      let prev = sha256(store.read(recordKey(VICTIM, 2)));
      for (let seq = 3; seq < 8; seq += 1) {
        const { bytes, hash } = encodeRecord({ ...readRecord(store.read(recordKey(VICTIM, seq + 1))), seq, prev });
        store.overwrite(recordKey(VICTIM, seq), bytes);
        prev = hash;
      }
      store.erase(recordKey(VICTIM, 8));
    },
  ],
  [
    'swapped records',
    1,
    'record-renumbered',
    (store) => {
      const [third, fourth] = [store.read(recordKey(VICTIM, 3)), store.read(recordKey(VICTIM, 4))];
      store.overwrite(recordKey(VICTIM, 3), fourth);
      store.overwrite(recordKey(VICTIM, 4), third);
    },
  ],
  [
    'truncated behind an older checkpoint',
    1,
    'stream-shortened',
    (store) => {
      for (const seq of [7, 8]) for (const key of [recordKey(VICTIM, seq), checkpointKey(VICTIM, seq), signatureKey(VICTIM, seq)]) store.erase(key);
      for (const seq of [5, 6]) store.erase(recordKey(VICTIM, seq));
    },
  ],
  ['truncated, the last record only', 1, 'stream-shortened', (store) => store.erase(recordKey(VICTIM, 8))],
  [
    'appended record',
    2,
    'tail-unsigned',
    (store) => {
      const last = readRecord(store.read(recordKey(VICTIM, 8)));
      store.overwrite(recordKey(VICTIM, 9), encodeRecord({ ...last, seq: 9, prev: sha256(store.read(recordKey(VICTIM, 8))) }).bytes);
    },
  ],
  [
    'edited checkpoint',
    1,
    'signature-wrong',
    (store) =>
      store.overwrite(
        checkpointKey(VICTIM, 4),
        Buffer.from(
          Buffer.from(store.read(checkpointKey(VICTIM, 4)))
            .toString()
            .replace('2026-11-21', '2026-11-20'),
        ),
      ),
  ],
  ['edited signature', 1, 'signature-wrong', (store) => store.overwrite(signatureKey(VICTIM, 4), new Uint8Array(64))],
  ['short signature', 1, 'signature-wrong', (store) => store.overwrite(signatureKey(VICTIM, 4), store.read(signatureKey(VICTIM, 4)).slice(0, 63))],
  ['deleted checkpoint', 1, 'checkpoint-replaced', (store) => [checkpointKey(VICTIM, 4), signatureKey(VICTIM, 4)].forEach((key) => store.erase(key))],
  ['deleted signature', 1, 'checkpoint-unsigned', (store) => store.erase(signatureKey(VICTIM, 4))],
  ['signature without its checkpoint', 1, 'signature-alone', (store) => store.erase(checkpointKey(VICTIM, 4))],
  [
    'checkpoint of another size',
    1,
    'checkpoint-misplaced',
    (store) => store.overwrite(checkpointKey(VICTIM, 4), store.read(checkpointKey(VICTIM, 7))),
  ],
  [
    'checkpoint of another incident',
    1,
    'checkpoint-misplaced',
    (store) => {
      store.overwrite(checkpointKey(VICTIM, 4), store.read(checkpointKey('INC-2026-0001', 4)));
      store.overwrite(signatureKey(VICTIM, 4), store.read(signatureKey('INC-2026-0001', 4)));
    },
  ],
  ['re-signed with another key', 1, 'log-mismatch', (store) => resign(store, { introduceKey: true })],
  ['re-signed with another key that no record introduced', 1, 'key-not-introduced', (store) => resign(store, { introduceKey: true })],
  ['re-signed with another key that is not in the store', 1, 'key-unknown', (store) => resign(store, { introduceKey: false })],
  [
    'record of another incident',
    1,
    'record-of-another-stream',
    (store) => store.overwrite(recordKey(VICTIM, 3), store.read(recordKey('INC-2026-0001', 3))),
  ],
  ['second version of a record', 1, 'second-version', (store) => store.addVersion(recordKey(VICTIM, 3), store.read(recordKey(VICTIM, 3)))],
  ['delete marker over a record', 1, 'delete-marker', (store) => store.addDeleteMarker(recordKey(VICTIM, 3))],
  [
    'delete marker over a record, and the record written again',
    1,
    'second-version',
    (store) => {
      const bytes = store.read(recordKey(VICTIM, 3));
      store.addDeleteMarker(recordKey(VICTIM, 3));
      store.addVersion(recordKey(VICTIM, 3), bytes);
    },
  ],
  ['delete marker over the last record', 1, 'delete-marker', (store) => store.addDeleteMarker(recordKey(VICTIM, 8))],
  [
    'second version of a checkpoint',
    1,
    'second-version',
    (store) => store.addVersion(checkpointKey(VICTIM, 4), store.read(checkpointKey(VICTIM, 4))),
  ],
  ['delete marker over a key', 1, 'delete-marker', (store) => store.addDeleteMarker(publicKeyKey(built.signer.keyId))],
  ['whole incident removed', 1, 'stream-missing', (store) => keysOf(store, VICTIM).forEach((key) => store.erase(key))],
  ['whole incident under delete markers', 1, 'delete-marker', (store) => keysOf(store, VICTIM).forEach((key) => store.addDeleteMarker(key))],
  ['global log removed', 2, 'not-in-log', (store) => store.keys('log/').forEach((key) => store.erase(key))],
  ['artifact changed', 1, 'artifact-changed', (store) => store.overwrite(artifactOf(store), Buffer.from('all was well'))],
  ['artifact removed', 1, 'artifact-missing', (store) => store.erase(artifactOf(store))],
  ['object that nobody wrote', 1, 'unexpected-object', (store) => store.overwrite(`incidents/${VICTIM}/records/note.txt`, Buffer.from('x'))],
  [
    'record numbered in another way',
    1,
    'unexpected-object',
    (store) => store.overwrite(`incidents/${VICTIM}/records/9.json`, store.read(recordKey(VICTIM, 8))),
  ],
  ['public key replaced', 1, 'key-changed', (store) => store.overwrite(publicKeyKey(built.signer.keyId), Buffer.from(createSigner().publicKeyPem))],
  ['public key removed', 1, 'key-unknown', (store) => store.erase(publicKeyKey(built.signer.keyId))],
  [
    'pack file changed',
    1,
    'pack-file-changed',
    (store) => store.overwrite(`incidents/${VICTIM}/pack/1/timeline.md`, Buffer.from('# Nothing happened')),
  ],
  ['pack file removed', 1, 'pack-file-missing', (store) => store.erase(`incidents/${VICTIM}/pack/1/timeline.md`)],
  ['pack file added', 1, 'pack-file-added', (store) => store.overwrite(`incidents/${VICTIM}/pack/1/rca.md`, Buffer.from('# No cause'))],
  ['pack manifest changed', 1, 'pack-manifest', (store) => store.overwrite(`incidents/${VICTIM}/pack/1/manifest.json`, Buffer.from('{}\n'))],
  ['everything removed', 3, 'nothing-found', (store) => store.keys().forEach((key) => store.erase(key))],
];

function artifactOf(store: MemoryStore): string {
  return store.keys(`incidents/${VICTIM}/artifacts/`)[0] as string;
}

/** What an intruder does who has no key but his own: changes a record, chains the rest anew, and signs it all. */
async function resign(store: MemoryStore, options: { introduceKey: boolean }): Promise<void> {
  const intruder = createSigner();
  if (options.introduceKey) await store.put(publicKeyKey(intruder.keyId), Buffer.from(intruder.publicKeyPem), tagsFor(publicKeyKey(intruder.keyId)));
  let prev = sha256(store.read(recordKey(VICTIM, 2)));
  for (let seq = 3; seq <= 8; seq += 1) {
    const record = readRecord(store.read(recordKey(VICTIM, seq)));
    const { bytes, hash } = encodeRecord({ ...record, prev, data: seq === 3 ? { text: 'Nothing happened.' } : record.data });
    store.overwrite(recordKey(VICTIM, seq), bytes);
    prev = hash;
    if (store.keys().includes(checkpointKey(VICTIM, seq))) {
      const signed: SignedCheckpoint = await signCheckpoint({ seq, hash }, { stream: VICTIM, time: record.time }, intruder);
      store.overwrite(checkpointKey(VICTIM, seq), signed.bytes);
      store.overwrite(signatureKey(VICTIM, seq), signed.signature);
    }
  }
}

test.each(TAMPERINGS)('%s: exit %i, %s', async (_name, exit, code, tamper) => {
  const store = genuine.clone();
  await tamper(store);
  const found = await verify(store);
  expect(found.codes).toContain(code);
  expect(found.exit).toBe(exit);
});

test('a rollback of the whole store to an older genuine state is caught by the anchor, and by nothing else', async () => {
  const older = new MemoryStore();
  const writer = (await buildStore(older, { incidents: 1 })).writer;
  const snapshot = older.clone();
  await writer.note('INC-2026-0001', 'What somebody wants forgotten');
  await writer.checkpoint('INC-2026-0001');
  const published = parseAnchor(await writer.anchor());
  if (published === null) throw new Error('no anchor');
  expect((await verify(older, { anchor: published })).exit).toBe(0);
  expect((await verify(snapshot)).exit).toBe(0);
  expect(await verify(snapshot, { anchor: published })).toMatchObject({ exit: 1, codes: ['anchor-mismatch'] });
  expect(await verify(snapshot, { anchor: { size: null, sha256: published.sha256 } })).toMatchObject({ exit: 1, codes: ['anchor-mismatch'] });
});

test('a whole store rewritten with another key is caught by the pinned key, and by the anchor', async () => {
  const forged = new MemoryStore();
  await buildStore(forged, { signer: createSigner() });
  expect((await verify(forged)).exit).toBe(0);
  expect(await verify(forged, { pinnedKeyIds: [built.signer.keyId] })).toMatchObject({ exit: 1 });
  expect((await verify(forged, { pinnedKeyIds: [built.signer.keyId] })).codes).toContain('key-not-pinned');
  expect((await verify(forged, { anchor: anchor() })).codes).toEqual(['anchor-mismatch']);
});

test('a store that was never anchored is unanchored', async () => {
  const store = new MemoryStore();
  const writer = new EvidenceWriter(store);
  await writer.introduceKey();
  await writer.checkpoint('system');
  await writer.checkpoint('log');
  expect(await verify(store)).toMatchObject({ exit: 2, codes: ['unanchored'] });
});

test('a stream that was asked for and is not there is not valid', async () => {
  expect(await verify(genuine, { streams: ['INC-2026-0099'] })).toMatchObject({ exit: 3, codes: ['nothing-found'] });
});

test('a stream that was asked for and is gone, but stands in the log, is missing evidence and no slip of the pen', async () => {
  const store = genuine.clone();
  for (const key of keysOf(store, VICTIM)) store.erase(key);
  const { exit, codes } = await verify(store, { streams: [VICTIM] });
  expect({ exit, codes }).toEqual({ exit: 1, codes: expect.not.arrayContaining(['nothing-found']) });
});

test('somebody else’s object is set aside while it is the one that a record names, and no longer', async () => {
  const store = new MemoryStore();
  const { writer } = await buildStore(store, { incidents: 1 });
  const [stream, junk] = ['INC-2026-0001', Buffer.from('{}')];
  const key = recordKey(stream, 9);
  await store.put(key, junk, tagsFor(key));
  await writer.append('system', repaired(stream, { key, sha256: sha256(junk) }, BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  expect(await verify(store)).toMatchObject({ exit: 2, codes: ['foreign-object'] });
  store.overwrite(key, Buffer.from('{ }'));
  expect((await verify(store)).exit).toBe(1);
});

test('a report names the changed record where a checkpoint tells which it was, and both otherwise', async () => {
  const store = genuine.clone();
  for (const seq of [2, 4]) edit(store, seq, setText);
  const { report } = await verify(store);
  expect(report.findings.filter(({ code }) => code === 'chain-broken').map(({ says }) => says)).toEqual([
    'Record 3 of INC-2026-0002 does not follow record 2: record 2 or 3 was changed.',
    'Record 5 of INC-2026-0002 does not follow record 4: record 4 was changed.',
  ]);
});

test('a key may be rotated; once it is revoked, what it signed before still counts and what it signs after does not', async () => {
  const store = new MemoryStore();
  const { writer } = await buildStore(store, { incidents: 1 });
  const old = writer.signer;
  const next = createSigner();
  await writer.upload(publicKeyKey(next.keyId), Buffer.from(next.publicKeyPem));
  await writer.append('system', keyIntroduced(next.keyId, old.keyId, BOT));
  writer.signer = next;
  await writer.append('system', keyRevoked(old.keyId, writer.time(), 'laptop lost', BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  const after = await verify(store);
  expect(after).toMatchObject({ exit: 0, codes: [] });
  expect(after.report.keys).toContainEqual({ keyId: old.keyId, signatures: expect.any(Number), pinned: true, revokedSince: expect.any(String) });
  expect(after.report.keys).toContainEqual({ keyId: next.keyId, signatures: expect.any(Number), pinned: true, revokedSince: null });

  writer.signer = old;
  await writer.note('INC-2026-0001', 'Written by who found the laptop');
  await writer.checkpoint('INC-2026-0001');
  await writer.anchor();
  expect(await verify(store)).toMatchObject({ exit: 1, codes: ['key-revoked'] });
});

test('a checkpoint by a revoked key that claims an earlier time is still caught', async () => {
  const store = new MemoryStore();
  const { writer } = await buildStore(store, { incidents: 1 });
  const old = writer.signer;
  const next = createSigner();
  await writer.upload(publicKeyKey(next.keyId), Buffer.from(next.publicKeyPem));
  await writer.append('system', keyIntroduced(next.keyId, old.keyId, BOT));
  await writer.append('system', keyRevoked(old.keyId, '2030-01-01T00:00:00.000Z', 'laptop lost', BOT));
  writer.signer = next;
  await writer.checkpoint('system');
  await writer.anchor();
  writer.signer = old;
  await writer.note('INC-2026-0001', 'Backdated');
  await writer.checkpoint('INC-2026-0001');
  writer.signer = next;
  await writer.anchor();
  expect(await verify(store)).toMatchObject({ exit: 1, codes: ['key-revoked'] });
});

test('any single byte flipped anywhere in the store is found', async () => {
  const keys = genuine.keys().filter((key) => key !== 'people.json');
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (pick, at, mask) => {
      const key = keys[pick % keys.length] as string;
      const bytes = Uint8Array.from(genuine.read(key));
      const place = at % bytes.byteLength;
      bytes[place] = (bytes[place] as number) ^ mask;
      const store = genuine.clone();
      store.overwrite(key, bytes);
      expect([key, exitCode(await verifyEvidence(store))]).toEqual([key, 1]);
    }),
    { numRuns: 300 },
  );
});

test('any object removed is found', async () => {
  const pins = await ownPins(genuine);
  for (const key of genuine.keys().filter((name) => name !== 'people.json')) {
    const store = genuine.clone();
    store.erase(key);
    expect([key, exitCode(await verifyEvidence(store, pins))]).not.toEqual([key, 0]);
  }
});

test('names can be deleted without touching the evidence', async () => {
  const store = genuine.clone();
  store.erase('people.json');
  expect((await verify(store)).exit).toBe(0);
});

test('a store without versions is verified the same', async () => {
  const store = new MemoryStore({ versioned: false });
  await buildStore(store);
  expect((await verify(store)).exit).toBe(0);
});

test('the report for people says what to do next', async () => {
  const store = genuine.clone();
  edit(store, 3, setText);
  const text = formatReport((await verify(store)).report, { color: false });
  expect(text).toMatch(/^ALTERED {2}memory\nAltered: incidents\/INC-2026-0002\/records\/00000003.json\n/);
  expect(text).toContain('altered    chain-broken: Record 4 of INC-2026-0002 does not follow record 3: record 3 was changed.');
  expect(text).toContain('run this again with --anchor');
  const valid = formatReport((await verify(genuine, { anchor: anchor(), pinnedKeyIds: [built.signer.keyId] })).report, { color: true });
  expect(valid).toContain('\u001b[32mVALID\u001b[0m');
  expect(valid).toContain(`Compared with the anchor you gave: ${newestAnchor}`);
});

test('what a record of an incident says of keys counts for nothing: only the stream of the system introduces and revokes them', async () => {
  const store = new MemoryStore();
  const { writer } = await buildStore(store, { incidents: 1 });
  await writer.append('INC-2026-0001', keyRevoked(writer.signer.keyId, '2020-01-01T00:00:00.000Z', 'so says an incident', BOT));
  await writer.checkpoint('INC-2026-0001');
  await writer.anchor();
  expect(await verify(store)).toMatchObject({ exit: 0, codes: [] });
});
