import { expect, test } from '@jest/globals';
import {
  artifactKey,
  checkpointKey,
  packPrefix,
  parseKey,
  publicKeyKey,
  recordKey,
  signatureKey,
  streamOf,
  streamPrefix,
  tagsFor,
} from '../../src/evidence/layout.ts';
import { nameOf, readPeople, writePeople } from '../../src/evidence/pack/people.ts';
import { codeOf } from './helpers/errors.ts';
import { MemoryStore } from './helpers/memory-store.ts';

const HEX = 'ab'.repeat(32);

test.each([
  ['INC-2026-0042', 'incidents/INC-2026-0042/'],
  ['INC-2026-12345', 'incidents/INC-2026-12345/'],
  ['DRL-2026-0007', 'drills/DRL-2026-0007/'],
  ['system', 'system/'],
  ['log', 'log/'],
])('%s lies under %s', (stream, prefix) => {
  expect(streamPrefix(stream)).toBe(prefix);
  expect(streamOf(`${prefix}records/00000001.json`)).toBe(stream);
});

test('keys have the documented layout, and parse back', () => {
  const stream = 'INC-2026-0042';
  const keys = [
    recordKey(stream, 42),
    checkpointKey(stream, 42),
    signatureKey(stream, 42),
    artifactKey(stream, HEX),
    `${packPrefix(stream, 3)}logs/before.txt`,
    publicKeyKey(HEX),
    'people.json',
  ];
  expect(keys).toEqual([
    'incidents/INC-2026-0042/records/00000042.json',
    'incidents/INC-2026-0042/checkpoints/00000042.json',
    'incidents/INC-2026-0042/checkpoints/00000042.sig',
    `incidents/INC-2026-0042/artifacts/sha256/${HEX}`,
    'incidents/INC-2026-0042/pack/3/logs/before.txt',
    `keys/${HEX}.pem`,
    'people.json',
  ]);
  expect(keys.map(parseKey)).toEqual([
    { kind: 'record', stream, number: 42 },
    { kind: 'checkpoint', stream, number: 42 },
    { kind: 'signature', stream, number: 42 },
    { kind: 'artifact', stream, sha256: HEX },
    { kind: 'pack', stream, number: 3, path: 'logs/before.txt' },
    { kind: 'key', keyId: HEX },
    { kind: 'people' },
  ]);
  expect(keys.map((key) => tagsFor(key).kind)).toEqual(['record', 'checkpoint', 'checkpoint', 'artifact', 'pack', 'key', 'people']);
  expect(tagsFor(keys[0] as string)).toEqual({ 'incident-id': stream, kind: 'record' });
});

test.each([
  'incidents/INC-2026-0042/records/42.json',
  'incidents/INC-2026-0042/records/00000000.json',
  'incidents/INC-2026-0042/records/00000042.JSON',
  'incidents/INC-2026-0042/records/x/00000042.json',
  'incidents/INC-2026-0042/artifacts/sha256/XYZ',
  'incidents/INC-2026-0042/pack/0/x',
  'incidents/INC-2026-0042/pack/1',
  'incidents/INC-2026-0042/notes.txt',
  'incidents/DRL-2026-0042/records/00000042.json',
  'incidents/INC-1/records/00000042.json',
  'keys/x.pem',
  'doctor/probe',
])('%s has no place', (key) => {
  expect(parseKey(key).kind).toBe('unknown');
  expect(codeOf(() => tagsFor(key))).toBe('layout-key');
});

test('numbers and streams outside the layout are refused', () => {
  expect(codeOf(() => recordKey('INC-2026-0042', 100_000_000))).toBe('layout-number');
  expect(codeOf(() => recordKey('INC-2026-0042', 0))).toBe('layout-number');
  expect(codeOf(() => recordKey('../x', 1))).toBe('layout-stream');
  expect(codeOf(() => artifactKey('log', '../x'))).toBe('layout-digest');
});

test('people are a map outside the chain that can be replaced, and forgotten', async () => {
  const store = new MemoryStore();
  expect(await readPeople(store)).toEqual({ people: {}, readable: true });
  await writePeople(store, { U0ALICE: 'Alice', U0BOB: 'Bob' });
  await writePeople(store, { U0BOB: 'Bob' });
  const { people } = await readPeople(store);
  expect([nameOf(people, 'U0BOB'), nameOf(people, 'U0ALICE'), nameOf(people, 'constructor')]).toEqual(['U0BOB (Bob)', 'U0ALICE', 'constructor']);
  for (const content of ['[]', '[', '{"U0BOB":1}', '{"not an id":"x"}']) {
    store.overwrite('people.json', Buffer.from(content));
    expect(await readPeople(store)).toEqual({ people: {}, readable: false });
  }
});

test('a name is plain text beside the id, whatever somebody wrote into the map', () => {
  const shown = (name: string) => nameOf({ U0BOB: name }, 'U0BOB');
  expect(shown('Zoë O’Brien-Łuk')).toBe('U0BOB (Zoë O’Brien-Łuk)');
  expect(shown('Ada) U0EVE (Eve')).toBe('U0BOB (Ada U0EVE Eve)');
  expect(shown('x\u202e\u0007\n| <@U0EVE> `a` https://evil.example')).toBe('U0BOB (x U0EVE a https evil.example)');
  expect(shown('a'.repeat(200))).toBe(`U0BOB (${'a'.repeat(80)})`);
  for (const nothing of ['', '\u200b', '()', 'U0BOB']) expect(shown(nothing)).toBe('U0BOB');
});
