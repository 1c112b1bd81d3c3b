import type { Run } from '../../ports/runs.ts';
import { ROOM_ARCHIVE } from '../run-kinds.ts';
import type { ReachDeps } from './ports.ts';

/** Archives the channel of what has been closed for long enough. Where Slack refuses, the channel itself is told. */
export function archiveRun({ incidents, workspace }: ReachDeps): Run {
  return ROOM_ARCHIVE.does(async (run, { incident: id, channel }) => {
    const done = await run.step('archived', async () => {
      const incident = await incidents.find(id);
      if (incident === null || incident.status !== 'closed' || incident.room?.channel !== channel) return null;
      return { error: await workspace.archive(channel) };
    });
    if (done === null) return;
    await run.write('told', async (tx) => {
      await incidents.tell(tx, id, { type: 'room-archived', channel, error: done.error });
      return true;
    });
  });
}
