import { drillList } from '../../blocks/drill.ts';
import { note } from '../../blocks/replies.ts';
import { ask, type Handler, incidentOf, type Subcommand } from '../command.ts';
import { serviceNamed } from '../names.ts';
import { firstWord } from '../words.ts';

export const finish: Subcommand = {
  name: 'finish',
  usage: 'finish',
  summary: 'Ends the drill of this channel, and shows how it went.',
  incident: 'needed',
  run: (request) => ask(request, { type: 'finish-drill' }),
};

export const list: Subcommand = {
  name: 'list',
  usage: 'list [service]',
  summary: 'Shows when each drill was last held and is next due, the overdue ones first.',
  incident: 'none',
  async run(request, look) {
    const [word] = firstWord(request.text);
    const service = word === '' ? null : serviceNamed(word, look);
    const all = await look.drills.standings(await look.drills.records());
    return { reply: drillList(service === null ? all : all.filter((one) => one.service === service)) };
  },
};

/** An answer that was chosen in a tabletop exercise. */
export const answer: Handler = (request) => {
  const [question = '', option = ''] = (request.value ?? '').split(':');
  return ask(request, { type: 'answer-drill', question, option: Number(option) });
};

export const signOff: Handler = (request) =>
  ask(request, { type: 'sign-off-drill' }, note(`You signed the runbook. \`/drill finish\` ends the review *${incidentOf(request).id}*.`));
