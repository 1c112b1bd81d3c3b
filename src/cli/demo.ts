import { pino } from 'pino';
import type { startDemo } from '../../demo/index.ts';
import { TocsinError } from '../domain/errors.ts';
import { surviveUnexpected } from '../ops/survival.ts';
import { type CliCommand, portFlag, textFlag, UsageError } from './command.ts';
import { paint } from './terminal.ts';

const PORT = 4_400;

/** The local workspace, which a production image does not carry. */
async function loadDemo(): Promise<{ readonly startDemo: typeof startDemo }> {
  try {
    return await import('../../demo/index.ts');
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new TocsinError('no-local-workspace', 'This installation has no local workspace. Clone the repository and type: npm ci && npm start', {
      cause: error,
    });
  }
}

export const demo: CliCommand = {
  name: 'demo',
  words: Infinity,
  usage: '[--port N] [--data DIR]',
  summary: 'Starts the bot with a local Slack-like workspace; no account is needed.',
  flags: {
    port: { type: 'string', value: 'N', summary: `The page's port (${PORT}; 0 takes a free one).` },
    data: { type: 'string', value: 'DIR', summary: 'Where database, key and evidence lie (./data/workspace). Each start begins afresh.' },
    evidence: { type: 'string', value: 'DIR', summary: 'Where the evidence is, if not under --data.' },
    workspace: { type: 'string', value: 'URL', summary: 'Uses a workspace that runs already, and keeps the data.' },
    database: { type: 'string', value: 'URL', summary: 'Uses a PostgreSQL database instead of the embedded one.' },
    kubeconfig: { type: 'string', value: 'FILE', summary: 'With --workspace: a cluster that runs already.' },
    'ops-port': { type: 'string', value: 'N', summary: 'The port of /healthz, /readyz and /metrics (a free one).' },
    verbose: { type: 'boolean', summary: 'Shows the log.' },
  },
  async run(invocation) {
    const started = performance.now();
    const [word] = invocation.positionals;
    if (word !== undefined)
      throw new UsageError(`"${word}" is not an option. Name a port with --port ${PORT}; with npm: npm start -- --port ${PORT}`);
    const ports = { port: portFlag(invocation, 'port', PORT), opsPort: portFlag(invocation, 'ops-port', 0) };
    const logger = pino({ level: invocation.flags.verbose === true ? 'info' : 'warn' });
    console.log('Starting a local workspace ...');
    const workspaceOf = await loadDemo();
    const survival = surviveUnexpected(logger);
    const workspace = textFlag(invocation, 'workspace');
    const evidence = textFlag(invocation, 'evidence');
    const database = textFlag(invocation, 'database');
    const kubeconfig = textFlag(invocation, 'kubeconfig');
    const running = await workspaceOf.startDemo({
      ...ports,
      data: textFlag(invocation, 'data') ?? './data/workspace',
      ...(workspace === undefined ? {} : { workspace }),
      ...(evidence === undefined ? {} : { evidence }),
      ...(database === undefined ? {} : { databaseUrl: database }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      outside: true,
      logger,
    });
    survival.tell(running.tocsin.unexpected);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`
${paint('green', '✓')} Tocsin is ready in ${seconds} s.

  Workspace  ${paint('bold', running.url)}
  Evidence   ${running.evidence}
  Customers  ${running.statusPage ?? 'none'} (the status page of SARK: /incident notice)
  Health     http://127.0.0.1:${running.tocsin.ops.port}/readyz

Open the workspace and type ${paint('bold', '/incident declare P1')}. Ctrl+C ends it.`);
    const signal = new Promise<null>((resolve) => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(null));
    });
    const why = await Promise.race([signal, running.tocsin.mustEnd]);
    if (why !== null) logger.fatal({ err: why }, 'Tocsin has to end: it drains and ends');
    await running.stop();
    return why === null ? 0 : 1;
  },
};
