import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { faultOf } from './faults.ts';
import { redactedLog } from './redacted-log.ts';
import { secretsOf } from './secrets.ts';
import { startWhenPossible } from './waiting.ts';
import { startTocsin } from './wire.ts';

/** Runs Tocsin against Slack as configured, until SIGTERM or SIGINT: then it drains and ends, or ends at once while it only waits to start. */
export async function runTocsin(): Promise<void> {
  const config = loadConfig();
  const logger = pino({ level: config.environment.LOG_LEVEL }, redactedLog(secretsOf(config)));
  const stopped = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  const tocsin = await startWhenPossible(config, logger, stopped, () => startTocsin(config, logger));
  if (tocsin === null) {
    logger.info({ signal: await stopped }, 'Tocsin ends before it has started');
    // Nothing is at work; what is half open would keep the process.
    process.exit(0);
  }
  logger.info({ signal: await stopped }, 'Tocsin drains and ends');
  await tocsin.stop();
}

if (import.meta.main) {
  try {
    await runTocsin();
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) pino(redactedLog([])).fatal({ err: error }, 'Tocsin could not start');
    else pino(redactedLog([])).fatal({ code: fault.code }, `Tocsin could not start. ${fault.says}`);
    process.exit(1);
  }
}
