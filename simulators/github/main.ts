import { parseArgs } from 'node:util';
import { startGitHubSimulator } from './simulator.ts';

/** Runs a GitHub in a process of its own. Prints one JSON line, `{url, token, repository}`, when it is ready. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      webhook: { type: 'string' },
      'webhook-secret': { type: 'string', default: 'webhook-secret-of-the-simulator' },
    },
  });
  const webhooks = values.webhook === undefined ? [] : [{ url: values.webhook, secret: values['webhook-secret'] }];
  const simulator = await startGitHubSimulator({ port: Number(values.port), webhooks, token: 'github-token-of-the-simulator' });
  process.stdout.write(`${JSON.stringify({ url: simulator.url, token: simulator.token, repository: simulator.repository.fullName })}\n`);
  const stop = (): void => void simulator.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

await main();
