import { afterRecord, canvasPart, canvasRunId } from '../../../domain/incident/canvas.ts';
import type { RecordOf } from '../../../domain/incident/events.ts';
import { ROOM_CANVAS } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import type { Tell } from './tell.ts';

/**
 * Every record may change what the canvas of the incident's channel shows: the run that keeps it looks whether it does. Where there is no such run any more,
 * after a restored database or long after the close, or not yet, since this record begins another part, it begins; the one of the part before hears of it,
 * and ends. A canvas that is there keeps its run while the setting is off: one record that is not told, and the run waits for ever.
 */
export function canvasNotices({ seq }: Pick<RecordOf, 'seq'>, { incident, channels }: Tell): readonly Notice[] {
  const { canvas } = incident;
  if (canvas === undefined || canvas.left === true || (channels.canvas !== true && canvas.id === undefined)) return [];
  const { channel, since } = canvas;
  const run = ROOM_CANVAS.with({ incident: incident.id, channel, since, part: canvasPart(seq) });
  return [
    starting(canvasRunId(incident.id, canvas, seq), run),
    { kind: 'signal', run: canvasRunId(incident.id, canvas, Math.max(since, seq - 1)), name: afterRecord(seq - 1), payload: true },
  ];
}
