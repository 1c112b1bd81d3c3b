import { help as helpReply } from '../../blocks/replies.ts';
import type { SlashCommand, Subcommand } from '../command.ts';
import { answer, finish, list, signOff } from './play.ts';
import { start } from './start.ts';

const help: Subcommand = {
  name: 'help',
  usage: 'help',
  summary: 'Shows this list.',
  incident: 'none',
  run: () => ({ reply: helpReply('/drill', subcommands, null) }),
};

const subcommands: readonly Subcommand[] = [start, finish, list, help];

export const drill: SlashCommand = {
  name: '/drill',
  description: 'Practise a runbook: nobody is called, nothing is changed',
  usageHint: 'start [fire|tabletop|review] service [runbook] | finish | list [service] | help',
  defaultSubcommand: 'list',
  subcommands,
  actions: { 'drill.answer': answer, 'drill.sign-off': signOff, 'drill.finish': finish.run },
  views: {},
  shortcuts: {},
  reactions: {},
};
