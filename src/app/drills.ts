import { drillReminder } from '../../blocks/drill.ts';
import type { ConfigFile } from '../config/schema.ts';
import { DRILL_RECORDS, type DrilledService, toRemind } from '../domain/drill/due.ts';
import { REPLY_MESSAGE } from '../domain/messages/messages.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { createDrillBook, type DrillBook } from '../engine/drills/book.ts';
import { type DrillRecord, drillNoteRun } from '../engine/drills/note.ts';
import { type Incidents, sendMessage } from '../engine/incidents/incidents.ts';
import { DRILL_LOOK } from '../engine/run-kinds.ts';
import type { Catalogue } from '../engine/runbooks/load/catalogue.ts';
import { sleepUntil } from '../engine/until.ts';
import { own } from '../lib/own.ts';
import { utcDay, utcMoment } from '../lib/time.ts';
import type { Run } from '../ports/runs.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import { recordsOfTypes } from '../store/newest.ts';
import { appendTo } from './keeping.ts';
import type { Storage } from './storage.ts';

const DAY = 24 * 60 * 60_000;

/** When drills were held and are due. `simulated`: the platforms are those of the local workspace. */
export function openDrillBook(
  { database, store }: Pick<Storage, 'database' | 'store'>,
  file: ConfigFile,
  catalogue: Catalogue,
  simulated: boolean,
): DrillBook {
  return createDrillBook({
    records: () => recordsOfTypes(database, SYSTEM_STREAM, DRILL_RECORDS),
    since: () => beginning(store),
    now: () => store.now(),
    services: () =>
      Object.entries(file.services).map(([id, { name, drills }]): DrilledService => ({ id, name, every: drills, runbooks: catalogue.list(id) })),
    settingsOf(id) {
      const service = own(file.services, id);
      if (service === undefined) throw new RangeError(`The service ${id} is not configured.`);
      const { diagnose_within, ask_within, approve_within, ends_after, sign_off } = service.drills;
      return {
        simulated,
        within: { diagnose_ms: diagnose_within, ask_ms: ask_within, approve_ms: approve_within },
        sign_off,
        ends_after_ms: ends_after,
      };
    },
  });
}

/** The first record of this installation: what was never drilled is due one interval after it, ms. */
async function beginning(store: Store): Promise<number> {
  const [first] = await store.records(SYSTEM_STREAM, { from: 1, to: 1 });
  return first === undefined ? store.now() : Date.parse(first.time);
}

/** Starts the look of the next UTC day; one a day, whoever asks. */
export async function startDrillLook(tx: StoreTx, now: number): Promise<void> {
  const day = utcDay(now + DAY);
  await tx.startRun({ id: `drills:${day}`, ...DRILL_LOOK.with({ day }) });
}

/** The runs of drills, on the production parts. */
export function drillRuns(
  { store, chain }: Pick<Storage, 'store' | 'chain'>,
  file: ConfigFile,
  incidents: Incidents,
  book: DrillBook,
  inject: ((fault: string, on: boolean) => Promise<void>) | null,
): readonly Run[] {
  const record = (tx: StoreTx, { type, data }: DrillRecord) =>
    appendTo(tx, chain, SYSTEM_STREAM, { v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, outcome: 'done', type, data } as Parameters<
      typeof appendTo<'system'>
    >[3]);
  return [drillNoteRun({ incidents, inject, record }), drillLookRun(store, file, book, record)];
}

/** Every day: a service with overdue drills is told in its channel, at most once a week, by one message for all of them. */
function drillLookRun(store: Store, file: ConfigFile, book: DrillBook, record: (tx: StoreTx, record: DrillRecord) => Promise<void>): Run {
  return DRILL_LOOK.does(async (run, { day }) => {
    await sleepUntil(run, store, utcMoment(day, '00:00'), 'day');
    for (const [id, { name, channels }] of Object.entries(file.services)) {
      await run.writeAfter(
        `service:${id}`,
        async () => {
          const records = await book.records();
          return toRemind(records, await book.standings(records), id, await store.now());
        },
        async (tx, overdue) => {
          if (overdue.length === 0) return 0;
          await record(tx, { type: 'drill.reminded', data: { service: id, forms: overdue.map(({ form }) => form) } });
          const channel = channels.incidents;
          await sendMessage(tx, {
            key: `${run.id}:${id}`,
            stream: SYSTEM_STREAM,
            seq: 0,
            lane: channel,
            to: { kind: 'channel', channel },
            ...REPLY_MESSAGE.with(drillReminder(id, name, overdue)),
          });
          return overdue.length;
        },
      );
    }
    await run.write('next', async (tx) => {
      await startDrillLook(tx, await tx.now());
      return true;
    });
  });
}
