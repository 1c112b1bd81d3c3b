import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { approve, keepForm, keepView, overwriteForm, overwriteView, rejectForm, rejectView, withdrawForm, withdrawView } from './decide.ts';
import { all, list } from './list.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: () => ({ reply: helpReply('/approvals', subcommands, null) }),
};

const subcommands: readonly Subcommand[] = [list, all, help];

export const approvals: SlashCommand = {
  name: '/approvals',
  description: 'What waits for your approval',
  usageHint: '[list] | all | help',
  defaultSubcommand: 'list',
  subcommands,
  actions: {
    'plan.approve': approve,
    'plan.reject': rejectForm,
    'plan.withdraw': withdrawForm,
    'plan.keep': keepForm,
    'plan.overwrite': overwriteForm,
  },
  views: {
    'plan.reject': rejectView,
    'plan.withdraw': withdrawView,
    'plan.keep': keepView,
    'plan.overwrite': overwriteView,
  },
  shortcuts: {},
  reactions: {},
};
