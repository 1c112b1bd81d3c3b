import { z } from 'zod';
import { addCanvas, addStandalone, canvasById, canvasMarkdown, sectionsOf, wordsOf } from '../canvases.ts';
import { SlackError } from '../slack-error.ts';
import type { Canvas, Channel } from '../state.ts';
import { isMember } from './access.ts';
import { arg, type MethodContext, method } from './method.ts';

const changeSchema = z.strictObject({
  operation: z.enum(['insert_after', 'insert_before', 'insert_at_start', 'insert_at_end', 'replace', 'delete', 'rename']),
  section_id: z.string().optional(),
  document_content: z.unknown().optional(),
  title_content: z.unknown().optional(),
});
type CanvasChange = z.output<typeof changeSchema>;

const criteriaSchema = z
  .strictObject({
    contains_text: z.string().min(1).optional(),
    section_types: z
      .array(z.enum(['any_header', 'h1', 'h2', 'h3']))
      .min(1)
      .max(3)
      .optional(),
  })
  .refine((criteria) => Object.keys(criteria).length > 0);

const idsSchema = z.array(z.string().min(1)).min(1).max(20);
const accessSchema = z.object({ level: z.enum(['read', 'write', 'owner']), channels: idsSchema.optional(), users: idsSchema.optional() });

/** Canvases of channels and alone, and changes of them: docs.slack.dev/surfaces/canvases. */
export const canvasMethods = [
  method({
    name: 'canvases.create',
    scopes: ['canvases:write'],
    args: { title: arg.text().optional(), document_content: arg.json().optional(), channel_id: arg.id().optional() },
    run(context, { title, document_content, channel_id }) {
      const { workspace } = context;
      const channel = channel_id === undefined ? null : (workspace.channels.get(channel_id) ?? undefined);
      // Slack documents no error of its own for a channel that is not there, or where the app is not.
      if (channel === undefined || (channel !== null && (channel.kind === 'im' || channel.archived || !isMember(context, channel))))
        throw new SlackError('canvas_creation_failed');
      const markdown = document_content === undefined ? '' : canvasMarkdown(document_content, 'canvas_creation_failed');
      const canvas = addStandalone(workspace, channel, { title: title ?? '', markdown, by: workspace.seed.bot.userId });
      return touched(context, channel, { canvas_id: canvas.id });
    },
  }),
  method({
    name: 'canvases.access.set',
    scopes: ['canvases:write'],
    args: { canvas_id: arg.id(), access_level: arg.text(), channel_ids: arg.json().optional(), user_ids: arg.json().optional() },
    run(context, { canvas_id, access_level, ...given }) {
      const { canvas, channel } = found(context, canvas_id);
      const parsed = accessSchema.safeParse({ level: access_level, channels: given.channel_ids, users: given.user_ids });
      if (!parsed.success)
        throw SlackError.withMessages('invalid_arguments', ['[ERROR] read, write or owner is expected, for 1 to 20 channels or people']);
      const { level, channels = [], users = [] } = parsed.data;
      // Exactly one kind of them.
      if ((channels.length === 0) === (users.length === 0)) throw new SlackError('invalid_parameters');
      // The access to a channel's own canvas is that to the channel.
      if (canvas.access === undefined) throw new SlackError('canvas_not_found');
      if (users.some((id) => !context.workspace.users.has(id))) throw new SlackError('user_not_found');
      // Only people own a canvas, and nobody here is given one.
      if (level === 'owner') throw SlackError.withMessages('invalid_arguments', ['[ERROR] access_level: only people own a canvas']);
      for (const id of channels) {
        const to = context.workspace.channels.get(id);
        if (to === undefined || to.kind === 'im' || to.kind === 'mpim' || !isMember(context, to)) throw new SlackError('channel_not_found');
      }
      // It has to be shared there before; a tab is.
      if (users.length > 0 || channels.some((id) => id !== channel?.id)) throw new SlackError('restricted_action');
      for (const id of channels) canvas.access[id] = level;
      return touched(context, channel, {});
    },
  }),
  method({
    name: 'conversations.canvases.create',
    scopes: ['canvases:write'],
    args: { channel_id: arg.id(), document_content: arg.json().optional(), title: arg.text().optional() },
    run(context, { channel_id, document_content, title }) {
      const channel = context.workspace.channels.get(channel_id);
      // Slack documents no error of its own for a channel that is not there, or where the app is not.
      if (channel === undefined || channel.kind === 'im' || channel.archived || !isMember(context, channel))
        throw new SlackError('channel_canvas_creation_failed');
      if (channel.canvas !== undefined) throw new SlackError('channel_canvas_already_exists');
      const markdown = document_content === undefined ? '' : canvasMarkdown(document_content, 'canvas_creation_failed');
      const canvas = addCanvas(context.workspace, channel, { title: title ?? '', markdown, by: context.workspace.seed.bot.userId });
      return touched(context, channel, { canvas_id: canvas.id });
    },
  }),
  method({
    name: 'canvases.edit',
    scopes: ['canvases:write'],
    args: { canvas_id: arg.id(), changes: arg.json() },
    run(context, { canvas_id, changes }) {
      const { canvas, channel } = found(context, canvas_id);
      if (canvas.locked) throw new SlackError('canvas_editing_locked');
      const parsed = z.array(changeSchema).length(1).safeParse(changes);
      const change = parsed.data?.[0];
      if (change === undefined) throw SlackError.withMessages('invalid_arguments', ['[ERROR] changes: one change is expected']);
      if (change.operation === 'rename') canvas.title = canvasMarkdown(change.title_content, 'canvas_editing_failed');
      else canvas.markdown = changed(canvas, change);
      canvas.updated = context.workspace.nowSeconds();
      return touched(context, channel, {});
    },
  }),
  method({
    name: 'canvases.sections.lookup',
    scopes: ['canvases:read'],
    args: { canvas_id: arg.id(), criteria: arg.json() },
    run(context, { canvas_id, criteria }) {
      const { canvas } = found(context, canvas_id);
      const parsed = criteriaSchema.safeParse(criteria);
      if (!parsed.success) throw SlackError.withMessages('invalid_arguments', ['[ERROR] criteria: a text or a type of section is expected']);
      const { contains_text: words, section_types: types } = parsed.data;
      const sections = sectionsOf(canvas).filter(
        (section) =>
          (words === undefined || wordsOf(section).toLowerCase().includes(words.toLowerCase())) &&
          (types === undefined || isOfType(section.text, types)),
      );
      return { sections: sections.map(({ id }) => ({ id })) };
    },
  }),
];

function found(context: MethodContext, id: string): { readonly channel: Channel | null; readonly canvas: Canvas } {
  const there = canvasById(context.workspace, id);
  if (there === null || (there.channel !== null && !isMember(context, there.channel))) throw new SlackError('canvas_not_found');
  if (there.channel?.archived === true) throw new SlackError('restricted_action');
  return there;
}

/** The text after a change. Without a section, `replace` is of all of it. */
function changed(canvas: Canvas, { operation, section_id, document_content }: CanvasChange): string {
  const { markdown } = canvas;
  const given = operation === 'delete' ? '' : canvasMarkdown(document_content, 'canvas_editing_failed');
  if (operation === 'insert_at_start') return `${given}\n${markdown}`;
  if (operation === 'insert_at_end') return `${markdown}\n${given}`;
  if (operation === 'replace' && section_id === undefined) return given;
  const section = sectionsOf(canvas).find(({ id }) => id === section_id);
  if (section === undefined) throw new SlackError('canvas_editing_failed', { detail: 'section not found' });
  const instead = { insert_before: `${given}\n${section.text}`, insert_after: `${section.text}\n${given}`, replace: given, delete: '' }[
    operation as 'insert_before' | 'insert_after' | 'replace' | 'delete'
  ];
  return markdown.replace(section.text, () => instead);
}

function isOfType(text: string, types: readonly string[]): boolean {
  const depth = /^(#{1,3})\s/.exec(text)?.[1]?.length;
  return depth !== undefined && (types.includes('any_header') || types.includes(`h${depth}`));
}

function touched(context: MethodContext, channel: Channel | null, answer: Record<string, unknown>): Record<string, unknown> {
  if (channel !== null) context.workspace.changed({ kind: 'channel', channel: channel.id });
  return answer;
}
