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

/** Cells of one table. Slack names no limit for what apps write; here it is the one of people's own tables. */
const MAX_CELLS = 300;

type Written = Pick<Canvas, 'title' | 'markdown' | 'by'>;

/** Puts a canvas into a channel, by the app or by a person. */
export function addCanvas(workspace: Workspace, channel: Channel, written: Written): Canvas {
  const canvas = newCanvas(workspace, written);
  channel.canvas = canvas;
  return canvas;
}

/** Makes a canvas that stands alone, as a tab of a channel whose members may write in it, or of none: then only its owner sees it. */
export function addStandalone(workspace: Workspace, channel: Channel | null, written: Written): Canvas {
  const canvas: Canvas = { ...newCanvas(workspace, written), access: channel === null ? {} : { [channel.id]: 'write' } };
  if (channel === null) workspace.canvases.set(canvas.id, canvas);
  else channel.tabs = [...(channel.tabs ?? []), canvas];
  return canvas;
}

function newCanvas(workspace: Workspace, { title, markdown, by }: Written): Canvas {
  return { id: newId('F'), title, markdown, by, updated: workspace.nowSeconds(), locked: false };
}

/** What a person writes in place of all that a canvas in a channel's tabs shows. Throws where they may not. */
export function rewrite(workspace: Workspace, channel: Channel, id: string, markdown: string): void {
  const canvas = channel.tabs?.find((one) => one.id === id);
  if (canvas === undefined) throw new Error(`#${channel.name} has no tab ${id}.`);
  if (canvas.locked || canvas.access?.[channel.id] !== 'write') throw new Error(`${id} cannot be edited by the members of #${channel.name}.`);
  canvas.markdown = markdown;
  canvas.updated = workspace.nowSeconds();
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
  const large = tablesIn(lines).find(({ cells }) => cells > MAX_CELLS);
  if (large !== undefined) throw new SlackError(code, { detail: `'content' error: line ${large.line}: Table exceeds ${MAX_CELLS} cells` });
  return markdown;
}

function tablesIn(lines: readonly string[]): readonly { readonly line: number; readonly cells: number }[] {
  const rows = lines.map((line) => (line.startsWith('|') ? line.replaceAll(/\\./g, '').split('|').length - 2 : 0));
  return rows.flatMap((columns, at) => {
    if (columns === 0 || (rows[at - 1] ?? 0) > 0) return [];
    const end = rows.findIndex((other, i) => i > at && other === 0);
    // The line under the head has no cells.
    return [{ line: at + 1, cells: columns * ((end < 0 ? rows.length : end) - at - 1) }];
  });
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

/** The canvas with this id, and the channel that has it as its own or as a tab; `null` where that is none. */
export function canvasById(workspace: Workspace, id: string): { readonly channel: Channel | null; readonly canvas: Canvas } | null {
  for (const channel of workspace.channels.values()) {
    if (channel.canvas?.id === id) return { channel, canvas: channel.canvas };
    const canvas = channel.tabs?.find((one) => one.id === id);
    if (canvas !== undefined) return { channel, canvas };
  }
  const alone = workspace.canvases.get(id);
  return alone === undefined ? null : { channel: null, canvas: alone };
}
