import type { WebClient } from '@slack/web-api';
import type { Message } from '../../../blocks/kit.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { describeTrend, drawTrend } from '../../engine/figures/chart.ts';
import { type FiguresAsked, type FiguresReport, figuresReport } from '../../engine/figures/report.ts';
import { figuresTable } from '../../engine/figures/table.ts';
import { type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import { plainMessage } from '../../engine/reach/plain.ts';
import { FIGURES, type Place } from '../../engine/run-kinds.ts';
import { plural } from '../../lib/plural.ts';
import { utcDay } from '../../lib/time.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import { shareFile } from '../deliver/files.ts';
import type { Place as Thread } from '../deliver/own.ts';

const REFUSED = 'refused: ';
/** How long (ms) until it is looked again whether the message is posted. */
const LOOK_AGAIN = 250;

export interface FiguresDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Pick<Incidents, 'list'>;
  /** The message of a report; `service`: the name of the only one. */
  readonly show: (report: Omit<FiguresReport, 'trend' | 'incidents'>) => Message;
  readonly nameOf: (service: string) => string;
  /** An SVG as PNG. */
  readonly draw: (svg: string) => Promise<Uint8Array>;
}

/** `/incident figures`: to whoever asked, in a direct message. */
export function figuresRun(deps: FiguresDeps): Run {
  return FIGURES.does((run, { to, ...asked }) => postFigures(run, deps, to, asked));
}

/** Posts the figures of a period, with the trend as a picture and the incidents as a table in its thread. Each once. */
export async function postFigures(run: RunContext, deps: FiguresDeps, to: Place, asked: FiguresAsked): Promise<void> {
  const { client, store, incidents, show, draw } = deps;
  const { service } = asked;
  const name = service === null ? null : deps.nameOf(service);
  const key = `${run.id}:figures`;
  const made = await run.step('figures', async () => {
    const { trend, incidents: those, ...report } = await figuresReport(incidents, asked);
    const title = `${name ?? 'Incidents'}, ${plural(asked.days, 'day')} to ${utcDay(asked.before)}`;
    const shown = show({ ...report, service: name });
    const isEmpty = those.length === 0;
    return {
      text: shown.text,
      blocks: JSON.stringify(shown.blocks),
      svg: isEmpty ? null : drawTrend(title, trend),
      alt: describeTrend(title, trend),
      csv: isEmpty ? null : figuresTable(those),
    };
  });
  await run.write('message', async (tx) => {
    const message = REPLY_MESSAGE.with({ text: made.text, blocks: JSON.parse(made.blocks) as object[] });
    await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: to.kind === 'channel' ? to.channel : to.user, to, ...message });
    return true;
  });
  const { svg, alt, csv } = made;
  if (svg === null || csv === null) return;
  const thread = await run.step('thread', () => threadOf(store, key));
  if (thread === null) return;
  const base = `incidents-${asked.days}d-${run.id.slice(-8)}`;
  const picture = await run.step('picture', async () => {
    const content = await draw(svg);
    return shareFile(client, { ...thread, name: `${base}.png`, title: 'Trend', content, alt });
  });
  const table = await run.step('table', () => shareFile(client, { ...thread, name: `${base}.csv`, title: 'Incidents', content: Buffer.from(csv) }));
  const refused = [picture, table].find((file) => file.startsWith(REFUSED));
  if (refused === undefined) return;
  await run.write('no-file', async (tx) => {
    const why = refused.slice(REFUSED.length);
    const said = plainMessage(
      `:warning: Slack did not take the chart or the table (\`${why}\`). Ask again with \`/incident figures\`, or give the code to whoever runs Tocsin.`,
    );
    const below = { kind: 'under', message: key } as const;
    await sendMessage(tx, { key: `${key}:no-file`, stream: SYSTEM_STREAM, seq: 0, lane: key, to: below, ...REPLY_MESSAGE.with(said) });
    return true;
  });
}

/** The thread of the message; `null` where Slack did not take it. @throws RetryLater while it waits */
async function threadOf(store: Pick<Store, 'message'>, key: string): Promise<{ channel: string; threadTs: string } | null> {
  const sent = await store.message(key);
  if (sent === null || sent.state === 'failed') return null;
  if (sent.channel === null || sent.ts === null) throw new RetryLater(LOOK_AGAIN);
  return { channel: sent.channel, threadTs: sent.ts } satisfies Thread;
}
