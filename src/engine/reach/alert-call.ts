import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import type { RunContext, RunKind } from '../../ports/index.ts';
import { sendMessage } from '../incidents/incidents.ts';
import type { Destination } from '../incidents/notices.ts';
import { delivery } from './delivery.ts';
import type { Line, ReachDeps } from './ports.ts';

const callInput = z.object({
  /** The message that calls people in the alerts channel. */
  key: z.string(),
  service: z.string(),
  who: z.array(z.union([z.object({ user: z.string() }), z.object({ usergroup: z.string() })])),
});

/**
 * Sees to it that an alert's call reaches somebody before there is any incident: where Slack refuses it in the alerts channel, it goes to the
 * incidents channel, and from there to each person directly.
 */
export function alertCallRun(deps: ReachDeps): RunKind {
  const { store, workspace } = deps;

  return async function alertCall(run: RunContext, input: Json): Promise<void> {
    const { key, service, who } = callInput.parse(input);
    if ((await delivery(run, store, 'alerts-channel', key)).sent) return;
    const { incidents: channel } = deps.channelsOf(service);
    await again(run, key, 'incidents-channel', [{ kind: 'channel', channel }]);
    if ((await delivery(run, store, 'incidents-channel', `${key}:${channel}`)).sent) return;
    const lines = (await run.step(
      'members',
      async () => Promise.all(who.map((one) => workspace.members(one))) as unknown as Json,
    )) as unknown as Line[];
    const users = new Set(lines.flatMap((line) => line.users));
    await again(
      run,
      key,
      'direct-message',
      [...users].map((user) => ({ kind: 'person', user })),
    );
  };

  /** Sends the same call to other places. */
  async function again(
    run: RunContext,
    key: string,
    name: string,
    places: readonly Exclude<Destination, { kind: 'room' | 'under' }>[],
  ): Promise<void> {
    await run.writeAfter(
      `send:${name}`,
      () => store.message(key),
      async (tx, message) => {
        if (message === null) return 0;
        const { stream, seq, template, data } = message;
        for (const to of places) {
          const lane = to.kind === 'person' ? to.user : to.channel;
          await sendMessage(tx, { key: `${key}:${lane}`, stream, seq, lane, template, to: { ...to }, data });
        }
        return places.length;
      },
    );
  }
}
