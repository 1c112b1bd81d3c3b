import { pendingPlans } from '../../domain/change/plans.ts';
import { type Incident, isOpen } from '../../domain/incident/incident.ts';
import type { Run } from '../../ports/runs.ts';
import { ROOM_CHECK } from '../run-kinds.ts';
import type { ReachDeps } from './ports.ts';

/** What a refusal says of a room although Slack still shows it as usable. */
const SHUT: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'no_permission',
  'not_in_channel',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_locked',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
]);

/** What a refusal says of a thread: its first message is gone. */
const GONE_THREAD: ReadonlySet<string> = new Set(['cannot_reply_to_message', 'thread_not_found']);

/** True when a refusal of this kind means that nobody can be told anything there. */
function shutsRoom(error: string, isThread: boolean): boolean {
  const code = error.split(':')[0] ?? '';
  return SHUT.has(code) || (isThread && GONE_THREAD.has(code));
}

/** Looks at an incident's room after an event or a refusal. One that is lost is given up, and the incident goes on elsewhere. */
export function roomCheckRun(deps: ReachDeps): Run {
  return ROOM_CHECK.does(async (run, { incident: id, channel, refused }) => {
    const reason = await run.step('standing', async () => {
      const incident = await deps.incidents.find(id);
      if (incident === null || incident.room?.channel !== channel || !isGoingOn(incident)) return null;
      const standing = channel.startsWith('D') ? null : await deps.workspace.standing(channel, incident.private);
      return standing ?? (refused !== undefined && shutsRoom(refused, incident.room.threadTs !== null) ? (refused.split(':')[0] ?? refused) : null);
    });
    if (reason === null) return;
    await run.write('lost', async (tx) => {
      await deps.incidents.tell(tx, id, { type: 'room-lost', channel, reason });
      return true;
    });
  });
}

/** People archive rooms of what is over: that is no loss. */
export function isGoingOn(incident: Incident): boolean {
  return isOpen(incident) || pendingPlans(incident).length > 0;
}
