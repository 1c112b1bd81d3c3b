import { createHash } from 'node:crypto';
import { z } from 'zod';
import { afterRecord, canvasMark, canvasPart } from '../../domain/incident/canvas.ts';
import { type Incident, ownChannelOf } from '../../domain/incident/incident.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { ServiceChannels } from '../incidents/notice.ts';
import { ROOM_CANVAS } from '../run-kinds.ts';
import { FOR_EVER } from '../until.ts';
import type { Workspace } from './ports.ts';

/** How long (ms) a new room waits for its canvas: the page, the card and the first messages go first. */
const SETTLE = 15_000;
/** How long (ms) after a look that changed nothing the next one may come: what comes in between is one look. */
const GLANCE = 15_000;
/** The same after a change of the canvas, and once there were many. */
const PAUSE = 2 * 60_000;
const LONG_PAUSE = 10 * 60_000;
const MANY = 60;
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
  readonly store: Pick<Store, 'now'>;
  readonly incidents: Incidents;
  readonly workspace: Pick<Workspace, 'exposure'>;
  readonly canvases: Canvases;
  readonly channelsOf: (service: string) => ServiceChannels;
  /** What the canvas of an incident shows. */
  readonly drawCanvas: (incident: Incident) => Promise<DrawnCanvas>;
}

/** A canvas as Markdown: as of a moment (ms), or, the same for the same incident whenever it is asked, as of none (`null`). */
export type DrawnCanvas = (asOf: number | null) => string;

/** `away`: another run keeps the canvas from here, or none does. `digest`: of what the canvas shows after that. */
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
 * Keeps the canvas of an incident's channel in step with one part of the incident's records: nothing is sent while it would show the same, and while much
 * happens one change every few minutes. Nobody waits for it, and whatever Slack refuses is recorded once.
 */
export function canvasRun(deps: CanvasDeps): Run {
  return ROOM_CANVAS.does(async (run, kept) => {
    const { incident: id, channel } = kept;
    await run.sleep('settle', SETTLE);
    let digest = '';
    let sent = 0;
    let fails = 0;
    for (let round = 0; ; round += 1) {
      const looked = lookedSchema.parse(await run.step(`look:${round}`, () => look(deps, kept, digest)));
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
      if (looked.called && error === null) sent += 1;
      await run.sleep(`pause:${round}`, pauseAfter(looked, sent));
      if (error === null && (await run.signal(afterRecord(looked.seq), FOR_EVER)) === null) return;
    }
  });
}

function pauseAfter({ called }: Looked, sent: number): number {
  if (!called) return GLANCE;
  return sent <= MANY ? PAUSE : LONG_PAUSE;
}

/** Looks at the incident, and brings the canvas up to date where it shows something else. */
async function look(
  { store, incidents, workspace, canvases, channelsOf, drawCanvas }: CanvasDeps,
  { incident: id, channel, since, part }: InputOf<typeof ROOM_CANVAS>,
  shown: string,
): Promise<Looked> {
  const asOf = await store.now();
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const { seq, canvas, archive } = incident;
  const same: Looked = { seq, digest: shown, away: false, called: false, made: null, error: null };
  const isKept = ownChannelOf(incident) === channel && canvas?.since === since && canvas.left !== true;
  if (!isKept || canvasPart(seq) > part) return { ...same, away: true };
  // The setting may be turned on again.
  if (archive?.standing === 'done' || channelsOf(incident.service).canvas !== true) return same;
  const drawn = await drawCanvas(incident);
  const digest = createHash('sha256').update(drawn(null)).digest('hex');
  if (digest === shown) return same;
  // What a private incident is about is for those alone whom people let into its channel.
  if (incident.private && (await workspace.exposure(channel)) !== null) return same;
  const markdown = drawn(asOf);
  if (canvas.id === undefined) {
    const created = await canvases.create(channel, `${id} so far`, markdown, canvasMark(id));
    if ('error' in created) return { ...same, called: true, error: created.error };
    return { ...same, digest, called: true, made: created.canvas };
  }
  const error = await canvases.write(canvas.id, markdown);
  return { ...same, digest: error === null ? digest : shown, called: true, error };
}
