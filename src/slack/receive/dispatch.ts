import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Message } from '../../../blocks/kit.ts';
import type { Among } from '../../../blocks/replies.ts';
import type { AlertAsk, Answer, Assignee, IncidentAsk, LookUp, Request, Service, SlashCommand, Target } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import type { Alert } from '../../domain/alert/alerts.ts';
import { isChangeAsk } from '../../domain/change/decide.ts';
import { TocsinError, UserError } from '../../domain/errors.ts';
import type { Person, PersonCommand } from '../../domain/incident/commands.ts';
import { needsFreshRoles } from '../../domain/incident/decide-may.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { sayNoIncident } from '../../domain/no-incident.ts';
import type { Json } from '../../domain/record.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import type { AlertBook } from '../../engine/alerts/alerts.ts';
import { type Change, type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import { ROOM_CHECK } from '../../engine/run-kinds.ts';
import { own } from '../../lib/own.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { IncidentIndex, Store, StoreTx } from '../../ports/store.ts';
import { placeOfCard } from '../card-place.ts';
import type { EphemeralDestination } from '../deliver/ephemeral.ts';
import type { Age } from '../groups.ts';
import { type Known, mayPass, type People, rolesUnknown } from '../people.ts';
import type { Views } from '../views.ts';
import { assertMayAsk } from './guests.ts';
import { isButtonOfMerged, sayTakenAlong, sayWhereItWent, toSurvivor } from './merged.ts';
import { type Opened, openForm, publishHome } from './opening.ts';
import { PICK } from './origin.ts';
import { type Payload, readPayload } from './payload.ts';
import { assertOwnWords, placeholdersOf } from './placeholders.ts';
import { type Asked, replyTo, understand } from './requests.ts';
import { goneChannel } from './room-events.ts';

export interface DispatchDeps {
  readonly client: WebClient;
  readonly views: Views;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly alerts: AlertBook;
  readonly people: People;
  readonly commands: readonly SlashCommand[];
  readonly services: readonly Service[];
  readonly runbooks: LookUp['runbooks'];
  readonly serviceConfig: (id: string) => ServiceConfig | null;
  readonly assignee: (user: string, service: string) => Promise<Assignee>;
  /** Takes secrets out of what is said back to a person: they may have pasted one in the wrong place. */
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  readonly onOutcome: (name: string, outcome: string) => void;
}

/** How long (ms) a payload may wait for Slack to say who sent it, and how often it is asked. */
const WAITED_FOR = 30_000;
const LOOK_AGAIN = 2_000;

const PERHAPS = 'Slack did not say whether the form opened. If you do not see it, please run that once more.';

/** The code of a payload whose picker was answered: it is answered once. */
const PICKED = 'picked';

/** Where the picker looks; the newest are enough to choose from. */
const AMONG: Readonly<Record<Among, Parameters<Store['incidents']>[0]>> = {
  open: { open: true },
  resolved: { open: false, closed: false },
  over: { open: false, limit: 25 },
  any: { limit: 25 },
};

/** Among how many open incidents a mistyped id is looked for, the newest first. */
const SUGGESTED_FROM = 50;

/** The outcome of one payload, as it is stored: every payload has exactly one. */
export type InboxOutcome = {
  readonly outcome: 'done' | 'refused' | 'mistaken' | 'ignored' | 'failed';
  readonly name: string;
  readonly code?: string;
};

/**
 * Works on one stored payload: understand, authorise, answer; then everything that follows in one transaction with the
 * payload's outcome. Working on it twice changes nothing.
 */
export function createDispatch(deps: DispatchDeps): (inboxId: string) => Promise<void> {
  const { views, client, store, incidents, alerts, people, commands, services, logger } = deps;
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
    const look = lookUp(asked.user);
    const person = await askerOf(asked.user, service, patient);
    // Whoever opens the app's Home asked nothing: there is nobody to refuse.
    if (!person.trusted && asked.origin.kind === 'home') return ignore(inboxId, asked.name);
    assertMayAsk(person, asked, incident);
    const request: Request = { ...asked, id: inboxId, person, incident, now: await store.now() };
    // An incident that was named and is not there must not become another one that is.
    if (asked.incidentId !== null && incident === null) throw await noIncident(asked.incidentId, asked.user);
    if (incident !== null && isButtonOfMerged(asked.origin, incident)) throw new UserError('merged', await whereItWent(incident, asked));
    if (asked.incident !== 'none' && incident === null) return choose(inboxId, asked);
    const given = await asked.handler(request, look);
    for (const { ask } of given.asks ?? []) assertOwnWords(ask, placeholders);
    const outcome: InboxOutcome = { outcome: 'done', name: asked.name };
    const { home } = given;
    if (home !== undefined) await publishHome(client, asked.reply.user, home.blocks);
    const opened = given.modal === undefined ? 'opened' : await openModal(asked, given.modal);
    const named = await Promise.all((given.asks ?? []).map(async (one) => withGivers(await withOneId(one))));
    const asks = await Promise.all(named.map((one) => toSurvivor(incidents, one, incident)));
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
      if (given.run !== undefined) await tx.startRun({ id: inboxId, ...given.run });
      const takenAlong = sayTakenAlong(named, asks);
      const said =
        (takenAlong === null ? null : views.note(takenAlong)) ??
        replyOf(given, changes) ??
        (asked.picks === null || incident === null ? null : views.pickedOne(incident));
      const reply = opened === 'unknown' ? views.note(PERHAPS) : said;
      if (reply !== null) await sendReply(tx, inboxId, asked.reply, reply);
      await tx.finishInbox(inboxId, { ...outcome });
      if (asked.picks !== null) await tx.finishInbox(asked.picks, { outcome: 'mistaken', name: asked.name, code: PICKED });
    });
    return outcome;
  }

  /** Somebody of whom Slack has said nothing yet is waited for, not refused: the payload goes back for a while. */
  async function askerOf(user: string, service: ServiceConfig | null, patient: boolean): Promise<Known> {
    try {
      return await people.asker(user, service);
    } catch (error) {
      if (patient && error instanceof UserError && mayPass(error)) throw new RetryLater(LOOK_AGAIN, { cause: error });
      throw error;
    }
  }

  /** One transaction. Who is refused while Slack could not say what they hold is told that, not that they hold nothing. */
  async function decided(askers: readonly Known[], work: (tx: StoreTx) => Promise<void>): Promise<void> {
    try {
      await store.transaction(work);
    } catch (error) {
      if (error instanceof UserError && error.refusal && askers.some(({ rolesKnown }) => !rolesKnown)) throw rolesUnknown(error);
      throw error;
    }
  }

  /** Somebody who is named is one person, by whichever of their ids. */
  async function withOneId(asked: IncidentAsk): Promise<IncidentAsk> {
    const { ask } = asked;
    return ask.type === 'assign' ? { ...asked, ask: { ...ask, user: await people.idOf(ask.user) } } : asked;
  }

  /** Whoever gives the last approval is decided upon together with those before, by the roles that all of them hold now. */
  async function withGivers(asked: IncidentAsk): Promise<IncidentAsk> {
    const { ask, target } = asked;
    if (ask.type !== 'approve' || target.kind !== 'incident') return asked;
    const incident = await incidents.find(target.id);
    const before = incident === null ? undefined : own(incident.plans, ask.plan)?.approvals;
    const service = deps.serviceConfig(incident?.service ?? '');
    const givers = await Promise.all((before ?? []).map(({ user }) => people.person(user, service, 'now')));
    return { ...asked, ask: { ...ask, givers } };
  }

  /**
   * Who asks each ask, with the roles they hold for its own incident's service. Who decides is looked up at the click, never remembered
   * (ADR 9).
   */
  async function askersOf(asks: readonly IncidentAsk[], user: string, here: Incident | null): Promise<Known[]> {
    const declared = asks.find(({ ask }) => ask.type === 'declare')?.ask;
    const askers: Known[] = [];
    for (const { target, ask } of asks) {
      const service =
        target.kind !== 'incident'
          ? declared?.type === 'declare'
            ? declared.service
            : ''
          : ((target.id === here?.id ? here : await incidents.find(target.id))?.service ?? '');
      const config = deps.serviceConfig(service);
      askers.push(
        needsFreshRoles(ask) ? { ...(await people.person(user, config, ageFor(ask))), rolesKnown: true } : await people.asker(user, config),
      );
    }
    return askers;
  }

  /** Who asks something of an alert, with the roles they hold for its service. @throws UserError `alert-over` */
  async function alertAskersOf({ alerts: asks = [] }: Answer, user: string): Promise<{ alert: Alert; by: Person; wanted: AlertAsk }[]> {
    return Promise.all(
      asks.map(async (wanted) => {
        const alert = await alerts.find(wanted.alert);
        if (alert === null) throw new UserError('alert-over', 'That alert is over. `/incident alerts` lists the active ones.');
        return { alert, by: await people.person(user, deps.serviceConfig(alert.service)), wanted };
      }),
    );
  }

  /** Neither the text nor the channel says which incident: a picker asks. */
  async function choose(inboxId: string, asked: Asked): Promise<InboxOutcome> {
    const found = await visibleOnes(store.incidents(AMONG[asked.among]), asked.user);
    const reply = views.picker(
      found.filter(({ mergedInto }) => asked.among !== 'over' || mergedInto === null),
      inboxId,
      asked.among,
    );
    await finish(inboxId, { outcome: 'mistaken', name: asked.name, code: 'no-incident' }, { to: asked.reply, message: reply });
    return { outcome: 'mistaken', name: asked.name, code: 'no-incident' };
  }

  /** The answer to a picker: the first payload again, with the incident that was chosen. */
  async function picked(asked: Asked, inboxId: string): Promise<Asked> {
    if (asked.origin.kind !== 'button' || asked.origin.action !== PICK) return asked;
    const entry = await store.inbox(inboxId);
    const block = (entry?.payload as { actions?: { block_id?: string }[] } | undefined)?.actions?.[0]?.block_id ?? '';
    const original = await store.inbox(block.replace(/^pick:/, ''));
    const payload = original === null ? null : readPayload(original.payload);
    if (original === null || !payload) throw new UserError('stale-button', 'That choice is out of date. Run the command again.');
    if ((original.outcome as { code?: unknown } | null)?.code === PICKED)
      throw new UserError('stale-button', 'You have already chosen. Run the command again for another incident.');
    const first = await understand(payload, commands, client);
    if (first === null || first.user !== asked.user) throw new UserError('stale-button', 'That choice is out of date. Run the command again.');
    return { ...first, incidentId: asked.incidentId, triggerId: asked.triggerId, reply: { ...asked.reply, replaces: true }, picks: original.id };
  }

  async function incidentFor(asked: Asked): Promise<Incident | null> {
    if (asked.incidentId !== null) return visible(await incidents.find(asked.incidentId), asked.user, asked.channel);
    if (asked.channel === null) return null;
    const [index] = await store.incidents({ channel: asked.channel, limit: 1 });
    if (index !== undefined) return visible(await incidents.find(index.id), asked.user, asked.channel);
    return asked.threadTs === null ? null : visible(await ofThread(asked.channel, asked.threadTs), asked.user, asked.channel);
  }

  async function ofThread(channel: string, threadTs: string): Promise<Incident | null> {
    for (const index of await store.incidents({ open: true })) {
      const incident = await incidents.find(index.id);
      if (incident?.cards.some((card) => card.channel === channel && card.ts === threadTs)) return incident;
    }
    return null;
  }

  /** Private incidents show nothing outside their channel: to others they do not exist. */
  async function visible(incident: Incident | null, user: string, channel: string | null): Promise<Incident | null> {
    if (incident === null || !incident.private) return incident;
    if (incident.reporter === user || Object.values(incident.roles).includes(user) || incident.called.includes(user)) return incident;
    if (incident.room === null) return null;
    if (incident.room.channel === channel) return incident;
    return (await people.isMember(incident.room.channel, user)) ? incident : null;
  }

  async function visibleOnes(indexes: Promise<readonly IncidentIndex[]>, user: string): Promise<readonly Incident[]> {
    const found = await Promise.all((await indexes).map((index) => incidents.find(index.id)));
    const seen = await Promise.all(found.map((incident) => visible(incident, user, null)));
    return seen.filter((incident): incident is Incident => incident !== null);
  }

  function lookUp(user: string): LookUp {
    return {
      services,
      incident: async (id) => visible(await incidents.find(id), user, null),
      openIncidents: () => visibleOnes(store.incidents({ open: true }), user),
      unclosedIncidents: () => visibleOnes(store.incidents({ closed: false }), user),
      records: async (id) => (await store.records(id)) as IncidentRecord[],
      alert: (id) => alerts.find(id),
      openAlerts: () => alerts.open(),
      alertCard: (id) => placeOfCard(client, store, id),
      personIn: (service) => people.person(user, deps.serviceConfig(service)),
      assignee: deps.assignee,
      runbooks: deps.runbooks,
    };
  }

  /** Opened at once: a trigger lives 3 seconds. The form remembers where it was asked for, for its answer. */
  async function openModal(asked: Asked, view: ModalView): Promise<Opened> {
    if (asked.triggerId === null) return 'opened';
    const context = JSON.parse(view.private_metadata ?? '{}') as Record<string, unknown>;
    const metadata = JSON.stringify({ ...context, ...(asked.channel === null ? {} : { asked_in: asked.channel }) });
    return openForm(client, asked.triggerId, { ...view, private_metadata: metadata });
  }

  function whereItWent(incident: Incident, { user, channel }: Asked): Promise<string> {
    return sayWhereItWent(incident, async (id) => visible(await incidents.find(id), user, channel));
  }

  /** An id that nobody gave out yet, with the nearest one that the person may see: the open ones first. */
  async function noIncident(id: string, user: string): Promise<UserError> {
    const open = await visibleOnes(store.incidents({ open: true, limit: SUGGESTED_FROM }), user);
    const known = [...open, ...(await visibleOnes(store.incidents(AMONG.any), user))];
    return new UserError('no-incident', sayNoIncident(id, known));
  }

  /** What a person was not allowed is a record; a slip of the keyboard is only answered. */
  async function refuse(inboxId: string, payload: Payload, asked: Asked | null, incident: Incident | null, error: UserError): Promise<InboxOutcome> {
    const name = asked?.name ?? payload.kind;
    const outcome: InboxOutcome = { outcome: error.refusal ? 'refused' : 'mistaken', name, code: error.code };
    const to = asked?.reply ?? replyTo(payload);
    // The person reads what to do; the reason is for whoever runs Tocsin.
    if (error.cause !== undefined) deps.logger.warn({ err: error.cause, name, code: error.code }, 'a request could not be done');
    const isMerged = error.code === 'merged' && asked !== null && incident !== null && incident.mergedInto !== null;
    const said = isMerged ? await whereItWent(incident, asked) : error.message;
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      if (error.refusal) await incidents.refuse(tx, incident?.id ?? null, to.user, name, error);
      await sendReply(tx, inboxId, to, views.problem(deps.redact(said)));
      await tx.finishInbox(inboxId, { ...outcome });
    });
    return outcome;
  }

  async function fail(inboxId: string, payload: Payload, asked: Asked | null): Promise<InboxOutcome> {
    const outcome: InboxOutcome = { outcome: 'failed', name: asked?.name ?? payload.kind, code: 'internal' };
    const message = views.problem(
      `That failed on Tocsin’s side and nothing was changed. Try again; if it fails again, give whoever runs Tocsin this reference: \`${inboxId}\`.`,
    );
    await finish(inboxId, outcome, { to: asked?.reply ?? replyTo(payload), message });
    return outcome;
  }

  async function ignore(inboxId: string, name: string): Promise<InboxOutcome> {
    await finish(inboxId, { outcome: 'ignored', name });
    return { outcome: 'ignored', name };
  }

  async function finish(inboxId: string, outcome: InboxOutcome, reply?: { to: EphemeralDestination; message: Message }): Promise<void> {
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      if (reply !== undefined) await sendReply(tx, inboxId, reply.to, reply.message);
      await tx.finishInbox(inboxId, { ...outcome });
    });
  }
}

/** Changes are decided by who holds a role now; the rest may be some seconds behind when Slack has to be spared. */
function ageFor(ask: PersonCommand): Age {
  return isChangeAsk(ask) ? 'now' : 'seconds';
}

/** A database that is away loses no payload: its job is tried again until it is back. */
function isDatabaseAway(error: unknown): boolean {
  return error instanceof TocsinError && error.code === 'database-unavailable';
}

function replyOf(answer: Answer, changes: readonly Change[]): Message | null {
  if (answer.reply === undefined) return null;
  return typeof answer.reply === 'function' ? answer.reply(changes) : answer.reply;
}

async function sendReply(tx: StoreTx, inboxId: string, to: EphemeralDestination, message: Message): Promise<void> {
  await sendMessage(tx, {
    key: `${inboxId}:reply`,
    stream: SYSTEM_STREAM,
    seq: 0,
    lane: `reply:${to.user}`,
    template: 'reply',
    to: { ...to },
    data: { ...message } as unknown as Json,
  });
}
