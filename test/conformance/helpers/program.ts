import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Fails, and does not skip, when it is not installed: `install` says how it gets there. */
export async function run(
  program: string,
  args: readonly string[],
  { environment, install }: { readonly environment: Readonly<Record<string, string>>; readonly install: string },
): Promise<Ran> {
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...environment } });
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (out.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} cannot be started; install it with: ${install}`, { cause })));
    child.once('close', resolve);
  });
  return { code, ...out };
}
