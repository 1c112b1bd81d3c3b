import { createHash } from 'node:crypto';
import { newId } from './ids.ts';
import { SlackError } from './slack-error.ts';
import type { Canvas, Channel } from './state.ts';
import type { Workspace } from './workspace.ts';

/** The longest text of one change (docs.slack.dev/reference/methods/canvases.edit). */
const MAX_MARKDOWN = 1_048_576;

/** Part of a canvas that can be named: here each line that is not empty. */
interface Section {
  readonly id: string;
  readonly text: string;
}

/** Puts a canvas into a channel, by the app or by a person. */
export function addCanvas(workspace: Workspace, channel: Channel, { title, markdown, by }: Pick<Canvas, 'title' | 'markdown' | 'by'>): Canvas {
  const canvas: Canvas = { id: newId('F'), title, markdown, by, updated: workspace.nowSeconds(), locked: false };
  channel.canvas = canvas;
  return canvas;
}

/** Markdown as a canvas takes it. Throws `code` with what is wrong, as Slack does in `detail`. */
export function canvasMarkdown(content: unknown, code: string): string {
  const { type, markdown } = (typeof content === 'object' && content !== null ? content : {}) as Record<string, unknown>;
  if (type !== 'markdown' || typeof markdown !== 'string') throw new SlackError(code, { detail: "'content' error: expected markdown" });
  if (markdown.length > MAX_MARKDOWN) throw new SlackError(code, { detail: "'content' error: too long" });
  const lines = markdown.split('\n');
  const deep = lines.findIndex((line) => /^#{4,6}\s/.test(line));
  if (deep >= 0) throw new SlackError(code, { detail: `'content' error: line ${deep + 1}: Unsupported heading depth` });
  const nested = lines.findIndex((line) => /^\s*(?:[-*+]|\d+[.)])\s+(?:#{1,6}\s|>|```|\|)/.test(line));
  if (nested >= 0) throw new SlackError(code, { detail: `'content' error: line ${nested + 1}: Unsupported block within a list` });
  return markdown;
}

export function sectionsOf({ id, markdown }: Canvas): readonly Section[] {
  return markdown.split('\n').flatMap((text, i) => (text.trim() === '' ? [] : [{ id: `temp:C:${sectionId(`${id}/${i}/${text}`)}`, text }]));
}

function sectionId(of: string): string {
  return createHash('sha256').update(of).digest('hex').slice(0, 28);
}

/** What people read of a section: marks of Markdown are none of it. */
export function wordsOf({ text }: Section): string {
  return text.replaceAll(/\\(.)/g, '$1').replaceAll(/[`*_]/g, '');
}

/** The canvas with this id, and where it is. */
export function canvasById(workspace: Workspace, id: string): { readonly channel: Channel; readonly canvas: Canvas } | null {
  for (const channel of workspace.channels.values()) if (channel.canvas?.id === id) return { channel, canvas: channel.canvas };
  return null;
}
