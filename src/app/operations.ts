import type { Logger } from 'pino';
import type { Config } from '../config/load.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { controlSocket, startControl } from '../ops/control.ts';
import { missingParts, slackNotes } from '../ops/health.ts';
import type { Metrics } from '../ops/metrics.ts';
import { type OpsServer, startOpsServer } from '../ops/server.ts';
import type { Store } from '../ports/store.ts';
import type { Closing } from './closing.ts';
import type { Kafka } from './kafka.ts';
import { standingsOf } from './page-path.ts';
import type { Runbooks } from './runbooks.ts';
import type { SlackClient } from './slack-client.ts';
import type { Storage } from './storage.ts';
import type { watchUnexpected } from './unexpected.ts';

interface Tools {
  readonly config: Config;
  readonly logger: Logger;
  readonly closing: Closing;
}

export interface ControlParts extends Tools {
  readonly runbooks: Runbooks;
  readonly incidents: Incidents;
  readonly store: Store;
  readonly database: Storage['database'];
}

/** The socket of the command line. A bot without it works all the same. */
export async function openControl({ config, runbooks, incidents, store, database, logger, closing }: ControlParts): Promise<void> {
  const path = controlSocket(config.environment.TOCSIN_DATA);
  const onError = (err: unknown) => logger.error({ err }, 'a request of the command line failed');
  try {
    const pagePath = () => standingsOf({ database, store }, config.file);
    const control = await startControl({ path, runbooks: runbooks.deps, incidents, store, pagePath, onError });
    closing.add(() => control.close());
  } catch (err) {
    logger.warn({ err }, 'the command line cannot reach this bot: its socket could not be made');
  }
}

export interface OpsParts extends Tools {
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly connected: () => boolean;
  readonly slackDown: SlackClient['down'];
  readonly unexpected: ReturnType<typeof watchUnexpected>;
  readonly kafka: Kafka | null;
}

/** `/healthz`, `/readyz` and `/metrics`. */
export async function openOps({ config, logger, closing, metrics, storage, connected, slackDown, unexpected, kafka }: OpsParts): Promise<OpsServer> {
  const { database, keeping } = storage;
  const { TOCSIN_OPS_PORT: port, TOCSIN_OPS_HOST: host } = config.environment;
  const ops = await startOpsServer({
    port,
    host,
    registry: metrics.registry,
    health: {
      missing: () => missingParts({ database, connected, evidenceFull: keeping.isFull }),
      notes: async () => [...slackNotes(slackDown()), ...(await keeping.troubles()), ...unexpected.notes(), ...(kafka?.notes() ?? [])],
    },
    onError: (err) => logger.error({ err }, 'the operations port could not answer'),
  });
  closing.add(() => ops.close());
  return ops;
}
