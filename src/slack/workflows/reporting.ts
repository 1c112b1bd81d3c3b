import type { WebClient } from '@slack/web-api';
import type { Incident } from '../../domain/incident/incident.ts';
import { lacksCanvas, reviewCanvasRunId } from '../../domain/incident/review.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import { sendMessage } from '../../engine/incidents/incidents.ts';
import { insteadOfFile } from '../../engine/reach/plain.ts';
import { REPORT, REVIEW_CANVAS, type ReportKind } from '../../engine/run-kinds.ts';
import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import { shareFile } from '../deliver/files.ts';

const REFUSED = 'refused: ';

export interface ReportingDeps {
  readonly client: WebClient;
  readonly incidents: Pick<Incidents, 'find'>;
  /** The paper as Markdown, by the records up to this one. */
  readonly report: (incident: string, seq: number, what: ReportKind) => Promise<string>;
}

const TITLES: Readonly<Record<ReportKind, string>> = { report: 'incident report', 'post-mortem': 'post-mortem' };

/** Whoever asks for the post-mortem wants the canvas that Slack refused to make, if what was missing has been mended since. */
async function draftAgain(tx: StoreTx, incident: Incident | null): Promise<boolean> {
  if (incident?.reviewCanvas?.refusals === undefined || !lacksCanvas(incident)) return false;
  await tx.startRun({ id: reviewCanvasRunId(incident), ...REVIEW_CANVAS.with({ incident: incident.id }) });
  return true;
}

/** `/incident report` and `/incident postmortem`: a paper by the platforms' template, as a file in the room. The evidence pack has the same. */
export function reportRun({ client, incidents, report }: ReportingDeps): Run {
  return REPORT.does(async (run, { incident: id, what }) => {
    const incident = await incidents.find(id);
    if (incident === null) return;
    const seq = await run.step('seq', async () => incident.seq);
    const text = await run.step('report', () => report(id, seq, what));
    const name = `${id}-${what}-${seq}.md`;
    const file = await run.step('file', async () => {
      const room = (await incidents.find(id))?.room ?? null;
      if (room === null) return `${REFUSED}there is no channel of the incident`;
      return shareFile(client, { ...room, name, title: `${id} ${TITLES[what]}`, content: Buffer.from(text) });
    });
    if (file.startsWith(REFUSED))
      await run.write('no-file', async (tx) => {
        const said = insteadOfFile(name, file.slice(REFUSED.length), Buffer.from(text));
        await sendMessage(tx, { key: `${run.id}:no-file`, stream: id, seq: 0, lane: id, to: { kind: 'room' }, ...REPLY_MESSAGE.with(said) });
        return true;
      });
    if (what === 'post-mortem')
      await run.writeAfter(
        'canvas-again',
        () => incidents.find(id),
        async (tx, now) => draftAgain(tx, now),
      );
  });
}
