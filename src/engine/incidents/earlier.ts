import type { Incident } from '../../domain/incident/incident.ts';
import { EARLIER_MESSAGE } from '../../domain/messages/messages.ts';
import type { Run } from '../../ports/runs.ts';
import { EARLIER } from '../run-kinds.ts';
import { type Incidents, sendMessage } from './incidents.ts';

/** How far back is looked (days), at how many at most, and how many are told. */
const EARLIER_DAYS = 30;
const LOOKED_AT = 50;
const TOLD = 3;
const DAY_MS = 86_400_000;

/**
 * Tells a new incident's room how the newest incidents of its service ended that are over: what helped then may help now. Private ones are looked at by
 * nobody here, so none is told of.
 */
export function earlierRun({ incidents }: { readonly incidents: Pick<Incidents, 'find' | 'list'> }): Run {
  return EARLIER.does(async (run, { incident: id }) => {
    const earlier = await run.step('earlier', async () => {
      const incident = await incidents.find(id);
      if (incident === null) return [];
      const { declared } = incident.milestones;
      const found = await incidents.list({
        service: incident.service,
        private: false,
        since: declared - EARLIER_DAYS * DAY_MS,
        before: declared,
        limit: LOOKED_AT,
      });
      return alikeFirst(incident, found.filter(isTold)).slice(0, TOLD).map(shownOf);
    });
    if (earlier.length === 0) return;
    await run.write('sent', async (tx) => {
      const room = { stream: id, lane: id, to: { kind: 'room' } };
      await sendMessage(tx, { ...room, key: `${id}:earlier`, seq: 0, ...EARLIER_MESSAGE.with({ days: EARLIER_DAYS, incidents: earlier }) });
      return true;
    });
  });
}

/** What is over and was one, with what resolved it. */
function isTold({ status, mergedInto, cancelled, resolution }: Incident): boolean {
  return (status === 'resolved' || status === 'closed') && mergedInto === null && cancelled !== true && resolution !== null;
}

/** Those of the same type first, each time the newest first. */
function alikeFirst({ type }: Incident, found: readonly Incident[]): readonly Incident[] {
  if (type === null) return found;
  return [...found.filter((one) => one.type === type), ...found.filter((one) => one.type !== type)];
}

function shownOf({ id, title, severity, room, resolution, milestones: { declared, resolved } }: Incident) {
  return {
    id,
    title,
    severity,
    channel: room?.channel ?? null,
    resolution: resolution ?? '',
    declaredAt: declared,
    resolvedAt: resolved ?? declared,
  };
}
