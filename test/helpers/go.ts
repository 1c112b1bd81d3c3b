import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The `go` to build with: GO, else the PATH's, else /usr/local/go's. `what` is built, for the error. @throws Error when there is none */
export function findGo(what: string): string {
  if (process.env['GO'] !== undefined) return process.env['GO'];
  const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'go'));
  const found = [...onPath, '/usr/local/go/bin/go'].find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${what} needs Go 1.26 or newer, and there is no \`go\`: install it or set GO.`);
  return found;
}

/** Runs `go` and returns what it printed. @throws Error with what it said */
export async function go(what: string, cwd: string, args: readonly string[]): Promise<string> {
  const env = { GOMAXPROCS: '2', ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  const { stdout } = await promisify(execFile)(findGo(what), args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** The folder of a module's source, from the module proxy or its cache. @throws Error when it is another than the one with this sum */
export async function goModule(what: string, module: string, sum: string): Promise<string> {
  const said = await go(what, tmpdir(), ['mod', 'download', '-json', module]);
  const { Dir, Sum } = JSON.parse(said) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum) throw new Error(`${module} is another than the one that was looked at: ${Sum}`);
  return Dir;
}
