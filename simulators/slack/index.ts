/** A Slack workspace to develop and test against: Web API, Socket Mode, signed HTTP, and a page to click in. */
export type { Clock } from './clock.ts';
export type { Delivery } from './delivery/delivery.ts';
export { signature } from './delivery/http.ts';
export type { DisconnectReason } from './delivery/socket-mode.ts';
export type { Answer, EnvelopeKind } from './delivery/transport.ts';
export type { FaultInput, Faults } from './faults.ts';
export type { ElementMatcher, FieldInput } from './form.ts';
export type { Call } from './http/calls.ts';
export type { Outside, PublicPage, SentMail, SentOutside, SentPage } from './outside.ts';
export type { Outcome, Person, PersonActions, Surface } from './person.ts';
export type { PlatformFault, Platforms } from './platforms.ts';
export type { WorkspaceSeed } from './seed.ts';
export { type SimulatorOptions, type SlackSimulator, startSlackSimulator } from './simulator.ts';
export type { ChannelSnapshot, ViewSnapshot } from './snapshot.ts';
export type { Change, Ephemeral, Message, StoredFile } from './state.ts';
