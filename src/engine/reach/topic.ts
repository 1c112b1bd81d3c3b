import { ownChannelOf } from '../../domain/incident/incident.ts';
import type { Run } from '../../ports/runs.ts';
import { ROOM_CALL, ROOM_TOPIC } from '../run-kinds.ts';
import type { ReachDeps } from './ports.ts';

/** Keeps the bookmark of the incident's call in its channel. */
export function callRun({ incidents, workspace }: ReachDeps): Run {
  return ROOM_CALL.does(async (run, { incident: id }) => {
    await run.step('bookmark', async () => {
      const incident = await incidents.find(id);
      const channel = incident === null ? null : ownChannelOf(incident);
      if (incident === null || channel === null) return false;
      await workspace.setCall(channel, incident);
      return true;
    });
  });
}

/** Says an incident's severity in the topic of its channel, whenever that changes: it is what people see first. */
export function topicRun({ incidents, workspace }: ReachDeps): Run {
  return ROOM_TOPIC.does(async (run, { incident: id }) => {
    await run.step('topic', async () => {
      const incident = await incidents.find(id);
      const channel = incident === null ? null : ownChannelOf(incident);
      if (incident === null || channel === null) return false;
      await workspace.setTopic(channel, incident);
      return true;
    });
  });
}
