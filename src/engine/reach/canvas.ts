import { createHash } from 'node:crypto';
import { z } from 'zod';
import { afterRecord, canvasMark } from '../../domain/incident/canvas.ts';
import { type Incident, ownChannelOf } from '../../domain/incident/incident.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { ServiceChannels } from '../incidents/notice.ts';
import { ROOM_CANVAS } from '../run-kinds.ts';
import type { Workspace } from './ports.ts';

/** How long (ms) a new room waits for its canvas: the page, the card and the first messages go first. */
const SETTLE = 15_000;
/** How long (ms) after one change of the canvas the next one may come, and how long once there were many. */
const PAUSE = 2 * 60_000;
const LONG_PAUSE = 10 * 60_000;
const MANY = 60;
/** How long (ms) it waits for another record: longer than anybody remembers. */
const FOR_EVER = 3_650 * 24 * 3_600_000;
/** What may pass is tried so often in a row. */
const TRIES = 5;

/** Slack's codes after which another try may well work. */
const MAY_PASS: ReadonlySet<string> = new Set([
  'canvas_creation_failed',
  'canvas_tab_creation_failed',
  'channel_canvas_creation_failed',
  'canvas_editing_failed',
  'canvas_editing_locked',
]);

/** The canvases of channels. A refusal is Slack's code; what may pass is thrown. */
export interface Canvases {
  /** Makes the canvas of a channel, or finds the one that an earlier try made, by its mark. One that people made is left alone. */
  create(channel: string, title: string, markdown: string, mark: string): Promise<{ readonly canvas: string } | { readonly error: string }>;
  /** Puts a text in the place of all that a canvas shows; `null` when it shows it, else why not. */
  write(canvas: string, markdown: string): Promise<string | null>;
}

export interface CanvasDeps {
  readonly incidents: Incidents;
  readonly workspace: Pick<Workspace, 'exposure'>;
  readonly canvases: Canvases;
  readonly channelsOf: (service: string) => ServiceChannels;
  /** What the canvas of an incident shows, as Markdown: the same for the same incident, whenever it is asked. */
  readonly drawCanvas: (incident: Incident) => Promise<string>;
}

/** `away`: the incident meets elsewhere, or its canvas is left alone. `digest`: of what the canvas shows after that. */
const lookedSchema = z.object({
  seq: z.number(),
  digest: z.string(),
  away: z.boolean(),
  called: z.boolean(),
  made: z.string().nullable(),
  error: z.string().nullable(),
});
type Looked = z.output<typeof lookedSchema>;

/**
 * Keeps the canvas of an incident's channel in step with the incident: nothing is sent while it would show the same, and while much happens one change
 * every few minutes. Nobody waits for it, and whatever Slack refuses is recorded once.
 */
export function canvasRun(deps: CanvasDeps): Run {
  return ROOM_CANVAS.does(async (run, { incident: id, channel }) => {
    await run.sleep('settle', SETTLE);
    let digest = '';
    let fails = 0;
    for (let round = 0; ; round += 1) {
      const looked = lookedSchema.parse(await run.step(`look:${round}`, () => look(deps, id, channel, digest)));
      if (looked.away) return;
      const { made, error } = looked;
      digest = looked.digest;
      if (made !== null) {
        await run.write(`made:${round}`, async (tx) => {
          await deps.incidents.tell(tx, id, { type: 'canvas-created', channel, canvas: made });
          return true;
        });
      }
      fails = error === null ? 0 : fails + 1;
      if (error !== null && (!MAY_PASS.has(error) || fails >= TRIES)) {
        await run.write('left', async (tx) => {
          await deps.incidents.tell(tx, id, { type: 'canvas-left', channel, error });
          return true;
        });
        return;
      }
      if (looked.called) await run.sleep(`pause:${round}`, round < MANY ? PAUSE : LONG_PAUSE);
      if (error === null && (await run.signal(afterRecord(looked.seq), FOR_EVER)) === null) return;
    }
  });
}

/** Looks at the incident, and brings the canvas up to date where it shows something else. */
async function look(
  { incidents, workspace, canvases, channelsOf, drawCanvas }: CanvasDeps,
  id: string,
  channel: string,
  shown: string,
): Promise<Looked> {
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const { seq, canvas, archive } = incident;
  const same: Looked = { seq, digest: shown, away: false, called: false, made: null, error: null };
  const isKept = ownChannelOf(incident) === channel && canvas?.left !== true && channelsOf(incident.service).canvas === true;
  if (!isKept) return { ...same, away: true };
  if (archive?.standing === 'done') return same;
  const markdown = await drawCanvas(incident);
  const digest = createHash('sha256').update(markdown).digest('hex');
  if (digest === shown) return same;
  // What a private incident is about is for those alone whom people let into its channel.
  if (incident.private && (await workspace.exposure(channel)) !== null) return same;
  if (canvas?.id === undefined) {
    const created = await canvases.create(channel, `${id} so far`, markdown, canvasMark(id));
    if ('error' in created) return { ...same, called: true, error: created.error };
    return { ...same, digest, called: true, made: created.canvas };
  }
  const error = await canvases.write(canvas.id, markdown);
  return { ...same, digest: error === null ? digest : shown, called: true, error };
}
