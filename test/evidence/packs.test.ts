import { expect, test } from '@jest/globals';
import { makePack, packRecord, preparePack } from '../../src/app/packs.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { BYSTANDER, buildAudited, PACK_TIME, VICTIM } from './helpers/audited.ts';
import { MemoryStore } from './helpers/memory-store.ts';
import { ownPins } from './helpers/pins.ts';

const NAMES = { U0ALICE: 'Alice', 'not an id': 'Nobody', U0LONG: 'x'.repeat(300) };

async function setUp() {
  const evidence = new MemoryStore();
  const { signer, writer } = await buildAudited(evidence);
  const store = { now: async () => Date.parse(PACK_TIME) } as Parameters<typeof preparePack>[0]['store'];
  return { evidence, writer, deps: { evidence, signer, store, names: NAMES } };
}

test('a pack that the bot makes is recorded, and valid', async () => {
  const { evidence, writer, deps } = await setUp();
  const basis = await preparePack(deps, BYSTANDER, 2);
  expect([basis.number, basis.namesReadable]).toEqual([1, true]);
  const pack = await makePack(deps, BYSTANDER, basis);
  await writer.append('system', packRecord(pack.made ?? fail()));
  await writer.checkpoint('system');
  await writer.anchor();
  const report = await verifyEvidence(evidence, await ownPins(evidence));
  expect({ exit: exitCode(report), findings: report.findings }).toEqual({ exit: 0, findings: [] });
  expect(pack.timeline).toContain('U0ALICE (Alice)');
});

test.each([
  ['no JSON', '['],
  ['no map', '[1]'],
  ['a map of something else', '{"U0ALICE":{}}'],
])('people.json is %s: the pack is made with what is known without it, and the map is not written over', async (_name, content) => {
  const { evidence, deps } = await setUp();
  evidence.overwrite('people.json', Buffer.from(content));
  const basis = await preparePack({ ...deps, names: {} }, VICTIM, 3);
  expect([basis.number, basis.people, basis.namesReadable]).toEqual([2, {}, false]);
  const pack = await makePack(deps, VICTIM, basis);
  expect(pack.timeline).toContain('| U0ALICE |');
  expect(Buffer.from(evidence.read('people.json')).toString()).toBe(content);
});

test('a map that cannot be read or written stops no pack', async () => {
  const { evidence, deps } = await setUp();
  const get = evidence.get.bind(evidence);
  evidence.get = async (key) => (key === 'people.json' ? Promise.reject(new Error('denied')) : get(key));
  evidence.replace = async () => Promise.reject(new Error('denied'));
  const basis = await preparePack(deps, VICTIM, 3);
  expect(basis.namesReadable).toBe(false);
  expect((await makePack(deps, VICTIM, basis)).files).toBeGreaterThan(5);
});

function fail(): never {
  throw new Error('the pack says nothing to record');
}
