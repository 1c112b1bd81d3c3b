import type { Incident } from '../../domain/incident/incident.ts';
import { CALL_MESSAGE, ESCALATED_MESSAGE, PAGE_MESSAGE } from '../../domain/messages/messages.ts';
import { type RefusedWay, WAYS, type Way } from '../../domain/records/data/reach.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { sendMessage } from '../incidents/incidents.ts';
import type { Destination } from '../incidents/notice.ts';
import { PAGE_MAIL, PAGE_PERSON } from '../run-kinds.ts';
import { delivery } from './delivery.ts';
import { LESS_PATIENCE, lookWithin, NO_ANSWER, PATIENCE } from './patience.ts';
import type { ReachDeps } from './ports.ts';
import { isPageOver } from './standing.ts';

/** How long (ms) the way through the room waits for there to be a room. */
const ROOM_WAIT = 250;

/** Stands for a way that is not tried any more. */
const OVER = 'over';

/** Refusals after which no other way leads to that person either. */
export const NOBODY: ReadonlySet<string> = new Set(['user_disabled', 'user_not_found']);

/**
 * Tells one person of a page: by direct message, else in the incident's channel, else in the service's incidents channel. What Slack refuses
 * goes to the next way at once, what it does not answer after a while, and all of it is one record. Where no way is left, there is a mail, which holds up
 * nobody: it wakes few, so that the next in line and PagerDuty call all the same.
 */
export function personRun(deps: ReachDeps): Run {
  const { store, incidents } = deps;

  return PAGE_PERSON.does(async (run, page) => {
    const { incident: id, user } = page;
    const refused: RefusedWay[] = [];
    let reached: Way | null = null;
    for (const way of WAYS) {
      const patience = refused.some(({ error }) => error === NO_ANSWER) ? LESS_PATIENCE : PATIENCE;
      const open = async () => ((await isOver(id, page.seq)) ? OVER : closedWay(way, id, user));
      const closed = await lookWithin<string | null>(run, store, `open:${way}`, open, NO_ANSWER, patience);
      if (closed === OVER) return over(run, page);
      const answer = closed === null ? await tell(run, page, way, patience) : closed;
      if (answer === null) reached = way;
      else if (answer !== 'none') refused.push({ way, error: answer });
      if (reached !== null || (answer !== null && NOBODY.has(answer))) break;
    }
    const isThere = !refused.some(({ error }) => NOBODY.has(error));
    await run.write('reached', async (tx) => {
      await incidents.tell(tx, id, { type: 'person-reached', page: page.page, user, way: reached, refused });
      const mail = { incident: id, seq: page.seq, page: page.page, user };
      if (reached === null && isThere) await tx.startRun({ id: `${run.id}:mail`, ...PAGE_MAIL.with(mail) });
      await tx.signalRun(page.page, `reached:${user}`, reached ?? 'nobody');
      return reached;
    });
  });

  /** Nobody is told of what is over, and nobody is missed. */
  async function over(run: RunContext, { page, user }: InputOf<typeof PAGE_PERSON>): Promise<void> {
    await run.write('over', async (tx) => {
      await tx.signalRun(page, `reached:${user}`, 'nobody');
      return true;
    });
  }

  async function isOver(id: string, seq: number): Promise<boolean> {
    return isPageOver(store, await found(id), seq);
  }

  /** Why a way does not lead to this person; `null` when it may, `none` when there is no such way. Who is not in a channel sees nothing there. */
  async function closedWay(way: Way, id: string, user: string): Promise<string | null> {
    if (way === 'direct-message') return null;
    const incident = await found(id);
    const channels = deps.channelsOf(incident.service);
    if (way === 'incidents-channel') {
      if (incident.private || incident.room?.channel === channels.incidents) return 'none';
      return (await deps.workspace.isMember(channels.incidents, user)) ? null : 'not_in_channel';
    }
    if (incident.room === null) throw new RetryLater(ROOM_WAIT);
    const { channel, threadTs } = incident.room;
    if (channel.startsWith('D')) return 'none';
    if (threadTs === null) return deps.workspace.invite(channel, user);
    return (await deps.workspace.isMember(channel, user)) ? null : 'not_in_channel';
  }

  /** `null` when it was delivered, else why not. */
  async function tell(
    run: RunContext,
    { incident: id, seq, page, user, template }: InputOf<typeof PAGE_PERSON>,
    way: Way,
    patience: number,
  ): Promise<string | null> {
    const key = `${run.id}:${way}`;
    await run.writeAfter(
      `send:${way}`,
      () => found(id),
      async (tx, incident) => {
        const to = destination(way, user, deps.channelsOf(incident.service).incidents);
        const lane = to.kind === 'person' ? user : to.kind === 'channel' ? to.channel : id;
        const message = messageFor(way, template);
        await sendMessage(tx, { key, stream: id, seq, lane, to: { ...to }, ...message.with({ page, user }) });
        return true;
      },
    );
    const { sent, error } = await delivery(run, store, way, key, patience);
    return sent ? null : error;
  }

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }
}

/** What a person is sent: the page itself directly, and a call by name where others read it. */
function messageFor(way: Way, template: InputOf<typeof PAGE_PERSON>['template']) {
  if (way !== 'direct-message') return CALL_MESSAGE;
  return template === 'page' ? PAGE_MESSAGE : ESCALATED_MESSAGE;
}

function destination(way: Way, user: string, incidentsChannel: string): Destination {
  if (way === 'direct-message') return { kind: 'person', user };
  return way === 'room' ? { kind: 'room' } : { kind: 'channel', channel: incidentsChannel };
}
