import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { idForHelp } from '../examples.ts';
import { call, callView } from './call.ts';
import { confirmPath } from './confirm.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: async (request, look) => ({ reply: helpReply('/page', subcommands, `call ${await idForHelp(request, look)} @person reason`) }),
};

const subcommands: readonly Subcommand[] = [call, help];

export const page: SlashCommand = {
  name: '/page',
  description: 'Call anybody into an incident',
  usageHint: '@person|@group|pagerduty reason | help',
  subcommands,
  otherwise: 'call',
  actions: { 'page-path.confirm': confirmPath },
  views: { 'page.call': callView },
  shortcuts: {},
  reactions: {},
};
