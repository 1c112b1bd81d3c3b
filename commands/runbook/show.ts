import { runbookList, runbookPage } from '../../blocks/runbooks.ts';
import type { Answer, Handler, LookUp, Request, Subcommand } from '../command.ts';
import { runbookNamed, serviceNamed } from '../names.ts';
import { shownRunbook } from '../remedies.ts';
import { firstWord } from '../words.ts';

export const list: Subcommand = {
  name: 'list',
  usage: 'list [service]',
  summary: 'Shows the runbooks.',
  incident: 'none',
  run(request, look) {
    const [word] = firstWord(request.text);
    return listed(look, word === '' ? undefined : serviceNamed(word, look));
  },
};

export const show: Subcommand = {
  name: 'show',
  usage: 'show runbook',
  summary: 'Shows what a runbook looks at, what it concludes, and its remedies.',
  incident: 'none',
  run(request, look) {
    const [word] = firstWord(request.text);
    return word === '' ? listed(look, request.incident?.service) : page(request, look, word);
  },
};

export const showButton: Handler = (request, look) => page(request, look, request.value ?? '');

function listed(look: LookUp, service: string | undefined): Answer {
  const problems = look.runbooks.problems().map(({ file, line, key, message }) => ({ file, line, text: `${key === '' ? '' : `${key} `}${message}` }));
  return { reply: runbookList(look.runbooks.list(service).map(shownRunbook), problems) };
}

function page(request: Request, look: LookUp, name: string): Answer {
  return { reply: runbookPage(shownRunbook(runbookNamed(name, request, look)), request.incident) };
}
