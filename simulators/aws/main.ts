import { parseArgs } from 'node:util';
import { startAwsSimulator } from './simulator.ts';

/** Runs an account in a process of its own. Prints one JSON line, `{url, environment}`, when it is ready. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, fault: { type: 'string', multiple: true, default: [] } } });
  const simulator = await startAwsSimulator({ port: Number(values.port) });
  for (const fault of values.fault) await simulator.faults.set(fault, true);
  process.stdout.write(`${JSON.stringify({ url: simulator.url, environment: simulator.environment() })}\n`);
  const stop = (): void => void simulator.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

await main();
