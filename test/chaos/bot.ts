import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface BotOptions {
  readonly workspace: string;
  readonly data: string;
  readonly evidence: string;
  readonly databaseUrl: string | null;
  readonly kubeconfig?: string;
}

/** One replica of the bot in a process of its own, to be killed. */
export interface Bot {
  /** Resolves when it says that it is ready, or has ended. */
  readonly ready: Promise<void>;
  readonly exited: Promise<number | null>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  output(): string;
}

/** Starts a replica against a workspace that runs elsewhere. */
export function startBot(options: BotOptions): Bot {
  const args = [
    CLI,
    'demo',
    '--workspace',
    options.workspace,
    '--data',
    options.data,
    '--evidence',
    options.evidence,
    ...(options.databaseUrl === null ? [] : ['--database', options.databaseUrl]),
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
  ];
  return watched(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Starts a replica as it runs in production, configured by its environment alone. */
export function startConfigured(environment: Readonly<Record<string, string>>): Bot {
  return watched(spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH ?? '', ...environment } }));
}

function watched(child: ChildProcess): Bot {
  let output = '';
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const hear = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000);
    if (output.includes('Tocsin is ready')) isReady();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  void exited.then(() => isReady());
  return {
    ready,
    exited,
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
    signal: (signal) => void child.kill(signal),
    output: () => output,
  };
}
