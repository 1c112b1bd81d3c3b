import type { Logger } from 'pino';
import { parseTimer } from '../domain/incident/timer.ts';
import { isDrillStream } from '../domain/streams.ts';
import type { Loop } from '../durable/loop.ts';
import { startTimers } from '../durable/timers.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { Metrics } from '../ops/metrics.ts';
import { timerTable } from '../store/timers.ts';
import type { Storage } from './storage.ts';

/** Tells incidents that the time has come which they wait for, and counts what was late. */
export function openTimers(
  { database, queue, store }: Storage,
  incidents: Incidents,
  { metrics, logger }: { metrics: Metrics; logger: Logger },
): Promise<Loop> {
  return startTimers({
    table: timerTable(database, queue.send),
    queue,
    bus: database.bus,
    async onDue({ stream, name }) {
      const timer = parseTimer(name);
      // Of another version, whose state does not wait for it.
      if (timer === null) return;
      const change = await store.transaction((tx) => incidents.tell(tx, stream, { type: 'timer', timer }));
      // A drill counts in no figure.
      if (isDrillStream(stream)) return;
      for (const record of change?.records ?? []) if (record.type === 'breach.recorded') metrics.breaches.inc({ target: record.data.target });
    },
    onError: (err) => logger.warn({ err }, 'timers'),
  });
}
