import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startKubernetesSimulator } from './simulator.ts';

/** Runs a cluster in a process of its own. Writes a kubeconfig and prints one JSON line, `{url, outsideUrl, kubeconfig}`, when it is ready. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      kubeconfig: { type: 'string', default: 'kubeconfig-simulated.yaml' },
      user: { type: 'string', default: 'admin' },
    },
  });
  const user = values.user === 'tocsin' ? 'tocsin' : 'admin';
  const simulator = await startKubernetesSimulator({ port: Number(values.port) });
  await writeFile(values.kubeconfig, simulator.kubeconfig(user), { mode: 0o600 });
  process.stdout.write(`${JSON.stringify({ url: simulator.url, outsideUrl: simulator.outsideUrl, kubeconfig: values.kubeconfig })}\n`);
  const stop = (): void => void simulator.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

await main();
