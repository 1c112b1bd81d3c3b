import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/load.ts';
import { publicKeyKey } from '../evidence/layout.ts';
import { createClient } from '../slack/client.ts';
import { databaseTargetOf } from './database-target.ts';
import { openEvidenceStore } from './evidence-store.ts';
import { type Fault, faultOf } from './faults.ts';

/** How often (ms) what is away is said and tried again. */
const EVERY = 10_000;
/** How long (ms) somebody asked has to answer before they count as away. */
const PATIENCE = 5_000;

/** Somebody whom a start needs: asked by `ask`, called `where` in the log, which never shows a secret. */
interface Neighbour {
  readonly name: string;
  readonly where: string;
  readonly check: string;
  readonly ask: () => Promise<unknown>;
}

/**
 * Starts, and waits as long as Slack, the database or the evidence store is away: one line for each every 10 s says what is away, where,
 * why, and what to check. What waiting cannot mend is thrown at once. `null` when `stopped` comes first.
 */
export async function startWhenPossible<T>(config: Config, logger: Logger, stopped: Promise<unknown>, start: () => Promise<T>): Promise<T | null> {
  const ended = new AbortController();
  const end = stopped.then(() => {
    ended.abort();
    return null;
  });
  // A start that hangs on somebody who is away is told of as well.
  const telling = setInterval(() => {
    tellAway(config, logger).catch((err: unknown) => logger.warn({ err }, 'what is away could not be found out'));
  }, EVERY);
  try {
    return await Promise.race([end, untilStarted(logger, ended.signal, start, () => tellAway(config, logger))]);
  } finally {
    clearInterval(telling);
  }
}

async function untilStarted<T>(logger: Logger, ended: AbortSignal, start: () => Promise<T>, tell: () => Promise<number>): Promise<T | null> {
  let first = true;
  while (!ended.aborted) {
    try {
      return await start();
    } catch (error) {
      const fault = faultOf(error);
      if (fault === null || !fault.passing) throw error;
      // The first time at once; then the interval tells. A start that failed while nobody is away any more says what it failed of.
      if (first && (await tell()) === 0) logger.warn({ code: fault.code }, `${fault.says} Tocsin tries to start again in ${EVERY / 1_000} s`);
      first = false;
      await sleep(EVERY, undefined, { signal: ended }).catch(() => undefined);
    }
  }
  return null;
}

/** Asks everybody, and says who is away. Returns how many. */
async function tellAway(config: Config, logger: Logger): Promise<number> {
  const asked = await Promise.all(neighboursOf(config).map(async (one) => ({ ...one, fault: await faultIn(one.ask) })));
  const away = asked.filter(({ fault }) => fault !== null);
  for (const { name, where, check, fault } of away) {
    logger.warn(
      { away: name, where, code: fault?.code },
      `Tocsin waits for ${name} at ${where}: ${fault?.says ?? ''} It is tried again every ${EVERY / 1_000} s. Check ${check}`,
    );
  }
  return away.length;
}

async function faultIn(ask: () => Promise<unknown>): Promise<Fault | null> {
  const late = new AbortController();
  try {
    await Promise.race([
      ask(),
      sleep(PATIENCE, undefined, { signal: late.signal }).then(() => {
        throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
      }),
    ]);
    return null;
  } catch (error) {
    return faultOf(error) ?? { code: 'unknown', says: error instanceof Error ? error.message : String(error), passing: true };
  } finally {
    late.abort();
  }
}

function neighboursOf(config: Config): Neighbour[] {
  const { DATABASE_URL, SLACK_API_URL, SLACK_BOT_TOKEN } = config.environment;
  const { evidence } = config.file;
  const target = databaseTargetOf(config.environment);
  return [
    {
      name: 'Slack',
      where: URL.parse(SLACK_API_URL ?? 'https://slack.com')?.host ?? 'SLACK_API_URL',
      check: 'the network, the proxy, SLACK_API_URL and https://slack-status.com',
      ask: () => createClient(SLACK_BOT_TOKEN ?? '', SLACK_API_URL).auth.test(),
    },
    {
      name: 'the evidence store',
      where: 'directory' in evidence ? evidence.directory : `s3://${evidence.s3.bucket}/${evidence.s3.prefix}`,
      check: '`evidence` in tocsin.yml, the network and AWS_ENDPOINT_URL',
      ask: async () => (await openEvidenceStore(config)).get(publicKeyKey('0'.repeat(64))),
    },
    ...(DATABASE_URL === undefined
      ? []
      : [
          {
            name: 'the database',
            where: placeOf(DATABASE_URL),
            check: 'that the server runs, the network and DATABASE_URL',
            ask: async () => ('url' in target ? (await import('../store/server.ts')).askServer(target, PATIENCE) : undefined),
          },
        ]),
  ];
}

/** Host, port and name; never the user and the password. */
function placeOf(databaseUrl: string): string {
  const [, place = 'DATABASE_URL'] = /^postgres(?:ql)?:\/\/(?:[^@]*@)?([^?#]*)/.exec(databaseUrl) ?? [];
  return place;
}
