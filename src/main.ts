import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { redactedLog } from './redacted-log.ts';
import { secretsOf } from './secrets.ts';
import { startTocsin } from './wire.ts';

/** Runs Tocsin against Slack as configured, until SIGTERM or SIGINT: then it drains and ends. */
export async function runTocsin(): Promise<void> {
  const config = loadConfig();
  const logger = pino({ level: config.environment.LOG_LEVEL }, redactedLog(secretsOf(config)));
  const tocsin = await startTocsin(config, logger);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  logger.info({ signal }, 'Tocsin drains and ends');
  await tocsin.stop();
}

if (import.meta.main) {
  try {
    await runTocsin();
  } catch (error) {
    pino(redactedLog([])).fatal({ err: error }, 'Tocsin could not start');
    process.exitCode = 1;
  }
}
