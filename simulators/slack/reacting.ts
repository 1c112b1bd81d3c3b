import { reactionChanged } from './events.ts';
import { SlackError } from './slack-error.ts';
import type { Channel, Message } from './state.ts';
import type { Workspace } from './workspace.ts';

/** Adds a person's reaction. Throws `invalid_name`, `already_reacted`. */
export function addReaction(workspace: Workspace, channel: Channel, message: Message, user: string, name: string): void {
  const reaction = cleanName(name);
  const reactions = (message.reactions ??= []);
  const existing = reactions.find((candidate) => candidate.name === reaction);
  if (existing?.users.includes(user) === true) throw new SlackError('already_reacted');
  if (existing === undefined) {
    reactions.push({ name: reaction, users: [user], count: 1 });
  } else {
    existing.users.push(user);
    existing.count += 1;
  }
  workspace.changed({ kind: 'message', channel: channel.id, message });
  reactionChanged(workspace, channel, message, { type: 'reaction_added', user, reaction });
}

/** Takes a person's reaction away. Throws `invalid_name`, `no_reaction`. */
export function removeReaction(workspace: Workspace, channel: Channel, message: Message, user: string, name: string): void {
  const reaction = cleanName(name);
  const existing = message.reactions?.find((candidate) => candidate.name === reaction);
  if (existing === undefined || !existing.users.includes(user)) throw new SlackError('no_reaction');
  existing.users = existing.users.filter((id) => id !== user);
  existing.count -= 1;
  const left = message.reactions?.filter((candidate) => candidate.count > 0) ?? [];
  if (left.length > 0) message.reactions = left;
  else delete message.reactions;
  workspace.changed({ kind: 'message', channel: channel.id, message });
  reactionChanged(workspace, channel, message, { type: 'reaction_removed', user, reaction });
}

function cleanName(name: string): string {
  const clean = name.replace(/^:|:$/g, '');
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(clean)) throw new SlackError('invalid_name');
  return clean;
}
