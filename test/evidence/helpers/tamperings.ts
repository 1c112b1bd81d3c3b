import { execFileSync } from 'node:child_process';
import { link, mkdir, rename, rm, symlink, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { signCheckpoint } from '../../../src/evidence/checkpoint.ts';
import { createSigner } from '../../../src/evidence/keys.ts';
import { artifactKey, checkpointKey, packPrefix, publicKeyKey, recordKey, signatureKey } from '../../../src/evidence/layout.ts';
import { keyIntroduced, keyRevoked } from '../../../src/evidence/log.ts';
import { packMade } from '../../../src/evidence/pack/pack-record.ts';
import { encodeRecord, readRecord } from '../../../src/evidence/record.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { Signer } from '../../../src/ports/evidence.ts';
import { type Audited, artifactOf, BYSTANDER, buildAudited, goOn, PACK_TIME, PLAN, pack, VICTIM } from './audited.ts';
import { BOT } from './store.ts';
import type { Copy } from './tamper.ts';
import type { Pins } from './ways.ts';

export interface Tampering {
  readonly name: string;
  readonly exit: 0 | 1 | 2 | 3;
  readonly tamper: (copy: Copy, audited: Audited) => Promise<unknown>;
  /** What the auditor brings; the key and the anchor, unless it says otherwise. */
  readonly pins?: (audited: Audited) => Pins;
  /** What they type as the place, if not the copy. */
  readonly place?: (copy: Copy) => string;
}

type Options = Omit<Tampering, 'name' | 'exit' | 'tamper'>;

function row(name: string, exit: Tampering['exit'], tamper: Tampering['tamper'], options: Options = {}): Tampering {
  return { name, exit, tamper, ...options };
}

const none = async () => undefined;
const keyOnly = { pins: ({ signer }: Audited): Pins => ({ key: signer.keyId }) };
const anchorOnly = { pins: ({ anchor }: Audited): Pins => ({ anchor }) };
const noPins = { pins: (): Pins => ({}) };
const stranger = createSigner();
const pack1 = packPrefix(VICTIM, 1);
const last = (audited: Audited, stream: string) => audited.writer.heads.get(stream)?.seq ?? 0;
const recordsOf = (stream: string) => recordKey(stream, 1).replace(/[^/]+$/, '');
const anchorSize = (audited: Audited) => Number(audited.anchor.split(':')[0]);

const GENUINE: readonly Tampering[] = [
  row('nothing', 0, none),
  row('nothing; the key alone is given', 0, none, keyOnly),
  row('nothing; the anchor alone is given', 0, none, anchorOnly),
  row('nothing; an older anchor is given', 0, none, { pins: ({ signer, olderAnchor }) => ({ key: signer.keyId, anchor: olderAnchor }) }),
  row('nothing; the anchor is given without its number', 0, none, { pins: ({ anchor }) => ({ anchor: anchor.replace(/^\d+:/, '') }) }),
  row('nothing; two keys are given', 0, none, { pins: ({ signer }) => ({ key: `${'0'.repeat(64)} ${signer.keyId}` }) }),
  row('nothing; neither key nor anchor is given', 2, none, noPins),
  row('nothing; another key is given', 1, none, { pins: () => ({ key: stranger.keyId }) }),
  row('nothing; an anchor of another store is given', 1, none, { pins: () => ({ anchor: `3:${'a'.repeat(64)}` }) }),
  row('nothing; the anchor is given with another number', 1, none, { pins: ({ anchor }) => ({ anchor: `1:${anchor.split(':')[1]}` }) }),
  row('nothing; the key is mistyped', 3, none, { pins: () => ({ key: 'abc' }) }),
  row('nothing; the anchor is mistyped', 3, none, { pins: () => ({ anchor: '42' }) }),
  row('nothing; the path is mistyped', 3, none, { place: (copy) => `${copy.directory}-typo` }),
  row('nothing; the path is a file', 3, none, { place: (copy) => copy.path('people.json') }),
  row('nothing; the path is an empty folder', 3, (copy) => mkdir(copy.path('../empty'), { recursive: true }), {
    place: (copy) => copy.path('../empty'),
  }),
  row('nothing; the path is a folder of something else', 3, none, { place: () => join(import.meta.dirname, '..') }),
  row('names were changed', 0, (copy) => copy.write('people.json', '{"U0ALICE":"Mallory"}\n')),
  row('names were made unreadable', 0, (copy) => copy.write('people.json', '[')),
  row('names were deleted', 0, (copy) => copy.erase('people.json')),
];

/** Each kind of file, and what each of the ways to damage it comes to. */
const FILES: readonly (readonly [name: string, key: (audited: Audited) => string, deleted: 1 | 2])[] = [
  ['a record', () => recordKey(VICTIM, 3), 1],
  ['the first record', () => recordKey(VICTIM, 1), 1],
  ['the last record', (audited) => recordKey(VICTIM, last(audited, VICTIM)), 1],
  ['a record of the log', () => recordKey('log', 2), 1],
  ['the record of a key', () => recordKey('system', 1), 1],
  ['the record of a pack', () => recordKey('system', 2), 1],
  ['a record of a drill', () => recordKey('DRL-2026-0001', 1), 1],
  ['a checkpoint', () => checkpointKey(VICTIM, 3), 1],
  ['the closing checkpoint', (audited) => checkpointKey(VICTIM, last(audited, VICTIM)), 1],
  ['a signature', () => signatureKey(VICTIM, 3), 1],
  ['the newest checkpoint of the log', (audited) => checkpointKey('log', last(audited, 'log')), 2],
  ['the published checkpoint of the log', (audited) => checkpointKey('log', anchorSize(audited)), 1],
  ['an artifact', () => artifactOf('log'), 1],
  ['the signing key', ({ signer }) => publicKeyKey(signer.keyId), 1],
  ...[
    'manifest.json',
    'manifest.json.sig',
    'SHA256SUMS',
    'records.jsonl',
    'approvals.json',
    'changes.json',
    'timeline.md',
    `plans/${PLAN}/approvals.json`,
    `plans/${PLAN}/plan.json`,
    `plans/${PLAN}/logs/before-pods-00000004.log`,
    `plans/${PLAN}/steps/1-k8s.rollout-restart.txt`,
    'checkpoints/00000003.json',
  ].map((path) => [`${path} of a pack`, () => pack1 + path, 1] as const),
];

const DAMAGE: readonly Tampering[] = FILES.flatMap(([name, key, deleted]) => [
  row(`${name}: one bit is changed`, 1, (copy, audited) => copy.flip(key(audited))),
  row(`${name}: emptied`, 1, (copy, audited) => truncate(copy.path(key(audited)))),
  row(`${name}: deleted`, deleted, (copy, audited) => copy.erase(key(audited))),
]);

const HISTORY: readonly Tampering[] = [
  row('a record is changed, and keeps its form', 1, (copy) =>
    copy.editRecord(recordKey(VICTIM, 3), (record) => ({ ...record, data: { plan: PLAN } })),
  ),
  row('the last record is changed, and keeps its form', 1, (copy, audited) =>
    copy.editRecord(recordKey(VICTIM, last(audited, VICTIM)), (record) => ({ ...record, data: { open_items: 7 } })),
  ),
  row('two records change places', 1, (copy) => copy.swap(recordKey(VICTIM, 3), recordKey(VICTIM, 4))),
  row('a record is that of another incident', 1, (copy) => copy.copy(recordKey(BYSTANDER, 1), recordKey(VICTIM, 1))),
  row('two records in one file', 1, async (copy) =>
    copy.write(recordKey(VICTIM, 3), Buffer.concat([await copy.read(recordKey(VICTIM, 3)), await copy.read(recordKey(VICTIM, 4))])),
  ),
  row('all records after a change are chained again', 1, async (copy, audited) => {
    let prev = sha256(await copy.read(recordKey(VICTIM, 2)));
    for (let seq = 3; seq <= last(audited, VICTIM); seq += 1) {
      const record = readRecord(await copy.read(recordKey(VICTIM, seq)));
      const { bytes, hash } = encodeRecord({ ...record, prev, subject: seq === 3 ? 'another' : record.subject });
      await copy.write(recordKey(VICTIM, seq), bytes);
      prev = hash;
    }
  }),
  row('an incident is cut off behind an older checkpoint', 1, async (copy, audited) => {
    const end = last(audited, VICTIM);
    for (let seq = 4; seq <= end; seq += 1) await copy.erase(recordKey(VICTIM, seq));
    await copy.erase(checkpointKey(VICTIM, end), signatureKey(VICTIM, end));
  }),
  row('a record is added at the end', 2, async (copy, audited) => (await goOn(copy.directory, audited)).note(BYSTANDER, 'More')),
  row('something that is no record is added at the end', 1, (copy, audited) =>
    copy.write(recordKey(BYSTANDER, last(audited, BYSTANDER) + 1), '{}\n'),
  ),
  row('records are added and signed, and the log is not told', 2, async (copy, audited) => {
    const writer = await goOn(copy.directory, audited);
    const { record, hash } = await writer.note(BYSTANDER, 'More');
    const signed = await signCheckpoint({ seq: record.seq, hash }, { stream: BYSTANDER, time: writer.time() }, writer.signer);
    await writer.upload(checkpointKey(BYSTANDER, record.seq), signed.bytes);
    await writer.upload(signatureKey(BYSTANDER, record.seq), signed.signature);
  }),
  row('an incident is removed', 1, (copy) => copy.erase(`incidents/${VICTIM}`)),
  row('an incident without a pack is removed', 1, (copy) => copy.erase(`incidents/${BYSTANDER}`)),
  row('the records of an incident are removed', 1, (copy) => copy.erase(recordsOf(VICTIM))),
  row('the checkpoints of an incident are removed', 1, (copy) => copy.erase(checkpointKey(VICTIM, 1).replace(/[^/]+$/, ''))),
  row('the drills are removed', 1, (copy) => copy.erase('drills')),
  row('the stream system is removed', 1, (copy) => copy.erase('system')),
  row('the global log is removed', 1, (copy) => copy.erase('log')),
  row('the global log is removed; the key alone is given', 2, (copy) => copy.erase('log'), keyOnly),
  row('everything but the keys and names is removed', 3, (copy) => copy.erase('log', 'system', 'incidents', 'drills')),
  row('all keys are removed', 1, (copy) => copy.erase('keys')),
  row('a whole incident is renamed', 1, (copy) => rename(copy.path(`incidents/${BYSTANDER}`), copy.path('incidents/INC-2026-0099'))),
  row('a checkpoint and its signature are removed', 1, (copy) => copy.erase(checkpointKey(VICTIM, 3), signatureKey(VICTIM, 3))),
  row('a checkpoint is that of another incident', 1, async (copy, audited) => {
    const size = last(audited, BYSTANDER);
    await copy.copy(checkpointKey(BYSTANDER, size), checkpointKey(VICTIM, 3));
    await copy.copy(signatureKey(BYSTANDER, size), signatureKey(VICTIM, 3));
  }),
  row('the store is set back to before it was anchored', 1, async (copy, audited) => {
    const size = Number(audited.olderAnchor.split(':')[0]);
    await copy.erase('drills', `incidents/${VICTIM}/pack`, recordKey('system', 2), checkpointKey('system', 2), signatureKey('system', 2));
    for (let seq = size + 2; seq <= last(audited, 'log'); seq += 1) await copy.erase(recordKey('log', seq));
    for (const at of [anchorSize(audited), last(audited, 'log')]) await copy.erase(checkpointKey('log', at), signatureKey('log', at));
  }),
  row(
    'a store was never anchored',
    2,
    async (copy, { signer }) => {
      await rm(copy.directory, { recursive: true });
      const writer = await goOn(copy.directory, { signer, writer: { signer, heads: new Map() } } as unknown as Audited);
      await writer.introduceKey();
      await writer.checkpoint('system');
      await writer.checkpoint('log');
    },
    keyOnly,
  ),
];

const KEYS: readonly Tampering[] = [
  row('the signing key is replaced', 1, (copy, { signer }) => copy.write(publicKeyKey(signer.keyId), stranger.publicKeyPem)),
  row('the signing key is written in another way', 1, (copy, { signer }) => copy.write(publicKeyKey(signer.keyId), `\n${signer.publicKeyPem}`)),
  row('a key is added that nobody introduced', 2, (copy) => copy.write(publicKeyKey(stranger.keyId), stranger.publicKeyPem)),
  row('junk is put beside the keys', 1, (copy) => copy.write('keys/readme.txt', 'hello')),
  row('junk has the name of a key', 1, (copy) => copy.write(`keys/${'0'.repeat(64)}.pem`, 'hello')),
  row('everything is forged with another key', 1, (copy) => forged(copy)),
  row('everything is forged with another key; the key alone is given', 1, (copy) => forged(copy), keyOnly),
  row('everything is forged with another key; nothing is given', 2, (copy) => forged(copy), noPins),
  row('a stranger goes on with a key that nobody introduced', 1, async (copy, audited) => strange(copy, audited, false), anchorOnly),
  row('a stranger introduces a key and goes on with it; the anchor alone is given', 2, (copy, audited) => strange(copy, audited, true), anchorOnly),
  row('a stranger introduces a key and goes on with it', 1, (copy, audited) => strange(copy, audited, true)),
  row('a checkpoint is signed again with another key', 1, async (copy) => {
    const head = sha256(await copy.read(recordKey(VICTIM, 3)));
    const signed = await signCheckpoint({ seq: 3, hash: head }, { stream: VICTIM, time: PACK_TIME }, stranger);
    await copy.write(checkpointKey(VICTIM, 3), signed.bytes);
    await copy.write(signatureKey(VICTIM, 3), signed.signature);
    await copy.write(publicKeyKey(stranger.keyId), stranger.publicKeyPem);
  }),
  row('the key is rotated as it should be', 0, (copy, audited) => rotate(copy, audited, false), {
    pins: ({ signer }) => ({ key: `${signer.keyId} ${stranger.keyId}` }),
  }),
  row('the key is rotated; the old one alone is given', 1, (copy, audited) => rotate(copy, audited, false), keyOnly),
  row('the key is rotated after the anchor, which alone is given', 2, (copy, audited) => rotate(copy, audited, false), anchorOnly),
  row('a revoked key signs on', 1, (copy, audited) => rotate(copy, audited, true), {
    pins: ({ signer }) => ({ key: `${signer.keyId} ${stranger.keyId}` }),
  }),
  row('a revoked key signs on, and claims to have done so before', 1, (copy, audited) => rotate(copy, audited, true, '2030-01-01T00:00:00.000Z'), {
    pins: ({ signer }) => ({ key: `${signer.keyId} ${stranger.keyId}` }),
  }),
];

const FORGED_APPROVAL = '[{"by":{"id":"U0BOSS","kind":"person"},"seq":3,"type":"approval.given"}]\n';

const PACKS: readonly Tampering[] = [
  row('a pack’s approvals are forged and signed by a stranger', 1, (copy) => copy.forgePack(stranger, { 'approvals.json': FORGED_APPROVAL })),
  row(
    'a pack’s approvals are forged and signed by a stranger; the anchor alone is given',
    1,
    (copy) => copy.forgePack(stranger, { 'approvals.json': FORGED_APPROVAL }),
    anchorOnly,
  ),
  row(
    'a pack’s approvals are forged and signed by a stranger; nothing is given',
    1,
    (copy) => copy.forgePack(stranger, { 'approvals.json': FORGED_APPROVAL }),
    noPins,
  ),
  row('a pack’s approvals are forged and signed with the stolen key', 1, (copy, { signer }) =>
    copy.forgePack(signer, { 'approvals.json': FORGED_APPROVAL }),
  ),
  row('a pack is signed again by a stranger', 1, (copy) => copy.forgePack(stranger, {})),
  row('a pack is signed again for another moment', 1, (copy, { signer }) =>
    copy.forgePack(signer, {}, { manifest: { time: '2026-11-23T00:00:00.000Z' } }),
  ),
  row('a pack has a head that is not in the chain', 1, (copy, { signer }) => copy.forgePack(signer, {}, { manifest: { head: 'a'.repeat(64) } })),
  row('a pack claims fewer records', 1, (copy, { signer }) => copy.forgePack(signer, {}, { manifest: { size: 3 } })),
  row('a pack is deleted', 1, (copy) => copy.erase(`incidents/${VICTIM}/pack`)),
  row('a pack is moved to another number', 1, (copy) => rename(copy.path(pack1), copy.path(packPrefix(VICTIM, 2)))),
  row('a pack is moved to another incident', 1, async (copy) => {
    await copy.copy(pack1, packPrefix(BYSTANDER, 1));
    await copy.erase(pack1);
  }),
  row('a pack is copied to another number', 1, (copy) => copy.copy(pack1, packPrefix(VICTIM, 2))),
  row('a file is added to a pack', 1, (copy) => copy.write(`${pack1}cause.md`, '# No cause')),
  row('a hidden file is added to a pack', 1, (copy) => copy.write(`${pack1}.note`, 'x')),
  row('a stray folder is put among the packs', 1, (copy) => copy.write(`incidents/${VICTIM}/pack/new/timeline.md`, 'x')),
  row('a pack is started and not signed', 2, (copy) => copy.write(`${packPrefix(VICTIM, 2)}timeline.md`, 'x')),
  row('a pack names a file outside of it', 1, (copy, { signer }) =>
    copy.forgePack(signer, {}, { manifest: { files: [{ path: '../../../../people.json', sha256: '0'.repeat(64), size: 1 }] } }),
  ),
  row('a pack is added by a stranger', 1, (copy) => addPack(copy, stranger)),
  row('a pack is added with the stolen key', 2, (copy, { signer }) => addPack(copy, signer)),
  row('a pack with forged approvals is added with the stolen key', 1, async (copy, { signer }) => {
    await addPack(copy, signer);
    await copy.forgePack(signer, { 'approvals.json': FORGED_APPROVAL }, { number: 2 });
  }),
  ...(
    [
      ['approvals of a plan', `plans/${PLAN}/approvals.json`, '[]\n'],
      ['changes', 'changes.json', '[]\n'],
      ['timeline', 'timeline.md', '# Nothing happened\n'],
      ['timeline of a plan', `plans/${PLAN}/timeline.md`, '- 2026-01-01T00:00:00.000Z Approved (record 3)\n'],
      ['records', 'records.jsonl', '{}\n'],
      ['plan', `plans/${PLAN}/plan.json`, '{}\n'],
      ['log', `plans/${PLAN}/logs/before-pods-00000004.log`, 'all was well\n'],
      ['checkpoint', 'checkpoints/00000003.json', '{}\n'],
      ['records missing', 'records.jsonl', null],
    ] as const
  ).map(([what, path, content]) =>
    row(`a pack that no record speaks of is forged: ${what}`, 1, async (copy, { signer }) => {
      await addPack(copy, signer);
      await copy.forgePack(signer, { [path]: content }, { number: 2 });
    }),
  ),
  row(
    'packs were made before packs were recorded',
    2,
    async (copy, { signer }) => {
      await rm(copy.directory, { recursive: true });
      await buildAudited(await DirectoryStore.open(copy.directory, Date.now()), { signer, packs: 'unrecorded' });
    },
    keyOnly,
  ),
  row('a record speaks of a pack that never was', 1, async (copy, audited) => {
    const writer = await goOn(copy.directory, audited);
    const made = { incident_id: BYSTANDER, number: 1, size: 1, head: 'a'.repeat(64), manifest_sha256: 'b'.repeat(64), key_id: audited.signer.keyId };
    await writer.append('system', packMade(made, BOT));
    await writer.checkpoint('system');
    await writer.anchor();
  }),
  row('a second pack is made as it should be', 0, async (copy, audited) => {
    const writer = await goOn(copy.directory, audited);
    await pack(writer, 2);
    await writer.checkpoint('system');
    await writer.anchor();
  }),
];

const STRAYS: readonly Tampering[] = [
  ...[
    'note.txt',
    'incidents/note.txt',
    `incidents/${VICTIM}/note.txt`,
    `${recordsOf(VICTIM)}note.txt`,
    `${recordsOf(VICTIM)}9.json`,
    `${recordsOf(VICTIM)}00000000.json`,
    `incidents/${VICTIM}/checkpoints/00000000.sig`,
    `${recordsOf(VICTIM)}more/00000001.json`,
    'incidents/INC-42/records/00000001.json',
    'other/records/00000001.json',
    'system/artifacts/note.txt',
    'log/.hidden',
    '.DS_Store',
    'drills/DRL-2026-0001/records/.00000001.json.swp',
    `incidents/${VICTIM}/records/zwölf.json`,
    `incidents/${VICTIM}/records/a\nb.json`,
  ].map((key) => row(`a stray file: ${JSON.stringify(key)}`, 1, (copy) => copy.write(key, 'x'))),
  row('an artifact that no record names', 2, (copy) => copy.write(artifactKey(VICTIM, sha256(Buffer.from('x'))), 'x')),
  row('an artifact that is not its name', 1, (copy) => copy.write(artifactKey(VICTIM, '0'.repeat(64)), 'x')),
  row('an empty stray folder', 2, (copy) => mkdir(copy.path('other'))),
  row('an empty folder of an incident', 2, (copy) => mkdir(copy.path('incidents/INC-2026-0099/records'), { recursive: true })),
  row('artifacts of an incident that has no records', 1, (copy) => copy.write(artifactKey('INC-2026-0099', sha256(Buffer.from('x'))), 'x')),
  row('a signature without a checkpoint', 2, (copy) => copy.write(signatureKey(VICTIM, 2), 'x')),
  row('a record is a link to its copy', 1, async (copy) => {
    await rename(copy.path(recordKey(VICTIM, 3)), copy.path('../linked'));
    await symlink(copy.path('../linked'), copy.path(recordKey(VICTIM, 3)));
  }),
  row('a signature is a link to its copy', 1, async (copy) => {
    await rename(copy.path(signatureKey(VICTIM, 3)), copy.path('../signature'));
    await symlink(copy.path('../signature'), copy.path(signatureKey(VICTIM, 3)));
  }),
  row('a link among the files', 1, (copy) => symlink('/etc/hostname', copy.path(`incidents/${VICTIM}/records/00000099.json`))),
  row('a folder is a link', 1, async (copy) => {
    await rename(copy.path(`incidents/${BYSTANDER}`), copy.path('../moved'));
    await symlink(copy.path('../moved'), copy.path(`incidents/${BYSTANDER}`));
  }),
  row('a dangling link', 1, (copy) => symlink('/nowhere', copy.path('keys/dangling'))),
  row('a pipe that nobody writes into', 1, async (copy) => execFileSync('mkfifo', [copy.path(recordKey(VICTIM, 99))])),
  row('a pipe instead of a signature', 1, async (copy) => {
    await copy.erase(signatureKey(VICTIM, 3));
    execFileSync('mkfifo', [copy.path(signatureKey(VICTIM, 3))]);
  }),
  row('a pipe instead of the names', 1, async (copy) => {
    await copy.erase('people.json');
    execFileSync('mkfifo', [copy.path('people.json')]);
  }),
  row('a socket', 1, async (copy) => {
    const socket = join(tmpdir(), `t${process.pid}.s`);
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    await rename(socket, copy.path('log/socket'));
    server.close();
  }),
  row('a record is a second name of another file', 1, async (copy) => {
    await copy.erase(recordKey(VICTIM, 3));
    await link(copy.path(recordKey(VICTIM, 4)), copy.path(recordKey(VICTIM, 3)));
  }),
];

export const TAMPERINGS: readonly Tampering[] = [...GENUINE, ...DAMAGE, ...HISTORY, ...KEYS, ...PACKS, ...STRAYS];

async function forged(copy: Copy): Promise<void> {
  await rm(copy.directory, { recursive: true });
  await buildAudited(await DirectoryStore.open(copy.directory, Date.now()), { signer: stranger });
}

async function strange(copy: Copy, audited: Audited, introduce: boolean): Promise<void> {
  const writer = await goOn(copy.directory, audited, stranger);
  await writer.upload(publicKeyKey(stranger.keyId), Buffer.from(stranger.publicKeyPem));
  if (introduce) await writer.append('system', keyIntroduced(stranger.keyId, audited.signer.keyId, BOT));
  await writer.note(BYSTANDER, 'It was approved');
  for (const stream of introduce ? ['system', BYSTANDER] : [BYSTANDER]) await writer.checkpoint(stream);
  await writer.anchor();
}

/** A new key comes in, and the old one is revoked; `goesOn`: the old one signs once more. */
async function rotate(copy: Copy, audited: Audited, goesOn: boolean, since?: string): Promise<void> {
  const writer = await goOn(copy.directory, audited, stranger);
  await writer.upload(publicKeyKey(stranger.keyId), Buffer.from(stranger.publicKeyPem));
  await writer.append('system', keyIntroduced(stranger.keyId, audited.signer.keyId, BOT));
  await writer.append('system', keyRevoked(audited.signer.keyId, since ?? '2026-11-22T12:00:00.000Z', 'laptop lost', BOT));
  await writer.checkpoint('system');
  await writer.anchor();
  if (!goesOn) return;
  for (let hour = 0; since === undefined && hour < 108_000; hour += 1) writer.time();
  writer.signer = audited.signer;
  await writer.note(BYSTANDER, 'By who found the laptop');
  await writer.checkpoint(BYSTANDER);
  writer.signer = stranger;
  await writer.anchor();
}

async function addPack(copy: Copy, signer: Signer): Promise<void> {
  await copy.copy(pack1, packPrefix(VICTIM, 2));
  await copy.forgePack(signer, {}, { number: 2, manifest: { number: 2 } });
}
