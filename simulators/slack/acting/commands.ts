import { parseContent } from '../content.ts';
import { escapedCommandText } from '../mentions.ts';
import { slashCommand } from '../payloads.ts';
import type { Outcome, PersonActions } from '../person.ts';
import { respond, saysSomething } from '../response-urls.ts';
import { SlackError } from '../slack-error.ts';
import type { Json, User } from '../state.ts';
import { channelFor, failureCode, fromAnswer, type Stage, writeRefusal } from './actor.ts';

/** A person types a slash command. */
export async function runCommand(stage: Stage, user: User, args: PersonActions['command']): Promise<Outcome> {
  const { workspace } = stage;
  const channel = channelFor(stage, user, args.channel);
  const [command = '', ...words] = args.command.trim().split(' ');
  const typed = args.text ?? words.join(' ').trim();
  const refuse = (error: string): Outcome => {
    workspace.notice(user.id, error, channel.id);
    return { status: 'refused', error };
  };

  const registered = workspace.seed.commands.find((candidate) => candidate.command === command);
  const installed = workspace.seed.bot.scopes.includes('commands');
  if (registered === undefined || !installed) return refuse(`${command} is not a valid command.`);
  if (args.thread_ts !== undefined) return refuse(`${command} is not supported in threads. Sorry!`);
  const refusal = writeRefusal(channel, user);
  if (refusal !== undefined) return refuse(refusal);
  // People of other workspaces see the app in a shared channel, but its commands are not theirs.
  if (user.team_id !== workspace.seed.team.id) return refuse(`${command} is not a valid command.`);

  const origin = { channel: channel.id, user: user.id };
  const payload = slashCommand(workspace, {
    user,
    channel,
    command,
    text: registered.should_escape === true ? escapedCommandText(workspace, user, typed) : typed,
    response_url: stage.responseUrls.issue('commands', origin),
    trigger_id: stage.triggers.issue({ user: user.id, channel: channel.id }),
  });
  const { id, answer } = await stage.deliveries.send('slash_commands', payload);
  if (answer.status === 'acked') return showAck(stage, origin, answer.body, id);
  const error = `${command} failed with the error "${failureCode(answer)}"`;
  workspace.notice(user.id, error, channel.id);
  return { ...fromAnswer(answer, id), error };
}

function showAck(stage: Stage, origin: { channel: string; user: string }, ack: Json, delivery: string): Outcome {
  if (!saysSomething(ack)) return { status: 'ok', ack, delivery };
  try {
    parseContent(ack);
    respond(stage.workspace, origin, ack);
    return { status: 'ok', ack, delivery };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return { status: 'invalid_answer', error: `${error.code} ${JSON.stringify(error.extra)}`, ack, delivery };
  }
}
