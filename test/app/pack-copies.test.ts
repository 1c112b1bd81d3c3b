import { describe, expect, test } from '@jest/globals';
import { copyPack, packedFiles } from '../../src/app/pack-copies.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import type { Drill, DrillTerms } from '../../src/domain/drill/drill.ts';
import type { Incident } from '../../src/domain/incident/incident.ts';
import { MANIFEST, MANIFEST_SIGNATURE } from '../../src/evidence/layout.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { EvidenceStore } from '../../src/ports/evidence.ts';
import { declaring, Life } from '../domain/helpers/incidents.ts';

const PREFIX = 'incidents/INC-2026-0001/pack/1/';
const HASH = 'a'.repeat(64);

/** A pack of two files in a store, changed before it is read. */
function packOf(change: (objects: Map<string, Uint8Array>) => void = () => undefined) {
  const content = { SHA256SUMS: 'sums', 'logs/before/a.log': 'a line' };
  const files = Object.entries(content).map(([path, text]) => ({ path, sha256: sha256(Buffer.from(text)), size: text.length }));
  const time = '2026-11-30T12:00:00.000Z';
  const manifest = { v: 1, kind: 'pack', incident_id: 'INC-2026-0001', number: 1, size: 1, head: HASH, time, key_id: HASH, files };
  const all = { ...content, [MANIFEST]: JSON.stringify(manifest), [MANIFEST_SIGNATURE]: 'signed' };
  const objects = new Map<string, Uint8Array>(Object.entries(all).map(([path, text]) => [PREFIX + path, Buffer.from(text)]));
  change(objects);
  return packedFiles({ get: async (key: string) => objects.get(key) ?? null }, PREFIX);
}

test('what the manifest names is copied, the manifest and its signature last, and nothing that lies beside it', async () => {
  const files = await packOf((objects) => objects.set(`${PREFIX}planted.sh`, Buffer.from('rm -rf /')));
  expect(typeof files === 'string' ? files : files.map(({ path }) => path)).toEqual([
    'SHA256SUMS',
    'logs/before/a.log',
    MANIFEST,
    MANIFEST_SIGNATURE,
  ]);
});

test.each([
  ['a file that is missing', 'logs/before/a.log', null, 'logs/before/a.log'],
  ['a file that is another', 'logs/before/a.log', 'b line', 'logs/before/a.log'],
  ['no manifest', MANIFEST, null, MANIFEST],
  ['a manifest that is none', MANIFEST, '{', MANIFEST],
  ['a manifest with a path that leads out', MANIFEST, '{"files":[{"path":"../../etc/passwd"}]}', MANIFEST],
  ['no signature', MANIFEST_SIGNATURE, null, MANIFEST_SIGNATURE],
])('with %s nothing is copied', async (_, path, text, expected) => {
  const files = await packOf((objects) => {
    if (text === null) objects.delete(PREFIX + path);
    else objects.set(PREFIX + path, Buffer.from(text));
  });
  expect(files).toBe(expected);
});

describe('What is copied to a volume', () => {
  const life = new Life();
  life.ask(declaring('P1'));
  const { incident } = life;
  const terms = { form: 'fire' } as Partial<DrillTerms> as DrillTerms;
  const drill = { terms, answers: {}, signedOff: null, judged: null } as Partial<Drill> as Drill;
  const file = { services: { [incident.service]: { packs_to: 'evidence' } } } as object as ConfigFile;

  /** Copies a pack that is not there; whether the evidence store was asked for it. */
  async function copied(of: Incident) {
    const asked: string[] = [];
    const evidence = {
      get: async (key: string) => {
        asked.push(key);
        return null;
      },
    } as Partial<EvidenceStore> as EvidenceStore;
    const context = () => {
      throw new Error('a pod was looked for');
    };
    return { ...(await copyPack({ file, evidence, context }, of, 1)), asked: asked.length > 0 };
  }

  test('is no pack of a private incident, and none of a drill', async () => {
    expect(await copied(incident)).toMatchObject({ kind: 'failed', asked: true });
    expect(await copied({ ...incident, private: true })).toEqual({ kind: 'none', asked: false });
    expect(await copied({ ...incident, drill })).toEqual({ kind: 'none', asked: false });
  });
});
