import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { runCli } from '../../../src/cli/run.ts';

export const PAGE = join(import.meta.dirname, '../../../docs/how-to/verify-evidence.md');

/** What an auditor brings, besides the place. */
export interface Pins {
  readonly key?: string;
  readonly anchor?: string;
}

export interface Found {
  readonly code: number | null;
  readonly output: string;
}

/** Word for word what an auditor pastes: all fenced blocks of bash, in their order. */
export function script(): string {
  return [...readFileSync(PAGE, 'utf8').matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
}

/** The programs of the shell's way that are not here. In CI they must be. */
export function missingTools(...tools: readonly string[]): string[] {
  const missing = tools.filter((tool) => {
    try {
      execFileSync('bash', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length > 0 && process.env.CI !== undefined) throw new Error(`CI must have ${missing.join(', ')}`);
  if (missing.length > 0) console.warn(`NOT TESTED: the documented shell procedure needs ${missing.join(', ')}. Install them to run it.`);
  return missing;
}

/** The command line, as it is typed. */
export async function byCommand(store: string, { key, anchor }: Pins): Promise<Found> {
  const lines: string[] = [];
  const listen = (...said: unknown[]) => void lines.push(said.join(' '));
  const spies = [jest.spyOn(console, 'log').mockImplementation(listen), jest.spyOn(console, 'error').mockImplementation(listen)];
  try {
    const pins = [
      ...(key === undefined ? [] : key.split(' ').flatMap((one) => ['--key', one])),
      ...(anchor === undefined ? [] : ['--anchor', anchor]),
    ];
    const code = await runCli(['evidence', 'verify', '--store', store, ...pins]);
    return { code, output: lines.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The documented procedure; a minute is more than it ever takes, unless it hangs. */
export function byShell(store: string, { key, anchor }: Pins, environment: Record<string, string> = {}): Promise<Found> {
  const pins = { ...(key === undefined ? {} : { PINNED: key }), ...(anchor === undefined ? {} : { ANCHOR: anchor }) };
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', STORE: store, ...pins, ...environment };
  return new Promise((resolve) => {
    const child = execFile('bash', ['-s'], { env, timeout: 120_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr });
    });
    child.stdin?.end(script());
  });
}
