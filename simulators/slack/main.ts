import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { workspaceSeedSchema } from './seed.ts';
import { startSlackSimulator } from './simulator.ts';

const usage = 'usage: node simulators/slack/main.ts --seed file.json [--port N] [--host H] [--http-delivery URL] [--limits slack]';

/** Runs a workspace in a process of its own. Prints one JSON line, `{url, apiUrl}`, when it is ready. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'http-delivery': { type: 'string' },
      /** `slack`: Slack's published rate limits are enforced. */
      limits: { type: 'string', default: 'none' },
    },
  });
  if (values.seed === undefined || !['none', 'slack'].includes(values.limits)) throw new Error(usage);
  const seed = workspaceSeedSchema.parse(JSON.parse(await readFile(values.seed, 'utf8')));
  const deliverTo = values['http-delivery'];
  const simulator = await startSlackSimulator({
    seed,
    port: Number(values.port),
    host: values.host,
    rateLimits: values.limits === 'slack',
    ...(deliverTo === undefined ? {} : { httpDelivery: { url: deliverTo } }),
  });
  process.stdout.write(`${JSON.stringify({ url: simulator.url, apiUrl: simulator.apiUrl })}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void simulator.close().then(() => process.exit(0)));
  }
}

await main();
