import { SlackError } from '../slack-error.ts';
import type { Json } from '../state.ts';
import { needScope } from './access.ts';
import { type MethodContext, readArguments } from './method.ts';
import { methods } from './registry.ts';

/** An HTTP answer of the Web API: always 200, as Slack's. */
export interface ApiAnswer {
  body: Json & { ok: boolean };
  headers: Record<string, string>;
}

/**
 * Answers one call of the Web API. `token` is the bearer token or the `token` argument, `args` the rest.
 * Whatever is wrong becomes `ok: false` with Slack's error code.
 */
export function callMethod(context: MethodContext, name: string, token: string | undefined, args: Json): ApiAnswer {
  const headers: Record<string, string> = {};
  try {
    return { body: { ok: true, ...run(context, name, token, args, headers) }, headers };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { body: { ok: false, error: error.code, ...error.extra }, headers };
  }
}

function run(context: MethodContext, name: string, token: string | undefined, args: Json, headers: Record<string, string>): Json {
  const declared = methods.get(name);
  if (declared === undefined) throw new SlackError('unknown_method', { req_method: name });
  const { bot, team } = context.workspace.seed;
  const provided = scopesOf(context, token);
  headers['x-oauth-scopes'] = provided.join(',');
  if (declared.scopes.length > 0) headers['x-accepted-oauth-scopes'] = declared.scopes.join(',');
  if ((token === bot.token) !== (declared.token === 'bot')) throw new SlackError('not_allowed_token_type');
  needScope({ ...context, provided }, declared.scopes);
  const { team_id, ...rest } = args;
  if (team_id !== undefined && team_id !== team.id) throw new SlackError('team_not_found');
  if (team_id === undefined && team.org_install === true && OF_A_TEAM.has(name)) throw new SlackError('missing_argument');
  return declared.run({ ...context, provided }, readArguments(declared, rest));
}

/** Which methods need `team_id` with a token of an organisation: docs.slack.dev/reference/methods. */
const OF_A_TEAM: ReadonlySet<string> = new Set(['conversations.create', 'users.conversations', 'usergroups.list', 'usergroups.users.update']);

function scopesOf(context: MethodContext, token: string | undefined): readonly string[] {
  const { bot } = context.workspace.seed;
  if (token === undefined || token === '') throw new SlackError('not_authed');
  if (token === bot.token) return bot.scopes;
  if (token === bot.appToken) return ['connections:write'];
  throw new SlackError('invalid_auth');
}
