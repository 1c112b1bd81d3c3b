import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { contextFilter, copyContext } from './context.ts';
import { execForm, type Instruction, pairsOf, parseDockerfile, wordsOf } from './dockerfile.ts';
import type { Findings } from './findings.ts';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '..', '..');

/** What a Dockerfile comes to. Paths of the image lie below `root`. */
export interface Image {
  readonly root: string;
  readonly base: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly ports: readonly number[];
  readonly volumes: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
}

interface Building {
  root: string;
  workdir: string;
  environment: Record<string, string>;
  user: string;
  ports: number[];
  volumes: string[];
  command: string[];
  healthcheck: string[];
  stopSignal: string;
}

/** Carries out the Dockerfile in `folder`. Throws what an instruction throws. */
export async function buildImage(folder: string, findings: Findings): Promise<Image> {
  const stages = parseDockerfile(readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8'));
  const context = join(folder, 'context');
  await copyContext(REPOSITORY, context, contextFilter(readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8')));
  findings.did('the build context, as .dockerignore lets it through');
  const roots = new Map<string, string>();
  let image: Image | null = null;
  for (const [index, stage] of stages.entries()) {
    const building: Building = {
      root: join(folder, `stage-${index}`),
      workdir: '/',
      environment: {},
      user: 'root',
      ports: [],
      volumes: [],
      command: [],
      healthcheck: [],
      stopSignal: 'SIGTERM',
    };
    await mkdir(building.root);
    roots.set(stage.as ?? String(index), building.root);
    findings.did(`FROM ${stage.image}`);
    for (const instruction of stage.instructions) {
      findings.did(`${instruction.name} ${instruction.rest}`);
      await carryOut(instruction, building, context, roots);
    }
    image = { ...building, base: stage.image };
  }
  if (image === null) throw new Error('The Dockerfile has no stage.');
  await chmod(folder, 0o755);
  findings.check(new Set(stages.map(({ image: base }) => base)).size === 1, 'all stages have one base image, so that what is installed fits');
  return image;
}

async function carryOut({ name, rest, line }: Instruction, building: Building, context: string, roots: ReadonlyMap<string, string>): Promise<void> {
  switch (name) {
    case 'WORKDIR':
      building.workdir = rest;
      await mkdir(join(building.root, rest), { recursive: true });
      return;
    case 'COPY':
      return copy(rest, building, context, roots);
    case 'RUN':
      return execute(rest, building);
    case 'ENV':
      Object.assign(building.environment, Object.fromEntries(pairsOf(rest)));
      return;
    case 'USER':
      building.user = rest;
      return;
    case 'EXPOSE':
      building.ports.push(...rest.split(/\s+/).map(Number));
      return;
    case 'VOLUME':
      building.volumes.push(rest);
      return;
    case 'STOPSIGNAL':
      building.stopSignal = rest;
      return;
    case 'CMD':
      building.command = execForm(rest);
      return;
    case 'HEALTHCHECK':
      building.healthcheck = execForm(rest.slice(rest.indexOf('CMD') + 3).trim());
      return;
    case 'LABEL':
      if (pairsOf(rest).length === 0) throw new Error(`Dockerfile:${line}: LABEL without labels`);
      return;
    default:
      throw new Error(`Dockerfile:${line}: ${name} is not exercised here. Add it to test/docker/build.ts.`);
  }
}

/** Docker's rule: a folder's content goes into the destination, a file goes under its name when the destination ends with a slash. */
async function copy(rest: string, building: Building, context: string, roots: ReadonlyMap<string, string>): Promise<void> {
  const { flags, words } = wordsOf(rest);
  const stage = flags.get('from');
  const from = stage === undefined ? context : roots.get(stage);
  if (from === undefined) throw new Error(`COPY --from=${stage}: there is no such stage`);
  const destination = words.at(-1) ?? '';
  const target = join(building.root, destination.startsWith('/') ? destination : join(building.workdir, destination));
  for (const source of words.slice(0, -1)) {
    const path = join(from, source);
    const found = await stat(path).catch(() => null);
    if (found === null) throw new Error(`COPY ${source}: not in the ${stage === undefined ? 'build context' : `stage ${stage}`}`);
    await cp(path, found.isDirectory() ? target : join(target, basename(source)), { recursive: true, verbatimSymlinks: true });
  }
}

/** Runs the command with the paths of the image moved below the stage's root. Nothing of this machine is touched. */
async function execute(command: string, { root, workdir, environment }: Building): Promise<void> {
  if (command.includes('|') || command.includes('$(')) throw new Error(`RUN ${command}: only plain commands are exercised`);
  for (const part of command.split('&&')) {
    const [program = '', ...args] = part.trim().split(/\s+/);
    if (program === 'install' && process.getuid?.() !== 0) {
      await mkdir(join(root, args.at(-1) ?? ''), { recursive: true, mode: 0o700 });
      continue;
    }
    const moved = args.map((arg) => (arg.startsWith('/') ? join(root, arg) : arg));
    if (program === 'install') await run('mkdir', ['-p', join(root, 'var/lib')]);
    await run(program, moved, { cwd: join(root, workdir), env: { ...process.env, ...environment }, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 });
  }
}
