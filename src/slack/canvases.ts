import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Canvases } from '../engine/reach/canvas.ts';
import type { ReviewCanvases } from '../engine/reach/review-canvas.ts';
import { selfOf } from './self.ts';
import { calm, refusable } from './workspace.ts';

/** What Slack says where a channel has its canvas already. */
const THERE: ReadonlySet<string> = new Set(['channel_canvas_already_exists', 'free_team_canvas_tab_already_exists']);

/** Canvases of a channel that are looked at: more tabs than that are rare, and each is a call. */
const MOST = 20;

/** What conversations.info shows of a channel's canvases: its tabs, and `canvas` as Slack answered before. */
const withFile = z.object({ file_id: z.string().min(1) });
const withCanvas = z.object({
  properties: z.object({
    canvas: withFile.nullable().catch(null),
    tabs: z.array(z.object({ data: withFile }).nullable().catch(null)).catch([]),
  }),
});

/** Files that a channel has in its tabs, among them its canvas. */
function filesOf(channel: unknown): readonly string[] {
  const { canvas = null, tabs = [] } = withCanvas.safeParse(channel).data?.properties ?? {};
  const all = [canvas, ...tabs.map((tab) => tab?.data ?? null)].flatMap((file) => file?.file_id ?? []);
  return [...new Set(all)].slice(0, MOST);
}

/** The canvas of an earlier try whose answer was lost: it says what only Tocsin's does. */
async function ownIn(client: WebClient, channel: string, mark: string): Promise<string | null> {
  const info = await refusable(() => client.conversations.info({ channel }));
  for (const canvas of 'answer' in info ? filesOf(info.answer.channel) : []) {
    const found = await refusable(() => client.canvases.sections.lookup({ canvas_id: canvas, criteria: { contains_text: mark } }));
    if ('answer' in found && (found.answer.sections ?? []).length > 0) return canvas;
  }
  return null;
}

/** The canvases of channels in Slack (docs.slack.dev/surfaces/canvases). */
export function createCanvases(client: WebClient): Canvases {
  return {
    async create(channel, title, markdown, mark) {
      const document_content = { type: 'markdown', markdown } as const;
      const made = await refusable(() => client.conversations.canvases.create({ channel_id: channel, title, document_content }));
      if ('answer' in made) return made.answer.canvas_id === undefined ? { error: 'canvas_creation_failed' } : { canvas: made.answer.canvas_id };
      const mine = THERE.has(made.error) ? await ownIn(client, channel, mark) : null;
      return mine === null ? made : { canvas: mine };
    },
    async write(canvas, markdown) {
      const document_content = { type: 'markdown', markdown } as const;
      const changes = [{ operation: 'replace', document_content }] as const;
      const written = await refusable(() => client.canvases.edit({ canvas_id: canvas, changes: [...changes] }));
      return 'error' in written ? written.error : null;
    },
  };
}

/** The canvases of reviews in Slack. `team`: the workspace in which channels are, which a token of an organisation does not say. */
export function createReviewCanvases(client: WebClient, team: string | null): ReviewCanvases {
  return {
    async draft(channel, title, markdown, mark) {
      const { url, team: own } = await calm(() => selfOf(client));
      // Slack itself says where people open a canvas only to those who have the scope `files:read`, which nothing else needs.
      const linked = (canvas: string) => ({ canvas, link: new URL(`docs/${team ?? own}/${canvas}`, url).href });
      // `canvases.create` makes another one each time that it is asked.
      const mine = await ownIn(client, channel, mark);
      if (mine !== null) return linked(mine);
      const document_content = { type: 'markdown', markdown } as const;
      const made = await refusable(() => client.canvases.create({ channel_id: channel, title, document_content }));
      if ('error' in made) return made;
      const { canvas_id: canvas } = made.answer;
      return canvas === undefined ? { error: 'canvas_creation_failed' } : linked(canvas);
    },
    async open(canvas, channel) {
      // A tab alone is documented to let the channel's members write; whoever had it otherwise could only read.
      const opened = await refusable(() => client.canvases.access.set({ canvas_id: canvas, access_level: 'write', channel_ids: [channel] }));
      return 'error' in opened ? opened.error : null;
    },
  };
}
