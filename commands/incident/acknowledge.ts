import { ask, type Subcommand } from '../command.ts';

export const acknowledge: Subcommand = {
  name: 'ack',
  usage: 'ack',
  summary: 'Acknowledges; the first to do so takes command when nobody has it.',
  incident: 'needed',
  run: (request) => ask(request, { type: 'acknowledge' }),
};
