import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { sayMoment, toIso } from '../../lib/time.ts';
import { type PastIncident, readAction } from '../../ports/action.ts';

const input = z.strictObject({
  runbook: z.string().min(1).describe('Incidents that were diagnosed with this runbook are similar.'),
  arguments: z
    .record(z.string(), z.string())
    .default({})
    .describe('What they have in common counts: `{ tenant: tenant-123 }`. Empty texts are left out.'),
});

const output = z.strictObject({
  count: z.number().int().describe('Incidents that were diagnosed with the runbook.'),
  same: z.number().int().describe('Those of them of which an argument is the same.'),
  incidents: z.array(z.string()),
  newest: z.string().describe('When the newest was declared; empty without one.'),
});

/** PF-08: the bot's own memory. Private incidents are not in it. */
export const incidentSimilar = readAction({
  name: 'incident.similar',
  about: 'Earlier incidents of the service that were diagnosed with the same runbook, and what they have in common with this one.',
  input,
  output,

  async run({ runbook, arguments: given }, context) {
    const wanted = Object.entries(given).filter(([, value]) => value !== '');
    const found = (await context.incidents())
      .filter(({ diagnoses }) => diagnoses.some((one) => one.runbook === runbook))
      .map((one) => ({ one, common: commonOf(one, runbook, wanted) }));
    const same = found.filter(({ common }) => common.length > 0);
    const [newest] = found;
    return {
      output: {
        count: found.length,
        same: same.length,
        incidents: found.map(({ one }) => one.id),
        newest: newest === undefined ? '' : toIso(newest.one.declaredAt),
      },
      summary: sayFound(found.length, same.length, newest?.one),
      table: {
        columns: ['Declared', 'Incident', 'Severity', 'Status', 'Title', 'In common'],
        rows: found.map(({ one, common }) => [toIso(one.declaredAt), one.id, one.severity, one.status, clamp(one.title, 80), common.join(', ')]),
      },
    };
  },
});

function commonOf({ diagnoses }: PastIncident, runbook: string, wanted: readonly (readonly [string, string])[]): readonly string[] {
  const asked = diagnoses.filter((one) => one.runbook === runbook);
  return wanted.filter(([name, value]) => asked.some((one) => one.arguments[name] === value)).map(([name]) => name);
}

function sayFound(count: number, same: number, newest: PastIncident | undefined): string {
  if (newest === undefined) return 'No earlier incident was diagnosed with this runbook.';
  const common =
    same === 0 ? 'none has anything in common with this one' : `${same} ${same === 1 ? 'has' : 'have'} something in common with this one`;
  return `${plural(count, 'earlier incident')}; ${common}. The newest is ${newest.id}, declared at ${sayMoment(newest.declaredAt)}.`;
}
