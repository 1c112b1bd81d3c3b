import type { z } from 'zod';
import type { DRILL_DATA } from '../../domain/records/data/drills.ts';
import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { DRILL_NOTE } from '../run-kinds.ts';

/** A record of `system` about drills. */
export type DrillRecord = {
  readonly [T in keyof typeof DRILL_DATA]: { readonly type: T; readonly data: z.input<(typeof DRILL_DATA)[T]> };
}[keyof typeof DRILL_DATA];

export interface DrillNoteDeps {
  readonly incidents: Pick<Incidents, 'find'>;
  /** Breaks (`on`) or mends something of the simulated platforms; `null` where there are none. */
  readonly inject: ((fault: string, on: boolean) => Promise<void>) | null;
  /** Appends a record to `system`. */
  readonly record: (tx: StoreTx, record: DrillRecord) => Promise<void>;
}

/**
 * Notes in `system` that a drill began or is over: the streams of single drills need not be read to know when the next one is due. In the local
 * workspace what it is about is broken for as long.
 */
export function drillNoteRun({ incidents, inject, record }: DrillNoteDeps): Run {
  return DRILL_NOTE.does(async (run, { incident: id, held }) => {
    await run.writeAfter(
      'noted',
      () => incidents.find(id),
      async (tx, incident) => {
        if (incident?.drill === undefined) return false;
        const { form, runbook } = incident.drill.terms;
        const of = { drill: id, service: incident.service, form, runbook };
        await record(tx, held === null ? { type: 'drill.started', data: of } : { type: 'drill.finished', data: { ...of, held } });
        return true;
      },
    );
    await run.step('fault', async () => {
      const fault = (await incidents.find(id))?.drill?.terms.inject;
      if (fault !== undefined) await inject?.(fault, held === null);
      return fault ?? null;
    });
  });
}
