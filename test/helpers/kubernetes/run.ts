/**
 * `node test/helpers/kubernetes/run.ts -- COMMAND...` starts a throw-away cluster (cluster.ts), runs COMMAND with KUBECONFIG (and
 * TOCSIN_TEST_KUBECONFIG, both for the administrator) and TOCSIN_TEST_KUBECONFIG_TOCSIN set and the cluster's kubectl first in its
 * PATH, stops it and exits with COMMAND's code. Without COMMAND it prints the variables and runs until it is interrupted.
 */
import { spawn } from 'node:child_process';
import { startCluster } from './cluster.ts';

async function main(): Promise<number> {
  const command = process.argv.slice(process.argv.indexOf('--') + 1);
  // An interrupt ends COMMAND, and with it this.
  const interrupted = new Promise<number>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(130));
  });
  const cluster = await startCluster();
  try {
    const variables = {
      KUBECONFIG: cluster.kubeconfig('admin'),
      TOCSIN_TEST_KUBECONFIG: cluster.kubeconfig('admin'),
      TOCSIN_TEST_KUBECONFIG_TOCSIN: cluster.kubeconfig('tocsin'),
      TOCSIN_TEST_CLUSTER: cluster.directory,
      PATH: `${cluster.programs}:${process.env['PATH'] ?? ''}`,
    };
    if (!process.argv.includes('--') || command[0] === undefined) {
      for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${value}`);
      // Nothing else keeps this process: the cluster's parts do not count.
      const alive = setInterval(() => {}, 60_000);
      const code = await interrupted;
      clearInterval(alive);
      return code;
    }
    const child = spawn(command[0], command.slice(1), { stdio: 'inherit', env: { ...process.env, ...variables } });
    const ended = new Promise<number>((done, fail) => child.once('error', fail).once('exit', (code) => done(code ?? 1)));
    const code = await Promise.race([ended, interrupted]);
    if (child.exitCode === null) child.kill();
    return code;
  } finally {
    await cluster.stop();
  }
}

process.exitCode = await main();
