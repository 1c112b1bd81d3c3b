import { z } from 'zod';
import { parseContent } from '../content.ts';
import { newId, secretId } from '../ids.ts';
import { postAsApp } from '../posting.ts';
import { SlackError } from '../slack-error.ts';
import type { Channel, SlackFile, StoredFile } from '../state.ts';
import { memberChannel } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';
import { fileObject } from './shapes.ts';

const maxBytes = 1024 ** 3;
const completedFiles = z.array(z.strictObject({ id: z.string(), title: z.string().optional(), highlight_type: z.string().optional() })).min(1);

const types: Record<string, [mime: string, pretty: string]> = {
  csv: ['text/csv', 'CSV'],
  diff: ['text/x-diff', 'Diff'],
  gz: ['application/gzip', 'Gzip'],
  html: ['text/html', 'HTML'],
  json: ['application/json', 'JSON'],
  log: ['text/plain', 'Plain Text'],
  md: ['text/markdown', 'Markdown'],
  pdf: ['application/pdf', 'PDF'],
  png: ['image/png', 'PNG'],
  svg: ['image/svg+xml', 'SVG'],
  txt: ['text/plain', 'Plain Text'],
  yaml: ['text/yaml', 'YAML'],
  yml: ['text/yaml', 'YAML'],
  zip: ['application/zip', 'Zip'],
};

/** docs.slack.dev/messaging/working-with-files: ask for an address, send the bytes there, complete. */
export const fileMethods = [
  method({
    name: 'files.getUploadURLExternal',
    scopes: ['files:write'],
    args: {
      filename: arg.id(),
      length: arg.whole(),
      snippet_type: arg.text().optional(),
      alt_txt: arg.text().optional(),
      // The Node SDK's name for it.
      alt_text: arg.text().optional(),
    },
    run({ workspace }, args) {
      if (args.length <= 0) throw SlackError.withMessages('invalid_arguments', ['[ERROR] length must be greater than 0']);
      if (args.length > maxBytes) throw new SlackError('file_upload_size_restricted');
      const alt = args.alt_txt ?? args.alt_text;
      if (alt !== undefined && alt.length > 1000) throw new SlackError('alt_txt_too_large');
      const file = describe(workspace.seed, args.filename, args.length, workspace.nowSeconds());
      if (alt !== undefined) file.alt_txt = alt;
      if (args.snippet_type !== undefined) file.mode = 'snippet';
      workspace.files.set(file.id, { file, expectedLength: args.length, shared: false });
      return { upload_url: `${workspace.url}/upload/v1/${file.id}.${secretId()}`, file_id: file.id };
    },
  }),
  method({
    name: 'files.completeUploadExternal',
    scopes: ['files:write'],
    args: {
      files: arg.json(),
      channel_id: arg.id().optional(),
      channels: arg.list().optional(),
      initial_comment: arg.text().optional(),
      thread_ts: arg.id().optional(),
      blocks: arg.json().optional(),
    },
    run(context, args) {
      const wanted = completedFiles.safeParse(args.files);
      if (!wanted.success) throw SlackError.withMessages('invalid_arguments', ['[ERROR] files: must be an array of {id, title}']);
      const channels = [...(args.channels ?? []), ...(args.channel_id === undefined ? [] : [args.channel_id])].map((id) => shareable(context, id));
      const stored = wanted.data.map(({ id, title }) => uploaded(context, id, title));
      for (const channel of channels) share(context, channel, stored, args);
      for (const entry of stored) entry.shared = true;
      return { files: stored.map(({ file }) => fileObject(file)) };
    },
  }),
  method({
    name: 'files.info',
    scopes: ['files:read'],
    args: {
      file: arg.id(),
      count: arg.whole().optional(),
      cursor: arg.text().optional(),
      limit: arg.whole().optional(),
      page: arg.whole().optional(),
    },
    run({ workspace }, args) {
      const stored = workspace.files.get(args.file);
      if (stored === undefined || !stored.shared) throw new SlackError('file_not_found');
      const text = stored.file.mimetype.startsWith('text/') ? { content: stored.content?.toString() ?? '' } : {};
      return { file: fileObject(stored.file), ...text, comments: [], response_metadata: { next_cursor: '' } };
    },
  }),
];

function describe(seed: MethodContext['workspace']['seed'], name: string, size: number, now: number): SlackFile {
  const id = newId('F');
  const extension = name.includes('.') ? (name.split('.').at(-1) ?? '').toLowerCase() : 'txt';
  const [mimetype, pretty_type] = types[extension] ?? ['application/octet-stream', 'Binary'];
  return {
    id,
    created: now,
    timestamp: now,
    name,
    title: name,
    mimetype,
    filetype: extension,
    pretty_type,
    user: seed.bot.userId,
    user_team: seed.team.id,
    size,
    mode: 'hosted',
    is_external: false,
    is_public: false,
    url_private: '',
    url_private_download: '',
    permalink: '',
    channels: [],
    groups: [],
    ims: [],
  };
}

function uploaded(context: MethodContext, id: string, title: string | undefined): StoredFile {
  const stored = context.workspace.files.get(id);
  if (stored?.content === undefined) throw new SlackError('file_not_found');
  const { file } = stored;
  const { url, seed } = context.workspace;
  file.title = title ?? file.name;
  file.size = stored.content.length;
  file.url_private = `${url}/files-pri/${seed.team.id}-${id}/${encodeURIComponent(file.name)}`;
  file.url_private_download = `${url}/files-pri/${seed.team.id}-${id}/download/${encodeURIComponent(file.name)}`;
  file.permalink = `${url}/files/${file.user}/${id}/${encodeURIComponent(file.name)}`;
  return stored;
}

function shareable(context: MethodContext, id: string): Channel {
  const channel = memberChannel(context, id);
  if (channel.archived) throw new SlackError('posting_to_channel_denied');
  return channel;
}

function share(
  context: MethodContext,
  channel: Channel,
  stored: readonly StoredFile[],
  args: { initial_comment?: string | undefined; thread_ts?: string | undefined; blocks?: unknown },
): void {
  for (const { file } of stored) {
    const list = { public: file.channels, private: file.groups, im: file.ims, mpim: file.groups }[channel.kind];
    if (!list.includes(channel.id)) list.push(channel.id);
    file.is_public ||= channel.kind === 'public';
  }
  const text = args.initial_comment ?? '';
  if (args.blocks !== undefined && !Array.isArray(args.blocks)) throw new SlackError('invalid_blocks');
  const content = args.blocks === undefined ? { text } : parseContent({ text, blocks: args.blocks });
  const thread = args.thread_ts === undefined ? {} : { thread_ts: args.thread_ts };
  postAsApp(context.workspace, channel, content, { files: stored.map(({ file }) => file), upload: true, ...thread });
}
