import type { Environment } from '../../config/schema.ts';
import { askBot } from '../../ops/control.ts';

/** The metrics of the bot that runs on this machine, as it gives them; `null` where none does. */
export async function metricsOfRunning({ TOCSIN_OPS_HOST: host, TOCSIN_OPS_PORT: port }: Environment): Promise<string | null> {
  try {
    const at = host === '0.0.0.0' ? '127.0.0.1' : host;
    return await (await fetch(`http://${at.includes(':') ? `[${at}]` : at}:${port}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
  } catch {
    return null;
  }
}

/** Whether a bot runs here with this data. */
export async function botRuns({ TOCSIN_DATA: data }: Environment): Promise<boolean> {
  try {
    await askBot(data, '/page-path', {});
    return true;
  } catch {
    return false;
  }
}
