import { ownChannelOf, peopleOf } from '../../domain/incident/incident.ts';
import type { Run } from '../../ports/runs.ts';
import { ROOM_INVITE } from '../run-kinds.ts';
import type { ReachDeps } from './ports.ts';

/** How many people one call invites (docs.slack.dev/reference/methods/conversations.invite). */
const AT_ONCE = 100;

/**
 * Brings people into the incident's channel: those named, or all whom the incident knows by now. Best effort, and never before anybody is told:
 * one who cannot be invited keeps nobody else out.
 */
export function inviteRun({ incidents, workspace }: ReachDeps): Run {
  return ROOM_INVITE.does(async (run, { incident: id, users }) => {
    const wanted = await run.step('people', async () => {
      const incident = await incidents.find(id);
      const channel = incident === null ? null : ownChannelOf(incident);
      if (incident === null || channel === null) return null;
      return { channel, users: [...new Set(users ?? peopleOf(incident))] };
    });
    if (wanted === null) return;
    // By one call, as Slack counts them; where it refuses one of them, each by themselves.
    const { length } = wanted.users;
    if (length > 1 && length <= AT_ONCE && (await run.step('invite:all', () => workspace.invite(wanted.channel, ...wanted.users))) === null) return;
    const invited = await Promise.allSettled(wanted.users.map((user) => run.step(`invite:${user}`, () => workspace.invite(wanted.channel, user))));
    const stuck = invited.find((one) => one.status === 'rejected');
    if (stuck !== undefined) throw stuck.reason;
  });
}
