import { isIn, ownChannelOf } from '../../domain/incident/incident.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { RunContext } from '../../ports/runs.ts';

export interface CallingDeps {
  readonly incidents: Incidents;
  /** Brings a person into a channel. `null` when they are in it, else Slack's refusal. */
  readonly invite: (channel: string, user: string) => Promise<string | null>;
}

/**
 * What a private incident asks of somebody it has to show them: they are called into it, and brought into its channel, before they are asked. Whom
 * Slack keeps out of the channel still sees the incident; the room hears of that.
 */
export async function callIntoPrivate({ incidents, invite }: CallingDeps, run: RunContext, id: string, asked: readonly string[]): Promise<void> {
  const called = await run.writeAfter(
    'called',
    () => incidents.find(id),
    async (tx, incident) => {
      if (incident === null || !incident.private) return [];
      const users = asked.filter((user) => !isIn(incident, user));
      for (const user of users) await incidents.tell(tx, id, { type: 'people-called', page: run.id, who: { user }, users: [user], error: null });
      return users;
    },
  );
  for (const user of called) {
    const error = await run.step(`invite:${user}`, async () => {
      const incident = await incidents.find(id);
      const channel = incident === null ? null : ownChannelOf(incident);
      return channel === null ? null : invite(channel, user);
    });
    if (error === null) continue;
    await run.write(`kept-out:${user}`, async (tx) => {
      await incidents.tell(tx, id, { type: 'person-reached', page: run.id, user, way: 'direct-message', refused: [{ way: 'room', error }] });
      return true;
    });
  }
}
