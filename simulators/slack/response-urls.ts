import { z } from 'zod';
import { parseContent } from './content.ts';
import { secretId } from './ids.ts';
import { postAsApp, postEphemeralAsApp, removeMessage, updateMessage } from './posting.ts';
import { SlackError } from './slack-error.ts';
import type { Json } from './state.ts';
import type { Workspace } from './workspace.ts';

/** docs.slack.dev/interactivity/handling-user-interaction#message_responses: five uses within thirty minutes. */
const maxUses = 5;
const lifetimeMs = 30 * 60_000;

/** Where an answer goes: to the person, in the channel, in place of the message they acted on. */
export interface Origin {
  channel: string;
  user: string;
  /** The message they acted on. */
  ts?: string | undefined;
  thread_ts?: string | undefined;
}

export interface ResponseUrls {
  issue(kind: 'commands' | 'actions', origin: Origin): string;
  /** Answers over one. Throws `not_found`, `expired_url`, `used_url`, `invalid_payload` and what content may be wrong. */
  use(token: string, body: unknown): void;
}

const bodySchema = z.strictObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
  metadata: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
  delete_original: z.union([z.boolean(), z.enum(['true', 'false'])]).optional(),
  thread_ts: z.string().optional(),
  mrkdwn: z.boolean().optional(),
  parse: z.string().optional(),
  link_names: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
});

export function createResponseUrls(workspace: Workspace): ResponseUrls {
  const issued = new Map<string, { origin: Origin; at: number; uses: number }>();
  return {
    issue(kind, origin) {
      const token = secretId();
      issued.set(token, { origin, at: workspace.clock.now(), uses: 0 });
      return `${workspace.url}/response/${kind}/${workspace.seed.team.id}/${token}`;
    },
    use(token, body) {
      const entry = issued.get(token);
      if (entry === undefined) throw new SlackError('not_found');
      if (workspace.clock.now() - entry.at > lifetimeMs) throw new SlackError('expired_url');
      if (entry.uses >= maxUses) throw new SlackError('used_url');
      respond(workspace, entry.origin, body);
      entry.uses += 1;
    },
  };
}

/** Carries out an answer to a command or a click, over a response URL or in a command's acknowledgement. */
export function respond(workspace: Workspace, origin: Origin, body: unknown): void {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success)
    throw SlackError.withMessages(
      'invalid_payload',
      parsed.error.issues.map((issue) => `[ERROR] ${issue.path.join('/')}: ${issue.message}`),
    );
  const answer = parsed.data;
  const channel = workspace.channels.get(origin.channel);
  if (channel === undefined) throw new SlackError('channel_not_found');
  if (isTrue(answer.delete_original)) return remove(workspace, origin);
  const content = parseContent(answer);
  if (isTrue(answer.replace_original) && replace(workspace, origin, content)) return;
  const thread = answer.thread_ts ?? origin.thread_ts;
  const more = thread === undefined ? {} : { thread_ts: thread };
  if (answer.response_type === 'in_channel') postAsApp(workspace, channel, content, more);
  else postEphemeralAsApp(workspace, channel, origin.user, content, more);
}

/** Whether the body of a command's acknowledgement says anything to show. */
export function saysSomething(body: Json): boolean {
  return ['text', 'blocks', 'attachments'].some((key) => body[key] !== undefined && body[key] !== '');
}

function replace(workspace: Workspace, origin: Origin, content: ReturnType<typeof parseContent>): boolean {
  const { channel, ephemeral, message } = original(workspace, origin);
  if (ephemeral !== undefined) {
    const kept = { ...ephemeral.message, blocks: [], attachments: [], ...content };
    workspace.replaceEphemeral(ephemeral, kept);
    return true;
  }
  if (channel === undefined || message === undefined) return false;
  if (message.bot_id !== workspace.seed.bot.botId) return false;
  updateMessage(workspace, channel, message, { ...content, blocks: content.blocks ?? [], attachments: content.attachments ?? [] });
  return true;
}

function remove(workspace: Workspace, origin: Origin): void {
  const { channel, ephemeral, message } = original(workspace, origin);
  if (ephemeral !== undefined) return workspace.deleteEphemeral(ephemeral);
  if (channel !== undefined && message?.bot_id === workspace.seed.bot.botId) removeMessage(workspace, channel, message);
}

function original(workspace: Workspace, origin: Origin) {
  const channel = workspace.channels.get(origin.channel);
  if (origin.ts === undefined) return { channel, ephemeral: undefined, message: undefined };
  const ephemeral = workspace.findEphemeral(origin.user, origin.channel, origin.ts);
  const message = channel === undefined ? undefined : workspace.findMessage(channel, origin.ts);
  return { channel, ephemeral, message };
}

function isTrue(flag: boolean | 'true' | 'false' | undefined): boolean {
  return flag === true || flag === 'true';
}
