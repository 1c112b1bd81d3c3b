import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { idForHelp } from '../examples.ts';
import { request, requestView } from './request.ts';
import { extend, extendButton, extendView, revert, revertButton, revertView, status } from './standing.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: async (request, look) => ({ reply: helpReply('/bypass', subcommands, `request ${await idForHelp(request, look)} reason`) }),
};

const subcommands: readonly Subcommand[] = [request, status, revert, extend, help];

export const bypass: SlashCommand = {
  name: '/bypass',
  description: 'Emergency bypass: ask for it, see it, revert it',
  usageHint: 'request [service] [reason] | status | revert [reason] | extend [30m] [reason] | help',
  subcommands,
  actions: {
    'plan.revert': revertButton,
    'plan.extend': extendButton,
  },
  views: {
    'bypass.request': requestView,
    'plan.revert': revertView,
    'plan.extend': extendView,
  },
  shortcuts: {},
  reactions: {},
};
