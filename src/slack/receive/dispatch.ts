import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Message } from '../../../blocks/kit.ts';
import type { Answer, Assignee, LookUp, Request, Service, SlashCommand, Target } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { isDatabaseAway, UserError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { AlertBook } from '../../engine/alerts/alerts.ts';
import type { Change, Incidents } from '../../engine/incidents/incidents.ts';
import type { RotaBook } from '../../engine/rota/rotas.ts';
import { ROOM_CHECK } from '../../engine/run-kinds.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Store } from '../../ports/store.ts';
import type { People } from '../people.ts';
import type { Views } from '../views.ts';
import { createAskers } from './askers.ts';
import { assertMayAsk } from './guests.ts';
import { createJoining, joinedChannel } from './joining-people.ts';
import { lookUpOf } from './look-up.ts';
import { isButtonOfMerged, sayTakenAlong, toSurvivor } from './merged.ts';
import { type Opened, openForm, publishHome } from './opening.ts';
import { createOutcomes, type InboxOutcome, sendReply } from './outcomes.ts';
import { type Payload, readPayload } from './payload.ts';
import { createPickers, PICKED } from './pickers.ts';
import { assertOwnWords, placeholdersOf } from './placeholders.ts';
import { type Asked, understand } from './requests.ts';
import { goneChannel } from './room-events.ts';
import { seenIncidents } from './seen-incidents.ts';

export interface DispatchDeps {
  readonly client: WebClient;
  readonly views: Views;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly rotas: RotaBook;
  readonly people: People;
  readonly commands: readonly SlashCommand[];
  readonly services: readonly Service[];
  /** Where the evidence store is. */
  readonly evidence: string;
  readonly runbooks: LookUp['runbooks'];
  readonly drills: LookUp['drills'];
  readonly serviceConfig: (id: string) => ServiceConfig | null;
  readonly assignee: (user: string, service: string) => Promise<Assignee>;
  /** Takes secrets out of what is said back to a person: they may have pasted one in the wrong place. */
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  readonly onOutcome: (name: string, outcome: string) => void;
}

/** How long (ms) a payload may wait for Slack to say who sent it. */
const WAITED_FOR = 30_000;

const PERHAPS = 'Slack did not say whether the form opened. If you do not see it, please run that once more.';

/**
 * Works on one stored payload: understand, authorise, answer; then everything that follows in one transaction with the
 * payload's outcome. Working on it twice changes nothing.
 */
export function createDispatch(deps: DispatchDeps): (inboxId: string) => Promise<void> {
  const { views, client, store, incidents, alerts, rotas, people, commands, logger } = deps;
  const seen = seenIncidents(deps);
  const { incidentFor, whereItWent } = seen;
  const outcomes = createOutcomes(deps, seen);
  const { refuse, fail, ignore, finish } = outcomes;
  const join = createJoining(deps, outcomes);
  const { choose, picked } = createPickers(deps, seen, outcomes);
  const { askerOf, assertMayOpen, decided, completed, askersOf, alertAskersOf } = createAskers(deps);
  const placeholders = placeholdersOf(commands);

  return async function dispatch(inboxId) {
    const entry = await store.inbox(inboxId);
    if (entry === null || entry.outcome !== null) return;
    const started = performance.now();
    const payload = readPayload(entry.payload);
    if (payload === undefined || payload === null) return finish(inboxId, { outcome: 'ignored', name: entry.kind });
    const outcome = await handle(inboxId, payload, (await store.now()) - entry.receivedAt < WAITED_FOR);
    deps.onOutcome(outcome.name, outcome.outcome);
    logger.info({ command: outcome.name, outcome: outcome.outcome, code: outcome.code, ms: Math.round(performance.now() - started) }, 'command');
  };

  /** `patient`: the payload is so new that it may go back and wait for Slack. */
  async function handle(inboxId: string, payload: Payload, patient: boolean): Promise<InboxOutcome> {
    const gone = goneChannel(payload);
    if (gone !== null) return lookAtRoom(inboxId, gone);
    const joined = joinedChannel(payload);
    if (joined !== null) return join(inboxId, joined);
    let asked: Asked | null = null;
    let incident: Incident | null = null;
    try {
      asked = await understand(payload, commands, client);
      if (asked === null) return await ignore(inboxId, payload.kind);
      asked = await picked(asked, inboxId);
      asked = { ...asked, user: await people.idOf(asked.user) };
      incident = await incidentFor(asked);
      return await answer(inboxId, asked, incident, patient);
    } catch (error) {
      if (error instanceof RetryLater || isDatabaseAway(error)) throw error;
      if (error instanceof UserError) return refuse(inboxId, payload, asked, incident, error);
      logger.error({ err: error, command: asked?.name ?? payload.kind, inbox: inboxId }, 'a command failed');
      return fail(inboxId, payload, asked);
    }
  }

  /** An incident's room may be gone: a run looks, and moves the incident if so (engine/reach). */
  async function lookAtRoom(inboxId: string, { channel, name }: { channel: string; name: string }): Promise<InboxOutcome> {
    const found = await store.incidents({ channel });
    const outcome: InboxOutcome = { outcome: found.length === 0 ? 'ignored' : 'done', name };
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      for (const { id } of found) await tx.startRun({ id: `${inboxId}:${id}`, ...ROOM_CHECK.with({ incident: id, channel }) });
      await tx.finishInbox(inboxId, { ...outcome });
    });
    return outcome;
  }

  async function answer(inboxId: string, asked: Asked, incident: Incident | null, patient: boolean): Promise<InboxOutcome> {
    const service = deps.serviceConfig(incident?.service ?? '');
    const look = lookUpOf(deps, seen, asked.user);
    const person = await askerOf(asked.user, service, patient);
    // Whoever opens the app's Home asked nothing: there is nobody to refuse.
    if (!person.trusted && asked.origin.kind === 'home') return ignore(inboxId, asked.name);
    assertMayAsk(person, asked, incident);
    const request: Request = { ...asked, id: inboxId, person, incident, now: await store.now() };
    // An incident that was named and is not there must not become another one that is.
    if (asked.incidentId !== null && incident === null) throw await seen.noIncident(asked.incidentId, asked.user);
    if (incident !== null && isButtonOfMerged(asked.origin, incident)) throw new UserError('merged', await whereItWent(incident, asked));
    if (asked.incident !== 'none' && incident === null) return choose(inboxId, asked);
    const given = await asked.handler(request, look);
    for (const { ask } of given.asks ?? []) assertOwnWords(ask, placeholders);
    const outcome: InboxOutcome = { outcome: 'done', name: asked.name };
    const { home } = given;
    if (home !== undefined) await publishHome(client, asked.reply.user, home.blocks);
    const opened = given.modal === undefined ? 'opened' : await openModal(asked, given.modal, request.now);
    const named = await completed(given.asks ?? []);
    const asks = await Promise.all(named.map((one) => toSurvivor(incidents, one, incident)));
    const takenAlong = await sayTakenAlong(named, asks, look.incident);
    const askers = await askersOf(asks, asked.user, incident);
    const alertAskers = await alertAskersOf(given, asked.user);
    await decided(askers, async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      const changes: Change[] = [];
      const meant = (target: Target) => (target.kind === 'incident' ? target.id : target.kind === 'new' ? 'new' : (changes[0]?.id ?? ''));
      for (const [i, { target, ask }] of asks.entries()) changes.push(await incidents.ask(tx, meant(target), askers[i] ?? person, ask));
      for (const { alert, by, wanted } of alertAskers) {
        if (wanted.type === 'acknowledge') await alerts.tell(tx, { type: 'acknowledge', alert: alert.id, by });
        else if (wanted.type === 'investigate') await alerts.tell(tx, { type: 'investigate', alert: alert.id, run: inboxId, by });
        else await alerts.attach(tx, alert, meant(wanted.target), by);
      }
      if (given.rota !== undefined) await rotas.ask(tx, given.rota.rota, given.rota.command);
      if (given.run !== undefined) await tx.startRun({ id: inboxId, ...given.run });
      const said =
        (takenAlong === null ? null : views.note(takenAlong)) ??
        replyOf(given, changes) ??
        (asked.picks === null || incident === null ? null : views.pickedOne(incident));
      const reply = opened === 'unknown' ? views.note(PERHAPS) : said;
      if (reply !== null) await sendReply(tx, inboxId, given.replaces === true ? { ...asked.reply, replaces: true } : asked.reply, reply);
      await tx.finishInbox(inboxId, { ...outcome });
      if (asked.picks !== null) await tx.finishInbox(asked.picks, { outcome: 'mistaken', name: asked.name, code: PICKED });
    });
    return outcome;
  }

  /** Opened at once: a trigger lives 3 seconds. The form remembers where it was asked for, for its answer. */
  async function openModal(asked: Asked, view: ModalView, now: number): Promise<Opened> {
    if (asked.triggerId === null) return 'opened';
    await assertMayOpen(asked.user, view, now);
    const context = JSON.parse(view.private_metadata ?? '{}') as Record<string, unknown>;
    const metadata = JSON.stringify({ ...context, ...(asked.channel === null ? {} : { asked_in: asked.channel }) });
    return openForm(client, asked.triggerId, { ...view, private_metadata: metadata });
  }
}

function replyOf(answer: Answer, changes: readonly Change[]): Message | null {
  if (answer.reply === undefined) return null;
  return typeof answer.reply === 'function' ? answer.reply(changes) : answer.reply;
}
