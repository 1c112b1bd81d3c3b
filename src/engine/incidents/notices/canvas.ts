import { afterRecord, canvasRunId } from '../../../domain/incident/canvas.ts';
import type { RecordOf } from '../../../domain/incident/events.ts';
import { ROOM_CANVAS } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import type { Tell } from './tell.ts';

/**
 * Every record may change what the canvas of the incident's channel shows: the run that keeps it looks whether it does. Where there is no such run any more,
 * after a restored database or long after the close, or not yet, since an older release had none, it begins.
 */
export function canvasNotices({ seq }: Pick<RecordOf, 'seq'>, { incident, channels }: Tell): readonly Notice[] {
  const { canvas } = incident;
  if (canvas === undefined || canvas.left === true || channels.canvas !== true) return [];
  const run = canvasRunId(incident.id, canvas);
  return [
    starting(run, ROOM_CANVAS.with({ incident: incident.id, channel: canvas.channel })),
    { kind: 'signal', run, name: afterRecord(seq - 1), payload: true },
  ];
}
