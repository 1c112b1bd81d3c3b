import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { checkTarget } from '../actions/shared/targets.ts';
import { renderPng } from '../adapters/pictures/render.ts';
import type { Config } from '../config/load.ts';
import { keyFileOf } from '../config/load.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import type { RunbookDeps } from '../engine/runbooks/deps.ts';
import { diagnosisRun } from '../engine/runbooks/diagnose/diagnosis.ts';
import { recurrenceRun } from '../engine/runbooks/diagnose/recurrence.ts';
import { watchRun } from '../engine/runbooks/diagnose/watch.ts';
import { type Catalogue, openCatalogue } from '../engine/runbooks/load/catalogue.ts';
import { preflightRun } from '../engine/runbooks/preflight/preflight.ts';
import { adoptRun } from '../engine/runbooks/remedy/adopt.ts';
import { remedyRun } from '../engine/runbooks/remedy/remedy.ts';
import { revertRun } from '../engine/runbooks/revert/revert.ts';
import { openFileCipher } from '../evidence/cipher.ts';
import { artifactKey } from '../evidence/layout.ts';
import { sayProblem } from '../lib/yaml.ts';
import type { ChainRecord, EvidenceStore } from '../ports/evidence.ts';
import type { Run } from '../ports/runs.ts';
import type { Store } from '../ports/store.ts';
import { unusedSettings } from '../rights/service-settings.ts';
import { uploader } from '../slack/deliver/uploading.ts';
import type { Database } from '../store/database.ts';
import { leases } from '../store/leases.ts';
import { ACTION_REGISTRY, runbookFolders } from './built-in.ts';
import { contextsOf } from './contexts.ts';
import { guardsOf } from './guards.ts';
import { entryOf } from './incident-entry.ts';
import { appendTo } from './keeping.ts';
import { pastIncidents } from './past-incidents.ts';

export interface RunbooksDeps {
  readonly config: Config;
  readonly secrets: readonly string[];
  readonly client: WebClient;
  readonly database: Database;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly chain: ChainRecord;
  readonly evidence: EvidenceStore;
  /** The platforms are those of the local workspace. */
  readonly simulated: boolean;
  readonly durable: (stream: string, seq: number) => Promise<void>;
  /** A person with their roles for a service, asked of Slack again. */
  readonly personNow: RunbookDeps['personNow'];
  /** What people are called, by their Slack ids. */
  readonly names: () => Readonly<Record<string, string>>;
  readonly logger: Logger;
}

export interface Runbooks {
  readonly catalogue: Catalogue;
  readonly runs: readonly Run[];
  readonly deps: RunbookDeps;
  stop(): void;
}

/** Runbooks, their actions and their runs, on the production adapters. */
export async function openRunbooks(options: RunbooksDeps): Promise<Runbooks> {
  const { config, store, incidents, chain, evidence, logger } = options;
  const { file, environment } = config;
  const contexts = contextsOf(config, {
    secrets: options.secrets,
    now: () => store.now(),
    incidentsOf: pastIncidents(incidents),
    entryOf: (id, without) => entryOf({ incidents, store, evidence, names: options.names }, id, without),
  });
  const catalogue = await openCatalogue({
    folders: runbookFolders(file),
    actions: ACTION_REGISTRY,
    settings: (service) => file.services[service]?.settings ?? {},
    watched: true,
    onLoaded(runbooks, problems) {
      logger.info({ runbooks: runbooks.length, problems: problems.length }, 'runbooks are loaded');
      for (const line of unusedSettings(file, runbooks)) logger.warn({ problem: line }, 'a setting is in tocsin.yml that no runbook has');
      for (const problem of problems) logger.error({ problem: sayProblem(problem) }, 'a runbook is not valid; its last good version stays');
    },
  });
  const deps: RunbookDeps = {
    store,
    incidents,
    catalogue,
    actions: ACTION_REGISTRY,
    leases: leases(options.database),
    cipher: await openFileCipher(keyFileOf(environment)),
    guards: guardsOf(config, contexts),
    targets: { check: checkTarget },
    evidence,
    context: (wanted) => contexts.create(wanted),
    durable: options.durable,
    simulated: options.simulated,
    personNow: options.personNow,
    recordOutside: (tx, record) => appendTo(tx, chain, SYSTEM_STREAM, { v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, ...record }),
    artifact: async (stream, sha256) => (await store.artifact(stream, sha256)) ?? evidence.get(artifactKey(stream, sha256)),
    draw: renderPng,
    upload: uploader(options.client, store),
    linksOf: (id) => file.services[id]?.links ?? [],
  };
  return {
    catalogue,
    deps,
    runs: [adoptRun(deps), diagnosisRun(deps), remedyRun(deps), revertRun(deps), recurrenceRun(deps), preflightRun(deps), watchRun(deps)],
    stop() {
      catalogue.stop();
      contexts.close();
    },
  };
}
