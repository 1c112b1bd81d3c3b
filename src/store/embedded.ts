import { setImmediate } from 'node:timers/promises';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { fromPglite } from 'pg-boss';
import { TocsinError } from '../domain/errors.ts';
import { inBackground } from '../lib/background.ts';
import { TYPED } from '../lib/typed.ts';
import { localBus } from './bus.ts';
import type { Database, OpenDatabase } from './database.ts';
import { askedBy, type Lite, prepared } from './prepared.ts';
import type { Schema } from './schema.ts';
import { errorsTo, seenBy, watchSpace } from './space.ts';

const HOUR = 3_600_000;
const INT8 = 20;

/** Opens PGlite in a directory, or in memory. Throws TocsinError `database-corrupt`, or what PGlite throws. */
export async function openPglite(files: Pick<PGliteOptions, 'dataDir' | 'loadDataDir'>, onError: (error: unknown) => void): Promise<OpenDatabase> {
  // bigint as text, as `pg` reads it.
  const lite = await PGlite.create({ ...files, parsers: { [INT8]: (text: string) => text } }).catch((cause: unknown) => {
    if (files.dataDir === undefined || (typeof cause === 'object' && cause !== null && 'syscall' in cause)) throw cause;
    throw new TocsinError(
      'database-corrupt',
      `The embedded database in ${files.dataDir} cannot be opened: its files are damaged or of another version. Move the directory away and run: ${TYPED} restore (docs/how-to/restore.md).`,
      { cause },
    );
  });
  const bus = localBus();
  const ready = prepared(lite);
  const forWork = inTurns(ready);
  const intake: Database['intake'] = async (text, values) => (await ready.query<Record<string, unknown>>(text, values)).rows;
  const space = watchSpace(intake);
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite: forWork }), log: errorsTo(space.seen) });
  // PGlite runs no autovacuum.
  const vacuum = setInterval(() => inBackground(forWork.exec('vacuum analyze'), onError), HOUR).unref();
  return {
    kind: 'pglite',
    db,
    session: db,
    intake: seenBy(space, intake),
    isFull: space.isFull,
    bus,
    boss: { db: fromPglite(forWork), backend: 'pglite' },
    async close() {
      clearInterval(vacuum);
      await bus.close();
      await db.destroy();
    },
  };
}

/**
 * PGlite as work uses it: one transaction or statement after another, and between them the process looks at its sockets. PGlite
 * computes in this thread and is done within the microtask, so that otherwise a chain of work would go on while nobody is served; and
 * it serves in the order of asking, so that a payload would stand in line behind all work.
 */
function inTurns(lite: Lite): Lite {
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(() => setImmediate()).then(work);
    last = result.catch(() => undefined);
    return result;
  }
  return askedBy(lite, {
    query: (...args) => inTurn(() => lite.query(...args)),
    exec: (...args) => inTurn(() => lite.exec(...args)),
    transaction: (work) => inTurn(() => lite.transaction(work)),
  });
}
