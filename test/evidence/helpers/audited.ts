import { createHash } from 'node:crypto';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { DESCRIBE } from '../../../src/app/keeping.ts';
import { packFiles } from '../../../src/app/pack-files.ts';
import { artifactKey } from '../../../src/evidence/layout.ts';
import { buildPack, collectSigned, describePack, uploadPack } from '../../../src/evidence/pack/pack.ts';
import { packMade } from '../../../src/evidence/pack/pack-record.ts';
import { writePeople } from '../../../src/evidence/pack/people.ts';
import type { EvidenceStore, Signer } from '../../../src/ports/evidence.ts';
import { BOT, EvidenceWriter } from './store.ts';

export const VICTIM = 'INC-2026-0001';
export const BYSTANDER = 'INC-2026-0002';
export const PLAN = 'PLN-2026-0001';
export const PACK_TIME = '2026-11-22T00:00:00.000Z';
const ALICE = { kind: 'person', id: 'U0ALICE' } as const;

export interface Audited {
  readonly signer: Signer;
  readonly writer: EvidenceWriter;
  /** The newest published anchor, and the one before it. */
  readonly anchor: string;
  readonly olderAnchor: string;
}

/** A small installation as an auditor finds it: an incident with an approved change and a pack, another one, a drill, `system` and the log. */
export async function buildAudited(store: EvidenceStore, options: { signer?: Signer; packs?: 'recorded' | 'unrecorded' } = {}): Promise<Audited> {
  const writer = new EvidenceWriter(store, options.signer);
  await writer.introduceKey();
  await writer.checkpoint('system');
  await writeChange(writer);
  await writeShort(writer, BYSTANDER);
  const olderAnchor = await writer.anchor();
  await writeShort(writer, 'DRL-2026-0001');
  const recorded = options.packs !== 'unrecorded';
  await pack(writer, 1, recorded);
  if (recorded) await writer.checkpoint('system');
  const anchor = await writer.anchor();
  await writePeople(store, { U0ALICE: 'Alice Example' });
  return { signer: writer.signer, writer, anchor, olderAnchor };
}

/** Makes a pack of the victim as the bot does, and records it. */
export async function pack(writer: EvidenceWriter, number: number, recorded = true): Promise<void> {
  const evidence = await collectSigned(writer.store, VICTIM, writer.signer.keyId);
  const people = { U0ALICE: 'Alice Example' };
  const options = { number, time: PACK_TIME, people, describe: DESCRIBE };
  const extra = packFiles(evidence, { ...options, keyId: writer.signer.keyId });
  const files = await buildPack(evidence, { ...options, signer: writer.signer, extra });
  await uploadPack(writer.store, VICTIM, number, files);
  if (recorded) await writer.append('system', packMade(describePack(files), BOT));
}

/** A writer that goes on where a copy of the store ends, later than everything in it. */
export async function goOn(directory: string, { writer }: Audited, signer: Signer = writer.signer): Promise<EvidenceWriter> {
  const next = new EvidenceWriter(await DirectoryStore.open(directory, Date.now()), signer);
  for (const [stream, head] of writer.heads) next.heads.set(stream, head);
  for (let second = 0; second < 600; second += 1) next.time();
  return next;
}

const text = (name: string) => `${VICTIM} ${name}\n${'GET /health 503\n'.repeat(4)}`;

/** The key of one of the victim's artifacts. */
export function artifactOf(name: string): string {
  return artifactKey(VICTIM, createHash('sha256').update(text(name)).digest('hex'));
}

async function writeChange(writer: EvidenceWriter): Promise<void> {
  const say = async (type: string, data: object, artifact?: string, by: typeof ALICE | typeof BOT = BOT) => {
    const artifacts = artifact === undefined ? [] : [await writer.artifact(VICTIM, text(artifact))];
    await writer.append(VICTIM, { type, v: 1, actor: by, subject: VICTIM, outcome: 'done', data, artifacts });
  };
  await say('note.added', { text: 'Users see 503' }, undefined, ALICE);
  await say(
    'plan.made',
    {
      plan: PLAN,
      kind: 'change',
      title: 'Restart the frontend',
      replaces: null,
      needs: ['incident-commander'],
      expires: PACK_TIME,
      steps: [{ summary: 'restart frontend' }],
    },
    'plan',
  );
  await say('approval.given', { plan: PLAN, plan_hash: '0'.repeat(64), roles: ['incident-commander'], missing: [] }, undefined, ALICE);
  await writer.checkpoint(VICTIM);
  await say('evidence.captured', { plan: PLAN, phase: 'before', step: 'pods', uses: 'k8s.pods', summary: '2 of 3 are ready' }, 'log');
  await say('change.applied', { plan: PLAN, step: 0, uses: 'k8s.rollout-restart', summary: 'restarted frontend' }, 'step');
  await say('remedy.applied', { plan: PLAN, revert_at: null });
  await say('incident.closed', { open_items: 0 }, undefined, ALICE);
  await writer.checkpoint(VICTIM, true);
}

async function writeShort(writer: EvidenceWriter, stream: string): Promise<void> {
  await writer.note(stream, 'Nothing found: Übersicht geprüft ✓');
  await writer.note(stream, 'It was a drill');
  await writer.checkpoint(stream, true);
}
