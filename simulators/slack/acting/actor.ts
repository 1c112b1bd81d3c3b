import type { Deliveries } from '../delivery/delivery.ts';
import type { Answer } from '../delivery/transport.ts';
import { maySee } from '../mentions.ts';
import type { Outcome } from '../person.ts';
import type { ResponseUrls } from '../response-urls.ts';
import type { Channel, Json, User } from '../state.ts';
import type { Triggers } from '../triggers.ts';
import type { Workspace } from '../workspace.ts';

/** What acting people need. */
export interface Stage {
  workspace: Workspace;
  deliveries: Deliveries;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  /** Options the app offered for external selects, by `surface/action/user`. */
  offered: Map<string, Json[]>;
}

/** Throws for nobody and for people whose account is closed: they cannot sign in. */
export function actorOf(stage: Stage, id: string): User {
  const user = stage.workspace.users.get(id);
  if (user === undefined) throw new Error(`There is no user ${id} in this workspace.`);
  if (user.deleted) throw new Error(`${user.name} (${id}) is deactivated and cannot act.`);
  return user;
}

/** A conversation by id, `#name` or name, that the person can see. */
export function channelFor(stage: Stage, user: User, reference: string): Channel {
  const name = reference.replace(/^#/, '');
  const { channels } = stage.workspace;
  const channel = channels.get(reference) ?? [...channels.values()].find((candidate) => candidate.name === name);
  if (channel === undefined || !maySee(channel, user)) throw new Error(`${user.name} sees no channel ${reference}.`);
  return channel;
}

/** Why a person may not write in a channel, in Slack's words; undefined when they may. */
export function writeRefusal(channel: Channel, user: User): string | undefined {
  if (channel.archived) return 'You are viewing an archived channel.';
  if (!channel.members.includes(user.id)) return `Join #${channel.name} to write here.`;
  return undefined;
}

/** An outcome without an answer to show. */
export function fromAnswer(answer: Answer, delivery: string): Outcome {
  if (answer.status === 'acked') return { status: 'ok', ack: answer.body, delivery };
  return { status: answer.status, delivery };
}

/** The code Slack shows: docs.slack.dev/interactivity/implementing-slash-commands. */
export function failureCode(answer: Exclude<Answer, { status: 'acked' }>): string {
  return answer.status === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
}
