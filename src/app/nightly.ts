import type { ConfigFile, ServiceConfig } from '../config/schema.ts';
import { REPLY_MESSAGE } from '../domain/messages/messages.ts';
import type { Rotas } from '../domain/rota/called.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { startDigest } from '../engine/figures/digest.ts';
import { sendMessage } from '../engine/incidents/incidents.ts';
import { plainMessage } from '../engine/reach/plain.ts';
import { type Survey, type SurveyedService, saySurvey } from '../engine/reach/survey.ts';
import { PREFLIGHT, PREFLIGHT_NIGHTLY } from '../engine/run-kinds.ts';
import type { Catalogue } from '../engine/runbooks/load/catalogue.ts';
import { sleepUntil } from '../engine/until.ts';
import { clamp } from '../lib/clamp.ts';
import { nextUtcDay, utcMoment } from '../lib/time.ts';
import type { Run } from '../ports/runs.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import { startDailyAnchor } from '../slack/workflows/anchoring.ts';
import { digestOf } from './digest.ts';
import { startDrillLook } from './drills.ts';
import { startRetention } from './retention.ts';
import { linesOf } from './services.ts';

/** Characters of one section of Slack's. */
const LONGEST = 3_000;

export interface NightlyDeps {
  readonly store: Store;
  readonly file: ConfigFile;
  readonly catalogue: Catalogue;
  /** Whom a P0 of a service would reach. */
  readonly survey: (service: SurveyedService) => Promise<Survey>;
  readonly rotas: () => Promise<Rotas['rotas']>;
}

/** What is done once a day, the anchor, the look for overdue drills, the archive and the check of the runbooks, and once a week, the digest. Comes before the workers, behind whose first look for jobs it would wait. */
export async function startEveryDay(store: Store, file: ConfigFile): Promise<void> {
  await store.transaction(async (tx) => {
    const now = await tx.now();
    await startDailyAnchor(tx, now);
    await startDrillLook(tx, now);
    await startRetention(tx, file, now);
    await startNightly(tx, file, now);
    const digest = digestOf(file);
    if (digest !== null) await startDigest(tx, digest, now);
  });
}

/** Starts the next night's pre-flight; one a day, whoever asks. Does nothing where the configuration names no time. */
export async function startNightly(tx: StoreTx, file: ConfigFile, now: number): Promise<void> {
  if (file.preflight === undefined) return;
  const day = nextUtcDay(file.preflight.at, now);
  await tx.startRun({ id: `preflight:${day}`, ...PREFLIGHT_NIGHTLY.with({ day }) });
}

/**
 * Every night: the runbooks of each service against its live systems, and whom a P0 of it would reach. The report goes where its alerts arrive.
 */
export function nightlyRun({ store, file, catalogue, survey, rotas }: NightlyDeps): Run {
  return PREFLIGHT_NIGHTLY.does(async (run, { day }) => {
    const at = file.preflight?.at;
    if (at === undefined) return;
    await sleepUntil(run, store, utcMoment(day, at), 'night');
    await run.write('start', async (tx) => {
      for (const [id, service] of Object.entries(file.services)) {
        if (catalogue.list(id).length === 0) continue;
        const channel = reportChannel(service);
        const asked = PREFLIGHT.with({ service: id, by: 'nightly', to: { kind: 'channel', channel } });
        await tx.startRun({ id: `preflight:${day}:${id}`, ...asked });
      }
      await startNightly(tx, file, await tx.now());
      return true;
    });
    const reports = new Map<string, string[]>();
    const known = await rotas();
    for (const service of linesOf(file, known)) {
      const said = await run.step(`reach:${service.id}`, async () => [...saySurvey(await survey(service), ({ user }) => `<@${user}>`)]);
      const configured = file.services[service.id];
      const channel = configured === undefined ? undefined : reportChannel(configured);
      if (channel !== undefined) reports.set(channel, [...(reports.get(channel) ?? []), ...said]);
    }
    await run.write('reach', async (tx) => {
      for (const [channel, lines] of reports) {
        await sendMessage(tx, {
          key: `reach:${day}:${channel}`,
          stream: SYSTEM_STREAM,
          seq: 0,
          lane: channel,
          to: { kind: 'channel', channel },
          ...REPLY_MESSAGE.with(plainMessage(clamp(lines.join('\n'), LONGEST))),
        });
      }
      return reports.size;
    });
  });
}

function reportChannel({ channels }: ServiceConfig): string {
  return channels.alerts ?? channels.updates ?? channels.incidents;
}
