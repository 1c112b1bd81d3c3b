import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { show } from './show.ts';
import { swap } from './swap.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: () => ({ reply: helpReply('/oncall', subcommands, null) }),
};

const subcommands: readonly Subcommand[] = [show, swap, help];

export const oncall: SlashCommand = {
  name: '/oncall',
  description: 'Who is on call now and next',
  usageHint: '[service] | swap @person until tomorrow 09:00 | swap off | help',
  subcommands,
  defaultSubcommand: 'show',
  otherwise: 'show',
  actions: {},
  views: {},
  shortcuts: {},
  reactions: {},
};
