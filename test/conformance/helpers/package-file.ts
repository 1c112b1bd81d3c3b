import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './program.ts';

export interface PackageFile {
  /** With its version: `@octokit/openapi@23.0.2`. */
  readonly name: string;
  /** The file’s path in the package. */
  readonly inside: string;
  /** Of the file. */
  readonly sha256: string;
  /** The folder below XDG_CACHE_HOME in which it is kept. */
  readonly folder: string;
}

/** Where a file of a package lies that is not among the dependencies; the first time it is fetched with npm. */
export async function packageFile({ name, inside, sha256, folder: cacheName }: PackageFile): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), cacheName);
  const file = join(cache, `${sha256}.json`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'unfinished-'));
  try {
    // What npm is told of proxies and registries is in the environment.
    const own = Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
    const environment = { ...Object.fromEntries(own), npm_config_cache: join(folder, 'npm') };
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder, name], { environment, install: 'Node.js with npm' });
    if (packed.code !== 0) throw new Error(`${name} cannot be fetched: ${packed.stderr}`);
    const archive = join(folder, packed.stdout.trim());
    const unpacked = await run('tar', ['-xzf', archive, '-C', folder, inside], { environment: {}, install: 'apt-get install tar' });
    if (unpacked.code !== 0) throw new Error(`${archive} cannot be unpacked: ${unpacked.stderr}`);
    const found = createHash('sha256')
      .update(readFileSync(join(folder, inside)))
      .digest('hex');
    if (found !== sha256) throw new Error(`${name} is not the one that was looked at: ${found}`);
    renameSync(join(folder, inside), file);
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
