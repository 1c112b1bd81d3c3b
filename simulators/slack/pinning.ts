import { pinChanged } from './events.ts';
import { SlackError } from './slack-error.ts';
import type { Channel, Message } from './state.ts';
import type { Workspace } from './workspace.ts';

const maxPins = 100;

/** Pins a message for everybody. Throws `already_pinned`, `too_many_pins`. */
export function pinMessage(workspace: Workspace, channel: Channel, message: Message, user: string): void {
  if (channel.pins.some((pin) => pin.ts === message.ts)) throw new SlackError('already_pinned');
  if (channel.pins.length >= maxPins) throw new SlackError('too_many_pins');
  channel.pins.unshift({ ts: message.ts, created: workspace.nowSeconds(), created_by: user });
  message.pinned_to = [channel.id];
  told(workspace, channel, message);
  pinChanged(workspace, channel, message, { type: 'pin_added', user });
}

/** Throws `no_pin`. */
export function unpinMessage(workspace: Workspace, channel: Channel, message: Message, user: string): void {
  if (!channel.pins.some((pin) => pin.ts === message.ts)) throw new SlackError('no_pin');
  channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts);
  delete message.pinned_to;
  told(workspace, channel, message);
  pinChanged(workspace, channel, message, { type: 'pin_removed', user });
}

function told(workspace: Workspace, channel: Channel, message: Message): void {
  workspace.changed({ kind: 'message', channel: channel.id, message });
  workspace.changed({ kind: 'channel', channel: channel.id });
}
