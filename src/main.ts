import { pino } from 'pino';
import { faultOf } from './app/faults.ts';
import { redactedLog } from './app/redacted-log.ts';
import { startTocsin } from './app/start.ts';
import { startWhenPossible } from './app/waiting.ts';
import { loadConfig } from './config/load.ts';
import { secretsOf } from './config/secrets.ts';
import { useProxies } from './lib/outbound/outbound.ts';
import { surviveUnexpected } from './ops/survival.ts';

/**
 * Runs Tocsin against Slack as configured, until SIGTERM or SIGINT: then it drains and ends, or ends at once while it only waits to start.
 * Returns the exit code: 1 when it had to end.
 */
export async function runTocsin(): Promise<number> {
  const config = loadConfig();
  await useProxies(config.environment);
  const logger = pino({ level: config.environment.LOG_LEVEL }, redactedLog(secretsOf(config)));
  const survival = surviveUnexpected(logger);
  const stopped = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  const tocsin = await startWhenPossible(config, logger, stopped, () => startTocsin(config, logger));
  if (tocsin === null) {
    logger.info({ signal: await stopped }, 'Tocsin ends before it has started');
    // Nothing is at work; what is half open would keep the process.
    process.exit(0);
  }
  survival.tell(tocsin.unexpected);
  const why = await Promise.race([stopped, tocsin.mustEnd]);
  if (typeof why === 'string') logger.info({ signal: why }, 'Tocsin drains and ends');
  else logger.fatal({ err: why }, 'Tocsin has to end: it drains and ends');
  await tocsin.stop();
  return typeof why === 'string' ? 0 : 1;
}

if (import.meta.main) {
  try {
    process.exitCode = await runTocsin();
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) pino(redactedLog([])).fatal({ err: error }, 'Tocsin could not start');
    else pino(redactedLog([])).fatal({ code: fault.code }, `Tocsin could not start. ${fault.says}`);
    process.exit(1);
  }
}
