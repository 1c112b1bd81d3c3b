import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { restoreDatabase } from '../../src/app/restoring.ts';
import { retentionRun } from '../../src/app/retention.ts';
import type { ConfigFile } from '../../src/config/schema.ts';
import type { Json } from '../../src/domain/record.ts';
import { STATE_VERSION } from '../../src/engine/incidents/incidents.ts';
import { signCheckpoint } from '../../src/evidence/checkpoint.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { checkpointKey, publicKeyKey, recordKey, signatureKey } from '../../src/evidence/layout.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import type { RunContext } from '../../src/ports/runs.ts';
import type { StoreTx } from '../../src/ports/store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { cardOf, DEMO, declare, lastTold, readable, typesOf } from '../e2e/helpers/world.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { inMemory } from '../store/helpers/memory.ts';

const DAY = 24 * 60;
const ADA = 'U0ADA';
const CHANNELS = { incidents: 'C0INCIDENTS', updates: 'C0OPSESC', room: 'channel' } as const;

describeWorld('Long after the close', { delivery: 'socket' }, (world) => {
  let old = { id: '', room: '' };

  async function closed(text: string, more: readonly string[] = []): Promise<{ id: string; room: string }> {
    const one = await declare(world(), text);
    for (const said of ['ack', 'note Looked at the disk', ...more, 'resolve Made room', 'close']) await world().say(ADA, one.room, said);
    return one;
  }

  /** Lets nights pass, when all that happened is signed: that takes its real time. */
  async function nights(count: number): Promise<void> {
    await allStored();
    await world().later(count * DAY);
  }

  async function allStored(): Promise<void> {
    await eventually('all is signed and stored', async () => {
      const { rows } = await sql`select name from stream where to_cover or to_upload`.execute(world().tocsin.database.db);
      return rows.length === 0;
    });
  }

  /** Makes its state one that the release before stored. */
  async function age(id: string): Promise<void> {
    await world().tocsin.store.transaction(async (tx) => {
      const head = await tx.lockStream(id);
      await tx.append(head, [], { ...(head.state as { incident: Json }), v: STATE_VERSION - 1 });
    });
  }

  async function versionOf(id: string): Promise<number | undefined> {
    return ((await world().tocsin.store.head(id))?.state as { v: number } | null)?.v;
  }

  /** How many rows of an incident each table has. */
  async function rowsOf(id: string): Promise<Record<'records' | 'checkpoints' | 'messages' | 'runs' | 'cards', number>> {
    const { db } = world().tocsin.database;
    const [records, checkpoints, messages, runs] = await Promise.all([
      db.selectFrom('record').select('seq').where('stream', '=', id).execute(),
      db.selectFrom('checkpoint').select('size').where('stream', '=', id).execute(),
      db.selectFrom('message').select('template').where('stream', '=', id).execute(),
      db.selectFrom('run').select('id').where('incident', '=', id).execute(),
    ]);
    return {
      records: records.length,
      checkpoints: checkpoints.length,
      messages: messages.filter(({ template }) => template !== 'card').length,
      runs: runs.length,
      cards: messages.filter(({ template }) => template === 'card').length,
    };
  }

  test('an incident leaves the database but for its last state, and one with an open action item or that is not closed does not', async () => {
    old = await closed('P3 aureus Disk is full');
    const busy = await closed('P3 aureus Disk is slow', ['item add Alert at 80 %']);
    const open = await declare(world(), 'P3 aureus Disk is gone');
    await age(old.id);
    const before = await world().tocsin.store.records(old.id);
    const rows = await rowsOf(open.id);
    expect((await rowsOf(old.id)).messages).toBeGreaterThan(0);
    await nights(20);
    expect((await rowsOf(old.id)).records).toBeGreaterThan(1);
    await nights(12);
    expect(await rowsOf(old.id)).toMatchObject({ records: 1, checkpoints: 1, messages: 0, runs: 0 });
    expect((await rowsOf(old.id)).cards).toBeGreaterThan(0);
    expect((await rowsOf(busy.id)).records).toBeGreaterThan(5);
    expect((await rowsOf(open.id)).records).toBeGreaterThanOrEqual(rows.records);
    const after = await world().tocsin.store.records(old.id);
    expect(after.slice(0, before.length)).toEqual(before);
  });

  test('its state is of this release, also when an older one stored it: nobody reads the evidence store to look at it', async () => {
    expect(await versionOf(old.id)).toBe(STATE_VERSION);
    await age(old.id);
    const state = await world().tocsin.incidents.find(old.id);
    await nights(1);
    expect(await versionOf(old.id)).toBe(STATE_VERSION);
    expect(await world().tocsin.incidents.find(old.id)).toEqual(state);
  });

  test('it is shown and counted as before', async () => {
    await world().say(ADA, DEMO.incidents, `timeline ${old.id}`);
    expect(lastTold(world(), ADA)).toContain('Looked at the disk');
    await world().say(ADA, DEMO.incidents, `items ${old.id}`);
    expect(lastTold(world(), ADA)).toContain(old.id);
    await world().say(ADA, DEMO.incidents, `postmortem ${old.id}`);
    expect(lastTold(world(), ADA)).not.toContain('went wrong');
    expect(await world().tocsin.incidents.count({ closed: true })).toBe(2);
  });

  test('while the evidence store cannot be read, it is said where the records are', async () => {
    const folder = join(world().evidence, 'incidents', old.id);
    await rename(folder, `${folder}.away`);
    await world().say(ADA, DEMO.incidents, `timeline ${old.id}`);
    await rename(`${folder}.away`, folder);
    expect(lastTold(world(), ADA)).toContain(`The records of ${old.id} are in the evidence store ${world().evidence}`);
    await world().say(ADA, DEMO.incidents, `timeline ${old.id}`);
    expect(lastTold(world(), ADA)).toContain('Looked at the disk');
  });

  test('it can be reopened, goes on as any other, and leaves again', async () => {
    await world().say(ADA, old.room, 'reopen It is full again');
    expect(readable(cardOf(world(), DEMO.incidents, old.id))).toContain('nvestigating');
    await world().say(ADA, old.room, 'resolve Made more room');
    await world().say(ADA, old.room, 'close');
    const types = await typesOf(world(), old.id);
    expect(types.filter((type) => type === 'incident.closed')).toHaveLength(2);
    expect((await rowsOf(old.id)).records).toBeGreaterThan(1);
    await nights(31);
    await nights(1);
    expect(await rowsOf(old.id)).toMatchObject({ records: 1, messages: 0, runs: 0 });
    expect((await typesOf(world(), old.id)).slice(0, types.length)).toEqual(types);
  });

  /** Puts a checkpoint of records that there are not into the evidence store, signed by a key that is put there too; the files. */
  async function plant(id: string): Promise<readonly string[]> {
    const signer = createSigner();
    const seq = ((await world().tocsin.store.head(id))?.seq ?? 0) + 5;
    const { bytes, signature } = await signCheckpoint({ seq, hash: 'a'.repeat(64) }, { stream: id, time: '2026-01-01T00:00:00.000Z' }, signer);
    const planted = [
      [publicKeyKey(signer.keyId), Buffer.from(signer.publicKeyPem)],
      [checkpointKey(id, seq), bytes],
      [signatureKey(id, seq), signature],
    ] as const;
    for (const [key, content] of planted) await writeFile(join(world().evidence, key), content);
    return planted.map(([key]) => join(world().evidence, key));
  }

  test('what somebody plants in the evidence store keeps no incident in the database', async () => {
    const one = await closed('P3 aureus Somebody plants a checkpoint');
    await nights(1);
    const planted = await plant(one.id);
    await nights(31);
    await nights(1);
    expect((await rowsOf(one.id)).records).toBe(1);
    for (const path of planted) await rm(path, { force: true });
  });

  /** One night on what is there now, without a wait: all that is closed is old enough. What was logged about whom. */
  async function night(): Promise<readonly string[]> {
    const { database, store } = world().tocsin;
    const evidence = await DirectoryStore.openReadOnly(world().evidence);
    const logged: string[] = [];
    const logger = { error: (about: { incident?: string }) => void logged.push(about.incident ?? 'log') } as Partial<Logger> as Logger;
    const run: RunContext = {
      id: 'retention:now',
      step: (name, work) => work(name),
      write: async (_name, work) => work({ now: store.now } as Partial<StoreTx> as StoreTx),
      writeAfter: () => Promise.reject(new Error('not used')),
      sleep: async () => undefined,
      signal: async () => null,
    };
    const file = { retention: { closed_incidents: null } } as Partial<ConfigFile> as ConfigFile;
    await retentionRun({ database, store, evidence, alerts: { open: async () => [] }, kept: -DAY * 60_000, logger }, file).flow(run, {
      day: '2026-01-01',
    });
    return logged.toSorted();
  }

  test('one altered incident stops no other’s retention, wherever it was altered, and goes itself once it is whole again', async () => {
    const { db } = world().tocsin.database;
    const [here, there, whole] = [
      await closed('P3 aureus Altered in the database'),
      await closed('P3 aureus Altered in the evidence store'),
      await closed('P3 aureus Not altered'),
    ];
    // Nothing of them may be under way, such as the wait for their reviews.
    await nights(25);
    await allStored();
    const hash = async (id: string) => (await db.selectFrom('stream').select('hash').where('name', '=', id).executeTakeFirstOrThrow()).hash;
    const rehash = (id: string, to: string) => db.updateTable('stream').set({ hash: to }).where('name', '=', id).execute();
    const before = await hash(here.id);
    const file = join(world().evidence, recordKey(there.id, 2));
    const bytes = await readFile(file);
    const overwrite = async (content: Uint8Array) => {
      await chmod(file, 0o600);
      await writeFile(file, content);
    };
    await rehash(here.id, 'f'.repeat(64));
    await overwrite(Buffer.from(bytes.toString('utf8').replace('"seq":2', '"seq":7')));
    expect(await night()).toEqual([here.id, there.id].toSorted());
    expect((await rowsOf(whole.id)).records).toBe(1);
    expect((await rowsOf(here.id)).records).toBeGreaterThan(5);
    expect((await rowsOf(there.id)).records).toBeGreaterThan(5);

    // What is archived already is looked at too, where an older release stored its state.
    await age(whole.id);
    const state = await db.selectFrom('stream').select('mac').where('name', '=', old.id).executeTakeFirstOrThrow();
    await age(old.id);
    const aged = await db.selectFrom('stream').select('mac').where('name', '=', old.id).executeTakeFirstOrThrow();
    await db.updateTable('stream').set({ mac: state.mac }).where('name', '=', old.id).execute();
    await rehash(here.id, before);
    await overwrite(bytes);
    expect(await night()).toEqual([old.id]);
    expect(await versionOf(whole.id)).toBe(STATE_VERSION);
    expect((await rowsOf(here.id)).records).toBe(1);
    expect((await rowsOf(there.id)).records).toBe(1);
    await db.updateTable('stream').set({ mac: aged.mac }).where('name', '=', old.id).execute();
    expect(await night()).toEqual([]);
    expect(await versionOf(old.id)).toBe(STATE_VERSION);
  });

  test('what belongs to no incident goes as well, and the evidence is whole and rebuilds the database', async () => {
    const { db } = world().tocsin.database;
    const log = await db.selectFrom('stream').select('archived').where('name', '=', 'log').executeTakeFirstOrThrow();
    expect(Number(log.archived)).toBeGreaterThan(10);
    const runs = await db.selectFrom('run').select('id').where('id', 'like', 'anchor:%').execute();
    expect(runs.length).toBeLessThan(40);
    const state = await world().tocsin.incidents.find(old.id);
    await world().tocsin.stop();
    const evidence = await DirectoryStore.openReadOnly(world().evidence);
    expect(exitCode(await verifyEvidence(evidence, { strict: true, ...(await ownPins(evidence)) }))).toBe(0);
    const restored = await openDatabase(await inMemory());
    await migrate(restored);
    await restoreDatabase(restored, evidence, () => CHANNELS);
    const head = await restored.db.selectFrom('stream').select(['seq', 'archived']).where('name', '=', old.id).executeTakeFirstOrThrow();
    expect(head).toEqual({ seq: String(state?.seq), archived: '0' });
    await restored.close();
  });
});
