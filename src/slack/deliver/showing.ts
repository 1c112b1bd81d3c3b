import type { Names } from '../../../blocks/incident-card.ts';
import type { Message } from '../../../blocks/kit.ts';
import type { Scene } from '../../../blocks/templates.ts';
import type { Contact } from '../../domain/contacts.ts';
import { TocsinError } from '../../domain/errors.ts';
import { callOf } from '../../domain/incident/call.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { hasOwnLine, lineOf } from '../../domain/incident/line.ts';
import { isOfPage } from '../../domain/messages/messages.ts';
import { destinationOf } from '../../engine/incidents/destination.ts';
import type { SentMessage, Store } from '../../ports/store.ts';
import type { People } from '../people.ts';
import type { Views } from '../views.ts';
import { boardOf } from './boards.ts';
import { isCard, replyOf } from './stored.ts';

export interface ShowingDeps {
  readonly views: Views;
  readonly store: Store;
  readonly people: Pick<People, 'nameOf' | 'nameOfGroup'>;
  /** Mentions of who holds a role, for those who wait for one of them. */
  readonly holders: (role: string) => string;
  /** Where the evidence store is. */
  readonly evidence: string;
  /** Whom to call outside of Slack, of a service: no part of what is stored. */
  readonly contactsOf: (service: string) => readonly Contact[];
  /** The link to the call of a service's incidents, as the settings have it: it may hold a password, so no record has it. */
  readonly callOf: (service: string) => string | null;
}

/** What stored messages show. */
export interface Shower {
  /** A stored answer goes out as it is; everything else shows the incident as it stands when it is sent. */
  present(message: SentMessage, incident: Incident | null): Promise<Message>;
  sceneOf(message: SentMessage, incident: Incident, glance?: Glance): Promise<Scene>;
}

/** What several messages of one incident are shown with: the time and records, each read once. */
export interface Glance {
  now(): Promise<number>;
  record(seq: number): Promise<IncidentRecord | null>;
}

export function glanceAt(store: Store, stream: string): Glance {
  let now: Promise<number> | null = null;
  const records = new Map<number, Promise<IncidentRecord | null>>();

  async function read(seq: number): Promise<IncidentRecord | null> {
    const found = await store.recordsAt(stream, { from: seq, to: seq });
    // Who has a record has the time as well: it costs no look of its own.
    if (found.now !== null) now ??= Promise.resolve(found.now);
    return (found.records[0] as IncidentRecord | undefined) ?? null;
  }

  return {
    now: () => (now ??= store.now()),
    record(seq) {
      const found = records.get(seq) ?? read(seq);
      records.set(seq, found);
      return found;
    },
  };
}

export function createShower({ views, store, people, holders, evidence, contactsOf, callOf: templateOf }: ShowingDeps): Shower {
  async function present(message: SentMessage, incident: Incident | null): Promise<Message> {
    const reply = replyOf(message);
    if (reply !== null) return marked(reply, incident);
    const board = boardOf(message);
    if (board !== null) return marked(views.renderBoard(board.template, board.view), incident);
    if (incident === null) throw new TocsinError('incident-missing', `A message tells of ${message.stream}, which is not there.`);
    return views.render(message.template, await sceneOf(message, incident));
  }

  /** What is drawn without its incident. */
  function marked(message: Message, incident: Incident | null): Message {
    return incident?.drill === undefined ? message : views.asDrill(message, incident.id);
  }

  async function sceneOf(message: SentMessage, incident: Incident, glance = glanceAt(store, message.stream)): Promise<Scene> {
    const shown = message.seq === 0 ? null : await glance.record(message.seq);
    const reporter = isCard(message) ? await people.nameOf(incident.reporter) : null;
    const contacts = destinationOf(message)?.kind === 'person' && isOfPage(message) ? contactsOf(incident.service) : [];
    const names = isCard(message) ? await namesOf(incident) : {};
    const call = callOf(incident, templateOf(incident.service));
    return { incident, record: shown, now: await glance.now(), data: message.data, holders, evidence, reporter, names, contacts, call };
  }

  /** What those in line are called, where the card shows them. */
  async function namesOf(incident: Incident): Promise<Names> {
    if (!hasOwnLine(incident)) return {};
    const all = lineOf(incident).flatMap(({ who }) => who);
    const named = await Promise.all(
      all.map(async (one) => {
        if ('rota' in one) return ['', null] as const;
        const id = 'user' in one ? one.user : one.usergroup;
        return [id, 'user' in one ? await people.nameOf(id) : await people.nameOfGroup(id)] as const;
      }),
    );
    return Object.fromEntries(named.flatMap(([id, name]) => (name === null ? [] : [[id, name]])));
  }

  return { present, sceneOf };
}
