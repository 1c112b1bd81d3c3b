import type { ModalView } from '@slack/types';
import type { z } from 'zod';
import type { HiddenBypass } from '../blocks/approvals.ts';
import type { Message } from '../blocks/kit.ts';
import type { ModalContext } from '../blocks/modals.ts';
import type { Among } from '../blocks/replies.ts';
import type { Alert } from '../src/domain/alert/alerts.ts';
import type { Contact } from '../src/domain/contacts.ts';
import { UserError } from '../src/domain/errors.ts';
import type { Person, PersonCommand } from '../src/domain/incident/commands.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { IncidentPolicy } from '../src/domain/policy.ts';
import type { Rotas } from '../src/domain/rota/called.ts';
import type { RotaCommand } from '../src/domain/rota/swaps.ts';
import type { Severity } from '../src/domain/severity.ts';
import type { DrillBook } from '../src/engine/drills/book.ts';
import type { Change } from '../src/engine/incidents/incidents.ts';
import type { Fills } from '../src/engine/runbooks/diagnose/filling.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import type { Problem } from '../src/lib/yaml.ts';
import type { RunStart } from '../src/ports/runs.ts';

/** A message that a person points at: by a shortcut or a reaction. */
export interface PointedMessage {
  readonly channel: string;
  readonly ts: string;
  readonly author: string | null;
  readonly text: string;
  readonly permalink: string | null;
}

/** What somebody asked, already verified, stored and acked. */
export interface Request {
  /** Unique per payload: what it starts is started once. */
  readonly id: string;
  readonly person: Person;
  /** Where they asked; `null` from the app's Home. */
  readonly channel: string | null;
  /** What follows the subcommand, without the incident's id. */
  readonly text: string;
  /** The incident they named, or the channel's; `null` when there is neither. */
  readonly incident: Incident | null;
  /** Whether a button of a list of what waits was pressed. */
  readonly inList: boolean;
  /** What follows the incident's id in a button's value. */
  readonly value: string | null;
  readonly remember: ModalContext;
  readonly message: PointedMessage | null;
  /** ms of the one clock. */
  readonly now: number;
}

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly defaultSeverity: Severity;
  readonly aliases: Readonly<Record<string, Severity>>;
  readonly statusPage: string | null;
  /** The link to its incidents' call, as the settings have it. */
  readonly call: string | null;
  /** Channels of the service: an incident declared in one of them is the service's when no other shares it. */
  readonly channels: readonly string[];
  /** Where its cards stand. */
  readonly incidents: string;
  /** Whether an incident is worked on in a channel of its own or in its card's thread. */
  readonly room: 'channel' | 'thread';
  /** What an incident's own channel is called, as the settings have it. */
  readonly roomName: string;
  readonly policy: IncidentPolicy;
  /** Whom to call outside of Slack; for those who hold a role. */
  readonly contacts: readonly Contact[];
}

/** Who is to get a role. `commanders`: mentions of who may approve as incident commander. */
export interface Assignee {
  readonly standing: 'member' | 'guest' | 'bot' | 'deactivated' | 'elsewhere' | 'unknown';
  /** What they hold for the incident's service; empty for whoever is no full member. */
  readonly roles: readonly string[];
  readonly commanders: string;
  /** What their Slack status says, when it says that they are away; `null` otherwise. */
  readonly away: string | null;
}

/** Where a card is: its channel, and a link to it where Slack gives one. */
export interface CardPlace {
  readonly channel: string;
  readonly link: string | null;
}

/** What a command may look up before it answers. Private incidents are there only for those who may see them. */
export interface LookUp {
  readonly services: readonly Service[];
  incident(id: string): Promise<Incident | null>;
  /** The newest of them; of one service where that is named. */
  openIncidents(limit: number, service?: string): Promise<readonly Incident[]>;
  /** Open ones, the gravest first, of one severity the newest first: a P0 is among them however many came after it. */
  gravestIncidents(limit: number): Promise<readonly Incident[]>;
  countOpen(): Promise<number>;
  /** With those that are resolved and not closed: something of them may still be in force. */
  unclosedIncidents(): Promise<readonly Incident[]>;
  /** Those of them of which a change waits, is in force or is being planned: the others are not read. */
  pendingIncidents(): Promise<readonly Incident[]>;
  /** The newest of all, those too that are closed. */
  newestIncidents(limit: number): Promise<readonly Incident[]>;
  /** What is in force of unclosed incidents that the person may not see. */
  hiddenBypasses(): Promise<readonly HiddenBypass[]>;
  records(id: string): Promise<readonly IncidentRecord[]>;
  /** Alerts that go on. */
  alert(id: string): Promise<Alert | null>;
  openAlerts(): Promise<readonly Alert[]>;
  /** Who is on call: the rotas, and who stands in. */
  rotas(): Promise<Rotas>;
  /** What a diagnosis of a runbook outside of incidents found for the forms of its remedies, by its run. */
  fills(diagnosis: string, runbook: string): Promise<Fills>;
  /** Where an alert's card is; `null` while there is none. */
  alertCard(id: string): Promise<CardPlace | null>;
  /** Who asks, with the roles they hold for a service. */
  personIn(service: string): Promise<Person>;
  /** Somebody who is to get a role, as Slack knows them now. @throws UserError `roles-unknown` */
  assignee(user: string, service: string): Promise<Assignee>;
  /** When drills were held and are due. */
  readonly drills: DrillBook;
  readonly runbooks: {
    list(service?: string): readonly Runbook[];
    get(id: string): Runbook | null;
    problems(): readonly Problem[];
  };
}

/** Which incident is meant: one that is there, one that comes to be by what is asked of it, or the one just declared by the same answer. */
export type Target = { readonly kind: 'incident'; readonly id: string } | { readonly kind: 'new' } | { readonly kind: 'declared' };

/** What is asked of an incident. */
export interface IncidentAsk {
  readonly target: Target;
  readonly ask: PersonCommand;
}

/** What is to happen: commands for the decider, a modal, a run, an answer only the person sees. */
export interface Answer {
  readonly asks?: readonly IncidentAsk[];
  /** Opened at once: a trigger lives 3 seconds. */
  readonly modal?: ModalView;
  readonly run?: RunStart;
  /** What is to happen to alerts, after the asks. */
  readonly alerts?: readonly AlertAsk[];
  /** What is to happen to a rota. */
  readonly rota?: RotaAsk;
  /** Publishes the person's Home. */
  readonly home?: Message;
  readonly reply?: Message | ((changes: readonly Change[]) => Message | null);
  /** The answer takes the place of the message whose button was pressed. */
  readonly replaces?: boolean;
}

/** What a person asks of an alert. */
export type AlertAsk =
  | { readonly type: 'acknowledge'; readonly alert: string }
  /** The diagnosis that is started with it is the alert's. */
  | { readonly type: 'investigate'; readonly alert: string }
  | { readonly type: 'attach'; readonly alert: string; readonly target: Target };

/** What a person asks of a rota. */
export interface RotaAsk {
  readonly rota: string;
  readonly command: Exclude<RotaCommand, { type: 'settle' }>;
}

export type Handler = (request: Request, look: LookUp) => Answer | Promise<Answer>;

export interface Subcommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** `needed`: a picker asks when neither the text nor the channel says which. `other`: the text names another incident. */
  readonly incident: 'needed' | 'other' | 'none';
  /** Which ones the picker offers; the open ones unless told. */
  readonly among?: Among;
  readonly run: Handler;
}

export interface View<Input> {
  /** Checked before the ack: its errors are shown under the fields. Keys are block ids. */
  readonly schema: z.ZodType<Input>;
  readonly submit: (request: Request, input: Input, look: LookUp) => Answer | Promise<Answer>;
}

/** A slash command with all that belongs to it. */
export interface SlashCommand {
  readonly name: `/${string}`;
  readonly description: string;
  readonly usageHint: string;
  readonly subcommands: readonly Subcommand[];
  /** What an empty text means; `help` unless told. */
  readonly defaultSubcommand?: string;
  /** What a text means that begins with none of the subcommands: all of it is that one's. */
  readonly otherwise?: string;
  /** Buttons and selects by action id. */
  readonly actions: Readonly<Record<string, Handler>>;
  // biome-ignore lint: each view has its own input, known to its own schema only
  readonly views: Readonly<Record<string, View<never>>>;
  readonly shortcuts: Readonly<
    Record<string, { readonly name: string; readonly type: 'message' | 'global'; readonly description: string; readonly run: Handler }>
  >;
  /** Reactions that do something, by emoji name. */
  readonly reactions: Readonly<Record<string, Handler>>;
}

/** Keeps a view's input type next to its schema while the registry needs none. */
export function view<Input>(definition: View<Input>): View<never> {
  return definition as unknown as View<never>;
}

/** Looking at a service's systems is for who answers for it: logs are nobody else's business. @throws UserError `role-needed` */
export async function assertResponder(look: LookUp, service: string): Promise<void> {
  const { roles } = await look.personIn(service);
  if (roles.includes('responder')) return;
  throw new UserError('role-needed', `That is for the responders of ${service}. Ask one of them, or \`/incident declare\`.`, { refusal: true });
}

/** The incident of a request that cannot do without one. */
export function incidentOf(request: Request): Incident {
  if (request.incident !== null) return request.incident;
  throw new UserError('no-incident', 'Which incident? Name it by its id, or ask in its channel. `/incident list` shows the open ones.');
}

/** What is asked of an incident that is there. */
export function askOf(incident: string, ask: PersonCommand): IncidentAsk {
  return { target: { kind: 'incident', id: incident }, ask };
}

/** One ask of the request's incident, with nothing more to say than what the channel sees. */
export function ask(request: Request, wanted: PersonCommand, reply?: Answer['reply']): Answer {
  return { asks: [askOf(incidentOf(request).id, wanted)], ...(reply === undefined ? {} : { reply }) };
}
