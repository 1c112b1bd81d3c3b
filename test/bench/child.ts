import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A Node process that is measured, or that stands for something elsewhere. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line it prints; rejects when it ends without one. */
  line(): Promise<string>;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** How much of what a child prints is kept (characters): a log nobody reads must not fill the memory. */
const KEPT = 20_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a TypeScript file, named relative to this folder. */
export function startChild(file: string, args: readonly string[] = [], env: Record<string, string> = {}): Child {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { env: { ...inherited(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-KEPT);
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  void ended.then(() => running.delete(child));
  return {
    process: child,
    async line() {
      const exit = ended.then((code) => {
        throw new Error(`${file} ended with ${code}.\n${output}${errors}`);
      });
      exit.catch(() => undefined);
      while (!output.includes('\n')) await Promise.race([new Promise((done) => child.stdout.once('data', done)), exit]);
      const at = output.indexOf('\n');
      const line = output.slice(0, at);
      output = output.slice(at + 1);
      return line;
    },
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}

/** What the children need of the environment, and nothing that would configure Tocsin. */
function inherited(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
