import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { startTocsin } from './wire.ts';

/** Runs Tocsin against Slack as configured, until SIGTERM or SIGINT: then it drains and ends. */
export async function runTocsin(): Promise<void> {
  const config = loadConfig();
  const logger = pino({ level: config.environment.LOG_LEVEL });
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
    pino().fatal({ err: error }, 'Tocsin could not start');
    process.exitCode = 1;
  }
}
