import { asJson, readBack } from '../../domain/json.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import { sendMessage } from '../incidents/incidents.ts';
import type { Destination } from '../incidents/notice.ts';
import { ALERT_CALL } from '../run-kinds.ts';
import { delivery } from './delivery.ts';
import type { Line, ReachDeps } from './ports.ts';

/**
 * Sees to it that an alert's call reaches somebody before there is any incident: where Slack refuses it in the alerts channel, it goes to the
 * incidents channel, and from there to each person directly.
 */
export function alertCallRun(deps: ReachDeps): Run {
  const { store, workspace } = deps;

  return ALERT_CALL.does(async (run, { key, service, who }) => {
    if ((await delivery(run, store, 'alerts-channel', key)).sent) return;
    const { incidents: channel } = deps.channelsOf(service);
    await again(run, key, 'incidents-channel', [{ kind: 'channel', channel }]);
    if ((await delivery(run, store, 'incidents-channel', `${key}:${channel}`)).sent) return;
    const lines = readBack<readonly Line[]>(
      await run.step('members', async () => asJson(await Promise.all(who.map((one) => workspace.members(one))))),
    );
    const users = new Set(lines.flatMap((line) => line.users));
    await again(
      run,
      key,
      'direct-message',
      [...users].map((user) => ({ kind: 'person', user })),
    );
  });

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
