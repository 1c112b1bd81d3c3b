import { describe, expect, test } from '@jest/globals';
import type { Incidents } from '../../src/engine/incidents/incidents.ts';
import { archiveRun } from '../../src/engine/reach/archive.ts';
import type { ReachDeps } from '../../src/engine/reach/ports.ts';
import { ROOM_ARCHIVE } from '../../src/engine/run-kinds.ts';
import type { StoreTx } from '../../src/ports/store.ts';
import { declared, type Life } from '../domain/helpers/incidents.ts';
import { beginIn, Journal } from './helpers/journal.ts';

const [ID, ROOM] = ['INC-2026-0001', 'C0ROOM'];

/** An incident that met in a channel and is closed. */
function closed(): Life {
  const life = declared('P2');
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: ROOM, threadTs: null } });
  life.ask({ type: 'resolve', summary: 'x' });
  life.ask({ type: 'close' });
  return life;
}

/** Which channels the run archives, and what it records. */
async function archived(life: Life | null, channel = ROOM): Promise<{ readonly archived: readonly string[]; readonly said: readonly string[] }> {
  const channels: string[] = [];
  const said: string[] = [];
  const incidents = {
    find: async () => life?.incident ?? null,
    tell: async (_tx: StoreTx, _id: string, ask: Parameters<Incidents['tell']>[2]) => {
      said.push(ask.type);
      return null;
    },
  } as unknown as Incidents;
  const workspace = {
    archive: async (one: string) => {
      channels.push(one);
      return null;
    },
  };
  const { flow } = archiveRun({ incidents, workspace } as unknown as ReachDeps);
  const journal = new Journal({ begin: life === null ? () => () => undefined : beginIn(life), pass: () => undefined });
  await journal.run((run) => flow(run, ROOM_ARCHIVE.with({ incident: ID, channel }).input));
  return { archived: channels, said };
}

describe('The channel of an incident that is closed for long enough', () => {
  test('is archived, and that is recorded', async () => {
    expect(await archived(closed())).toEqual({ archived: [ROOM], said: ['room-archived'] });
  });

  test('is left alone where the incident was reopened, moved on, or is not there', async () => {
    const reopened = closed();
    reopened.ask({ type: 'reopen', reason: 'it came back' });
    const none = { archived: [], said: [] };
    expect(await archived(reopened)).toEqual(none);
    expect(await archived(closed(), 'C0OTHER')).toEqual(none);
    expect(await archived(null)).toEqual(none);
  });
});
