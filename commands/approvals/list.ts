import { approvalList } from '../../blocks/approvals.ts';
import type { Subcommand } from '../command.ts';
import { waitingEntries } from '../plans.ts';

export const list: Subcommand = {
  name: 'list',
  usage: 'list',
  summary: 'Shows what waits for you, with buttons. The default.',
  incident: 'none',
  async run(request, look) {
    const entries = await waitingEntries(request, look, await look.pendingIncidents());
    const mine = entries.filter((entry) => entry.mine);
    return { reply: approvalList(mine, entries.length - mine.length, request.now) };
  },
};

export const all: Subcommand = {
  name: 'all',
  usage: 'all',
  summary: 'Shows everything that waits for approval, for anybody.',
  incident: 'none',
  run: async (request, look) => ({ reply: approvalList(await waitingEntries(request, look, await look.pendingIncidents()), 0, request.now) }),
};
