import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { idForHelp } from '../examples.ts';
import { diagnose, diagnoseButton, pickButton, pickView } from './diagnose.ts';
import { preflight } from './preflight.ts';
import { revert } from './revert.ts';
import { run, runButton, runView } from './run.ts';
import { list, show, showButton } from './show.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: async (request, look) => ({ reply: helpReply('/runbook', subcommands, `diagnose ${await idForHelp(request, look)} runbook`) }),
};

const subcommands: readonly Subcommand[] = [list, show, diagnose, run, revert, preflight, help];

export const runbook: SlashCommand = {
  name: '/runbook',
  description: 'Diagnose, and run remedies',
  usageHint:
    'list | show runbook | diagnose [runbook] [argument=value ...] | run runbook remedy [reason] | revert [PLN-...] [reason] | preflight [service] | help',
  subcommands,
  actions: {
    'runbook.pick': pickButton,
    'runbook.diagnose': diagnoseButton,
    'runbook.show': showButton,
    'runbook.run': runButton,
  },
  views: {
    'runbook.pick': pickView,
    'runbook.run': runView,
  },
  shortcuts: {},
  reactions: {},
};
