import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Canvases } from '../engine/reach/canvas.ts';
import { refusable } from './workspace.ts';

/** What Slack says where a channel has its canvas already. */
const THERE: ReadonlySet<string> = new Set(['channel_canvas_already_exists', 'free_team_canvas_tab_already_exists']);

/** A channel that has a canvas, as conversations.info shows it. */
const withCanvas = z.object({ properties: z.object({ canvas: z.object({ file_id: z.string().min(1) }) }) });

/** The canvases of channels in Slack (docs.slack.dev/surfaces/canvases). */
export function createCanvases(client: WebClient): Canvases {
  /** The canvas of an earlier try whose answer was lost: it says what only Tocsin's does. */
  async function own(channel: string, mark: string): Promise<string | null> {
    const info = await refusable(() => client.conversations.info({ channel }));
    const canvas = 'answer' in info ? withCanvas.safeParse(info.answer.channel).data?.properties.canvas.file_id : undefined;
    if (canvas === undefined) return null;
    const found = await refusable(() => client.canvases.sections.lookup({ canvas_id: canvas, criteria: { contains_text: mark } }));
    return 'answer' in found && (found.answer.sections ?? []).length > 0 ? canvas : null;
  }

  return {
    async create(channel, title, markdown, mark) {
      const document_content = { type: 'markdown', markdown } as const;
      const made = await refusable(() => client.conversations.canvases.create({ channel_id: channel, title, document_content }));
      if ('answer' in made) return made.answer.canvas_id === undefined ? { error: 'canvas_creation_failed' } : { canvas: made.answer.canvas_id };
      const mine = THERE.has(made.error) ? await own(channel, mark) : null;
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
