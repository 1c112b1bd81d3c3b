import { z } from 'zod';
import { channelToOpen } from '../../domain/incident/review.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import { sendMessage } from '../incidents/incidents.ts';
import { REVIEW_ACCESS } from '../run-kinds.ts';
import { plainMessage } from './plain.ts';
import type { ReviewCanvasDeps } from './review-canvas.ts';

/** How long (ms) the link is given to arrive in the room, and how long apart the next tries are. */
const ARRIVES = 15_000;
const PAUSE = 2 * 60_000;
const TRIES = 3;
/** What Slack says while a canvas was not shared in a channel. */
const NOT_SHARED = 'restricted_action';

/** Nothing where the incident has moved on. `access`: why it is not opened. */
const lookedSchema = z.object({ link: z.string(), access: z.string().nullable() }).nullable();

type AccessDeps = Pick<ReviewCanvasDeps, 'incidents' | 'workspace' | 'reviewCanvases'>;

/**
 * Lets whoever is in the room that took the place of another write in the canvas of the review, as the first room may: its link is shared there first, as
 * Slack asks for (docs.slack.dev/reference/methods/canvases.access.set). What comes of it is recorded once.
 */
export function reviewAccessRun(deps: AccessDeps): Run {
  return REVIEW_ACCESS.does(async (run, { incident: id, channel }) => {
    const looked = lookedSchema.parse(await run.step('look', () => look(deps, id, channel)));
    if (looked === null) return;
    let { access } = looked;
    if (access === null) {
      await run.write('link', async (tx) => {
        const said = plainMessage(`The draft of the post-incident review is in <${looked.link}|a canvas>, where people write it together.`);
        await sendMessage(tx, { key: `${run.id}:link`, stream: id, seq: 0, lane: id, to: { kind: 'channel', channel }, ...REPLY_MESSAGE.with(said) });
        return true;
      });
      for (let n = 1; n <= TRIES; n += 1) {
        await run.sleep(`arrives:${n}`, n === 1 ? ARRIVES : PAUSE);
        const opened = lookedSchema.parse(await run.step(`open:${n}`, () => open(deps, id, channel)));
        if (opened === null) return;
        access = opened.access;
        if (access !== NOT_SHARED) break;
      }
    }
    await run.write('opened', async (tx) => {
      await deps.incidents.tell(tx, id, { type: 'review-opened', channel, access });
      return true;
    });
  });
}

async function look({ incidents, workspace }: AccessDeps, id: string, channel: string): Promise<z.output<typeof lookedSchema>> {
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const link = incident.reviewCanvas?.link;
  if (link === undefined || channelToOpen(incident)?.channel !== channel) return null;
  // What a private incident is about is for those alone whom people let into its channel.
  return { link, access: await workspace.standing(channel, incident.private) };
}

async function open(deps: AccessDeps, id: string, channel: string): Promise<z.output<typeof lookedSchema>> {
  const looked = await look(deps, id, channel);
  const incident = await deps.incidents.find(id);
  const wanted = incident === null ? null : channelToOpen(incident);
  if (looked === null || wanted === null || looked.access !== null) return looked;
  return { ...looked, access: await deps.reviewCanvases.open(wanted.canvas, channel) };
}
