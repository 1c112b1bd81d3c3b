import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Check } from '../../ports/action.ts';
import { locate, run, sayContainer } from '../shared/container.ts';
import { askedThrough } from './ask.ts';
import { HTTP_TOOLS } from './tools.ts';

/** Whether a target can be asked at all: its token is set, its workload is there, its container has a tool. Asks nothing of the application. */
export async function httpPreflight(context: ActionContext, name: string): Promise<Check[]> {
  const target = context.target(name, 'http');
  const checks: Check[] = target.token_env === undefined ? [] : [tokenCheck(context, target.token_env)];
  const through = askedThrough(target);
  if (through === null) return checks.length > 0 ? checks : [{ state: 'ok', what: `${name} is asked by the bot itself`, advice: null }];
  const located = await locate(context, through.of);
  if (!located.found) return [...checks, { state: 'failure', what: located.why, advice: `Correct target ${through.of}, or start its pods.` }];
  const { place } = located;
  if (!through.inside)
    return [...checks, { state: 'ok', what: `${name} is asked at ${place.pod.metadata.name} through the API server`, advice: null }];
  const where = sayContainer(place);
  for (const tool of HTTP_TOOLS) {
    const secretInArgv = tool.name === 'wget' && target.token_env !== undefined;
    if (secretInArgv || (await run(place, tool.version, { stdin: '' })) === null) continue;
    return [...checks, { state: 'ok', what: `${where} has ${tool.name} to ask ${name} with`, advice: null }];
  }
  const names = HTTP_TOOLS.map((tool) => tool.name).join(', ');
  const advice = 'Ask through the API server (inside: false, no token) or from a workload that has one (url with from).';
  return [...checks, { state: 'failure', what: `${where} has none of ${names}`, advice }];
}

function tokenCheck(context: ActionContext, variable: string): Check {
  try {
    const empty = context.secret(variable).trim() === '';
    if (empty) return { state: 'failure', what: `${variable} is empty`, advice: `Set ${variable} in the bot's environment.` };
    return { state: 'ok', what: `${variable} is set`, advice: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { state: 'failure', what: `${variable} is not set`, advice: `Set ${variable} in the bot's environment.` };
  }
}
