import { asJson, readBack } from '../../../domain/json.ts';
import { REPLY_MESSAGE } from '../../../domain/messages/messages.ts';
import { isDoubtful, mayConfirm, pathStanding } from '../../../domain/page-path/standing.ts';
import { sayWeek } from '../../../domain/page-path/words.ts';
import type { Json } from '../../../domain/record.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import { sayDuration, toIso } from '../../../lib/time.ts';
import type { Run, RunContext } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import { type DigestTime, isDigestTime, nextDigest } from '../../figures/digest.ts';
import { sendMessage } from '../../incidents/incidents.ts';
import { PAGE_PATH_ASK, PAGE_PATH_CONFIRM } from '../../run-kinds.ts';
import { sleepUntil } from '../../until.ts';
import { lookWithin, NO_ANSWER } from '../patience.ts';
import { plainMessage } from '../plain.ts';
import type { Line } from '../ports.ts';
import { namesIn } from './naming.ts';
import type { PathDeps, PathService } from './ports.ts';

/** So many people of one service are asked at most: a group may be a whole department. */
const MOST = 20;
/** So long (ms) after its moment nobody is asked any more: after a downtime it may be night by then, and the next week comes. */
const LATEST = 4 * 60 * 60_000;

/** Waits for the next question to the on-call of a service: one for each moment, whoever asks. */
export async function startPathAsk(tx: StoreTx, { id, asks }: Pick<PathService, 'id' | 'asks'>, now: number): Promise<void> {
  if (asks === null) return;
  const at = nextDigest(asks, now);
  await tx.startRun({ id: `page-path-ask:${id}:${at}`, ...PAGE_PATH_ASK.with({ service: id, at }) });
}

/**
 * Once a week the on-call of a service get one message, by day and about nothing, and confirm that they have it: that Slack takes a message does not show
 * that somebody sees it. Who does not confirm in time is named in the service's channel.
 */
export function pathAskRun(deps: PathDeps): Run {
  const { store, services, withinMs } = deps;
  return PAGE_PATH_ASK.does(async (run, { service: id, at }) => {
    const service = services.find((one) => one.id === id);
    await sleepUntil(run, store, at);
    const asks: DigestTime | null = service?.asks ?? null;
    const isMeant = await run.step('meant', async () => asks !== null && isDigestTime(asks, at));
    if (service === undefined || !isMeant) return;
    await run.write('next', async (tx) => {
      await startPathAsk(tx, service, Math.max(at, await tx.now()));
      return true;
    });
    const isLate = await run.step('late', async () => (await store.now()) - at > LATEST);
    if (isLate) return;
    const users = await onCallNow(run, deps, service);
    const week = toIso(at);
    if (users.length === 0) return;
    await run.write('asked', async (tx) => {
      await deps.record(tx, { type: 'page-path.asked', data: { service: id, at: week, users } });
      for (const user of users) {
        const to = { kind: 'person', user };
        const key = `${run.id}:${user}`;
        await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: user, to, ...REPLY_MESSAGE.with(deps.question(service, week)) });
      }
      return true;
    });
    await run.sleep('confirming', withinMs);
    await run.writeAfter(
      'over',
      async () => {
        const standing = pathStanding(await deps.records(), id);
        return { standing, named: await namesIn(deps, standing.tried) };
      },
      async (tx, { standing, named }) => {
        const confirmed = standing.asked?.at === week ? standing.asked.confirmed : [];
        const missed = users.filter((user) => !confirmed.includes(user));
        if (missed.length > 0) await deps.record(tx, { type: 'page-path.missed', data: { service: id, at: week, users: missed } });
        // What was wrong or not seen at night was said then: the good word is for a path of which nothing is in doubt.
        else if (standing.tried !== null && isDoubtful(standing.tried)) return 0;
        const text = sayWeek(
          service.name,
          { ...standing, asked: { at: week, users, confirmed, missed } },
          sayDuration(withinMs),
          named,
          await tx.now(),
        );
        const to = { kind: 'channel', channel: service.channel };
        await sendMessage(tx, {
          key: `${run.id}:over`,
          stream: SYSTEM_STREAM,
          seq: 0,
          lane: service.channel,
          to,
          ...REPLY_MESSAGE.with(plainMessage(text)),
        });
        return missed.length;
      },
    );
  });
}

/** Who is called first for the service now: who is on call by its rotas, or the people of its lines where it has none. */
async function onCallNow(run: RunContext, deps: PathDeps, { responders }: PathService): Promise<readonly string[]> {
  const rotas = responders.filter((who) => 'rota' in who);
  const users = new Set<string>();
  for (const [i, who] of (rotas.length > 0 ? rotas : responders).entries()) {
    const look = async () => asJson(await deps.members(who));
    const line = readBack<Line>(await lookWithin<Json>(run, deps.store, `on-call:${i}`, look, { users: [], error: NO_ANSWER }));
    for (const user of line.users) users.add(user);
  }
  return [...users].slice(0, MOST);
}

/** Notes that somebody has the message. Once, and only from whom was asked. */
export function pathConfirmRun({ records, record }: PathDeps): Run {
  return PAGE_PATH_CONFIRM.does(async (run, { service, at, user }) => {
    await run.writeAfter(
      'confirmed',
      async () => mayConfirm(pathStanding(await records(), service), at, user),
      async (tx, counts) => {
        if (counts) await record(tx, { type: 'page-path.confirmed', data: { service, at, user } });
        return counts;
      },
    );
  });
}
