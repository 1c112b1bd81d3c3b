import { z } from 'zod';
import { type Incident, ownChannelOf } from '../../domain/incident/incident.ts';
import { lacksCanvas, reviewMark } from '../../domain/incident/review.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { ServiceChannels } from '../incidents/notice.ts';
import { REVIEW_CANVAS } from '../run-kinds.ts';
import type { Workspace } from './ports.ts';

/** How long (ms) it waits before the first try: that the incident is closed is said first. And after a try that may well work the next time. */
const SETTLE = 15_000;
const PAUSE = 2 * 60_000;
/** What may pass is tried so often. */
const TRIES = 5;
const MAY_PASS = 'canvas_creation_failed';

/** The canvases of reviews. A refusal is Slack's code; what may pass without an answer is thrown. */
export interface ReviewCanvases {
  /** Makes a canvas in a tab of a channel, or finds the one that an earlier try made, by its mark. `link`: where people open it. */
  draft(
    channel: string,
    title: string,
    markdown: string,
    mark: string,
  ): Promise<{ readonly canvas: string; readonly link: string } | { readonly error: string }>;
  /** Lets everybody in a channel write in a canvas; `null` when they may, else why not. */
  open(canvas: string, channel: string): Promise<string | null>;
}

export interface ReviewCanvasDeps {
  readonly incidents: Incidents;
  readonly workspace: Pick<Workspace, 'standing'>;
  readonly reviewCanvases: ReviewCanvases;
  readonly channelsOf: (service: string) => ServiceChannels;
  /** The review as it is filled from the record so far, as Slack's Markdown for canvases. */
  readonly drawReview: (incident: Incident) => Promise<string>;
}

const draftedSchema = z.union([
  z.object({ channel: z.string(), canvas: z.string(), link: z.string() }),
  z.object({ channel: z.string(), error: z.string() }),
]);
type Drafted = z.output<typeof draftedSchema>;

/**
 * Puts the draft of the review into a canvas of the incident's channel. It is made once, and nothing writes to it afterwards: it is people's. Where Slack
 * makes none, that is recorded once and the review stays a file; what people can mend is tried again when the review comes up. A canvas whose answer was lost is found again by its mark among the channel's tabs; there
 * is a second one only where Slack refuses that look as well.
 */
export function reviewCanvasRun(deps: ReviewCanvasDeps): Run {
  const { incidents, reviewCanvases } = deps;
  return REVIEW_CANVAS.does(async (run, { incident: id }) => {
    await run.sleep('settle', SETTLE);
    for (let n = 1; ; n += 1) {
      const drafted = draftedSchema.nullable().parse(await run.step(`draft:${n}`, () => draft(deps, id)));
      if (drafted === null) return;
      const { channel } = drafted;
      if ('canvas' in drafted) {
        const { canvas, link } = drafted;
        const access = await run.step('open', () => reviewCanvases.open(canvas, channel));
        await run.write('drafted', async (tx) => {
          await incidents.tell(tx, id, { type: 'review-drafted', channel, canvas, link, access });
          return true;
        });
        return;
      }
      const { error } = drafted;
      if (error !== MAY_PASS || n >= TRIES) {
        await run.write('undrafted', async (tx) => {
          await incidents.tell(tx, id, { type: 'review-undrafted', channel, error });
          return true;
        });
        return;
      }
      await run.sleep(`pause:${n}`, PAUSE);
    }
  });
}

/** `null` where there is nothing to draft any more: it was reopened, its review was held, it has one, or its service wants none. */
async function draft({ incidents, workspace, reviewCanvases, channelsOf, drawReview }: ReviewCanvasDeps, id: string): Promise<Drafted | null> {
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const channel = ownChannelOf(incident);
  if (channel === null || incident.archive?.standing === 'done' || channelsOf(incident.service).canvas !== true) return null;
  if (!lacksCanvas(incident)) return null;
  // What a private incident is about is for those alone whom people let into its channel.
  const wrong = await workspace.standing(channel, incident.private);
  if (wrong !== null) return { channel, error: wrong };
  const made = await reviewCanvases.draft(channel, `${id} post-incident review: draft`, await drawReview(incident), reviewMark(id));
  return { channel, ...made };
}
