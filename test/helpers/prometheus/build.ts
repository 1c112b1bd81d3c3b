/**
 * Builds Alertmanager and promtool from the Go module proxy: `node test/helpers/prometheus/build.ts`. Built once and kept below
 * XDG_CACHE_HOME; needs Go (GO, else the PATH, else /usr/local/go), no network afterwards.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { go, goModule } from '../go.ts';

interface Program {
  readonly name: string;
  /** A Go module and its version; it is built by its own go.mod. */
  readonly module: string;
  readonly sum: string;
}

const WHAT = 'Alertmanager and promtool';

const PROGRAMS: readonly Program[] = [
  { name: 'alertmanager', module: 'github.com/prometheus/alertmanager@v0.35.0', sum: 'h1:nbXMjr+P2JaoFd7aHNDxKifEwTPN+TWxM0gNPonuH5w=' },
  { name: 'promtool', module: 'github.com/prometheus/prometheus@v0.316.0', sum: 'h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=' },
];

/** The folder with the programs; builds them if they are not there. */
export async function buildPrometheus(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tocsin-prometheus');
  const folder = join(cache, fingerprint());
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, 'unfinished-'));
  try {
    const programs = join(unfinished, 'programs');
    for (const program of PROGRAMS) await build(program, unfinished, programs);
    // Whoever came first has put the same there.
    if (!existsSync(folder)) renameSync(programs, folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function build({ name, module, sum }: Program, folder: string, programs: string): Promise<void> {
  const published = await goModule(WHAT, module, sum);
  const source = join(folder, name);
  // What is cached there is read-only, and so would its copy be.
  await promisify(execFile)('cp', ['-r', '--no-preserve=mode', published, source]);
  if (name === 'alertmanager') addPages(source);
  // Nobody discovers services here: the clients of all clouds are left out.
  await go(WHAT, source, [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-tags',
    'remove_all_sd',
    '-ldflags',
    '-s -w',
    '-o',
    `${programs}/`,
    `./cmd/${name}`,
  ]);
}

/** The module comes without the pages that the program asks for. */
function addPages(source: string): void {
  for (const page of ['elm', 'mantine']) {
    mkdirSync(join(source, 'ui/app/dist', page), { recursive: true });
    writeFileSync(join(source, 'ui/app/dist', page, 'index.html'), '<!doctype html>\n');
  }
}

/** Whatever changes the programs changes their folder. */
function fingerprint(): string {
  const source = readFileSync(import.meta.filename, 'utf8');
  return createHash('sha256').update(`${process.platform} ${process.arch} ${source}`).digest('hex').slice(0, 12);
}

if (import.meta.main) console.log(await buildPrometheus());
