import type { Logger } from 'pino';
import type { TocsinError } from '../domain/errors.ts';
import { type Database, type DatabaseTarget, openDatabase } from '../store/database.ts';
import type { Closing } from './closing.ts';
import { faultOf } from './faults.ts';
import type { Settings } from './settings.ts';

export interface DatabaseOptions {
  readonly settings: Settings;
  /** Another database than the configuration says. */
  readonly target: DatabaseTarget | undefined;
  readonly logger: Logger;
  readonly closing: Closing;
  /** The database is lost for good: the bot has to end. */
  readonly onLost: (why: TocsinError) => void;
}

/** Opens the database and writes nothing into it yet. It is closed last. @throws TocsinError what openDatabase throws */
export function openConfiguredDatabase({ settings, target, logger, closing, onLost }: DatabaseOptions): Promise<Database> {
  const opened = openDatabase(target ?? settings.database, {
    onError(err) {
      const fault = faultOf(err);
      if (fault === null) logger.warn({ err }, 'database');
      else logger.warn({ code: fault.code }, `database: ${fault.says}`);
    },
    onLost,
  });
  // Also when the start ends before it is open.
  closing.add(() =>
    opened.then(
      (database) => database.close(),
      () => undefined,
    ),
  );
  return opened;
}
