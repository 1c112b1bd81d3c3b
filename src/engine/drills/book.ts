import type { DrillTerms } from '../../domain/drill/drill.ts';
import { type DrilledService, type DrillStanding, lastByRunbook, standings } from '../../domain/drill/due.ts';
import type { StoredRecord } from '../../domain/record.ts';

/** What of the configuration a drill lives by. */
export type DrillSettings = Pick<DrillTerms, 'simulated' | 'within' | 'sign_off' | 'ends_after_ms'>;

/** When drills were held and are due, from the records of `system`. */
export interface DrillBook {
  readonly records: () => Promise<readonly StoredRecord[]>;
  standings(records: readonly StoredRecord[]): Promise<readonly DrillStanding[]>;
  /** When each runbook was last drilled, ms. */
  lastByRunbook(): Promise<ReadonlyMap<string, number>>;
  /** @throws RangeError for a service that is not configured */
  settingsOf(service: string): DrillSettings;
}

export interface DrillBookDeps {
  /** Records of drills, oldest first. */
  readonly records: () => Promise<readonly StoredRecord[]>;
  /** When Tocsin began here, ms. */
  readonly since: () => Promise<number>;
  readonly now: () => Promise<number>;
  readonly services: () => readonly DrilledService[];
  readonly settingsOf: DrillBook['settingsOf'];
}

export function createDrillBook({ records, since, now, services, settingsOf }: DrillBookDeps): DrillBook {
  return {
    records,
    standings: async (read) => standings(read, services(), { since: await since(), now: await now() }),
    lastByRunbook: async () => lastByRunbook(await records()),
    settingsOf,
  };
}
