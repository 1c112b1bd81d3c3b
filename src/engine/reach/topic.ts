import type { Run } from '../../ports/runs.ts';
import { ROOM_TOPIC } from '../run-kinds.ts';
import type { ReachDeps } from './ports.ts';

/** Says an incident's severity in the topic of its channel, whenever that changes: it is what people see first. */
export function topicRun({ incidents, workspace }: ReachDeps): Run {
  return ROOM_TOPIC.does(async (run, { incident: id }) => {
    await run.step('topic', async () => {
      const incident = await incidents.find(id);
      if (incident === null || incident.room === null || incident.room.threadTs !== null || incident.room.channel.startsWith('D')) return false;
      await workspace.setTopic(incident.room.channel, incident);
      return true;
    });
  });
}
