import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { startWorld, typesOf, type World } from './helpers/world.ts';

const OPEN = { id: 'INC-2026-0001', room: 'C042SJOB5KP' };
const CLOSED = { id: 'INC-2026-0002', room: 'C07YY720ENS' };
const TOCSIN = 'U0TOCSIN';

/** What an earlier release left (test/fixtures/data-directory), in a directory of its own. */
async function earlierData(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-upgrade-'));
  const archive = brotliDecompressSync(readFileSync(new URL('../fixtures/data-directory/data.tar.br', import.meta.url)));
  const { status, stderr } = spawnSync('tar', ['-xf', '-', '-C', data], { input: archive });
  if (status !== 0) throw new Error(`The archive could not be unpacked: ${String(stderr)}`);
  return data;
}

describe('On the data directory of an earlier release', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      data: await earlierData(),
      restarts: true,
      seed: (seed) => ({
        ...seed,
        channels: [
          ...seed.channels,
          ...[OPEN, CLOSED].map(({ id, room }) => ({ id: room, name: id.toLowerCase(), members: ['U0ADA', 'U0GRACE', TOCSIN] })),
        ],
      }),
    });
    await world.settled();
  });
  afterAll(async () => world?.stop());

  test('the bot starts, and the incidents are as they were', async () => {
    const [open, closed] = await Promise.all([OPEN, CLOSED].map(({ id }) => world.tocsin.incidents.find(id)));
    expect(open).toMatchObject({
      status: 'investigating',
      severity: 'P1',
      impact: 'Nobody can log in',
      customerImpact: true,
      roles: { 'incident-commander': 'U0ADA', communications: 'U0GRACE' },
      situation: 'Rolling back the last release',
      room: { channel: OPEN.room },
    });
    expect(closed).toMatchObject({ status: 'closed', resolution: 'scaled up' });
  });

  test('work goes on: an update, a reopening, a new incident with the next number', async () => {
    await world.say('U0ADA', OPEN.room, 'update The release before is back');
    await world.say('U0ADA', OPEN.room, 'resolve rolled back');
    await world.say('U0ADA', OPEN.room, 'close');
    expect(await typesOf(world, OPEN.id)).toEqual(expect.arrayContaining(['update.posted', 'incident.resolved', 'incident.closed']));
    await world.say('U0ADA', CLOSED.room, 'reopen it is slow again');
    expect((await world.tocsin.incidents.find(CLOSED.id))?.status).toBe('investigating');
    await world.say('U0ADA', 'C0INCIDENTS', 'declare P3 sark After the upgrade');
    expect(await world.tocsin.incidents.find('INC-2026-0003')).toMatchObject({ title: 'After the upgrade' });
  });

  test('old and new records are one chain, and the evidence is valid', async () => {
    const records = await world.tocsin.store.records(OPEN.id);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
    await world.tocsin.stop();
    const evidence = await DirectoryStore.openReadOnly(world.evidence);
    const report = await verifyEvidence(evidence, { strict: true, ...(await ownPins(evidence)) });
    expect(exitCode(report)).toBe(0);
  });
});
