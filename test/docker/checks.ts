import { execFile } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentSchema } from '../../src/config/schema.ts';
import type { Image } from './build.ts';
import type { Findings } from './findings.ts';

const run = promisify(execFile);

const CONTENT = ['LICENSE', 'NOTICE', 'blocks', 'commands', 'manifest.yml', 'node_modules', 'package.json', 'runbooks', 'src'];
const DEFAULT_PORT = 3_000;

/** Looks at what was built: everything that is needed, nothing else, and settings that agree with the code. */
export async function checkImage(image: Image, findings: Findings): Promise<void> {
  const app = join(image.root, image.workdir);
  const there = readdirSync(app).sort();
  findings.check(
    there.join() === CONTENT.join(),
    `${image.workdir} holds ${CONTENT.join(', ')} and nothing else${there.join() === CONTENT.join() ? '' : `; it holds ${there.join(', ')}`}`,
  );
  const local = ['simulators', 'demo', 'node_modules/tocsin-simulators'].filter((name) => existsSync(join(app, name)));
  findings.check(
    local.length === 0,
    `the simulators and the local workspace are left out${local.length === 0 ? '' : `, but not ${local.join(', ')}`}`,
  );
  checkSettings(image, findings);
  checkDependencies(app, findings);
  await checkImports(app, findings);
}

function checkSettings({ base, environment, user, ports, volumes, command, stopSignal, healthcheck }: Image, findings: Findings): void {
  const known = new Set([...Object.keys(environmentSchema.shape), 'NODE_ENV']);
  const unknown = Object.keys(environment).filter((name) => !known.has(name));
  findings.check(unknown.length === 0, `ENV sets only what Tocsin reads${unknown.length === 0 ? '' : `, not ${unknown.join(', ')}`}`);
  findings.check(/^node:24[-.\w]*$/.test(base), `the base image is Node 24 (${base})`);
  findings.check(/^[1-9]\d*(:[1-9]\d*)?$/.test(user), `USER is a number other than root (${user})`);
  const ops = environmentSchema.shape.TOCSIN_OPS_PORT.parse(undefined);
  findings.check(ports.includes(ops) && ports.includes(DEFAULT_PORT), `EXPOSE names the ports that are listened on (${ports.join(', ')})`);
  findings.check(healthcheck.join(' ').includes(String(ops)), `HEALTHCHECK asks the port of /healthz (${ops})`);
  findings.check(volumes.includes(environment.TOCSIN_DATA ?? ''), 'the data lie in a VOLUME');
  findings.check(
    command[0] === 'node' && healthcheck[0] === 'node',
    'CMD and HEALTHCHECK are Node itself, so that signals reach it and no other tool is needed',
  );
  findings.check(stopSignal === 'SIGTERM', 'STOPSIGNAL is the signal that Tocsin drains on');
}

function checkDependencies(app: string, findings: Findings): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const missing = Object.keys(dependencies).filter((name) => !existsSync(join(app, 'node_modules', name)));
  findings.check(missing.length === 0, `every dependency is installed${missing.length === 0 ? '' : `, but not ${missing.join(', ')}`}`);
  const development = ['typescript', 'jest', 'oxlint', '@biomejs/biome', 'playwright-core'].filter((name) => name in devDependencies);
  const installed = development.filter((name) => existsSync(join(app, 'node_modules', name)));
  findings.check(installed.length === 0, `no tool of development is installed${installed.length === 0 ? '' : `, but ${installed.join(', ')}`}`);
}

/** Every package that a source file imports must be there without the dev dependencies, and be one of ours, not one of theirs. */
async function checkImports(app: string, findings: Findings): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const files = globSync(['src/**/*.ts', 'commands/**/*.ts', 'blocks/**/*.ts'], { cwd: app });
  const found = new Map<string, string>();
  for (const file of files)
    for (const specifier of importsOf(readFileSync(join(app, file), 'utf8'))) if (!found.has(specifier)) found.set(specifier, file);
  for (const [specifier, file] of [...found].sort(([left], [right]) => left.localeCompare(right))) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const works = await run(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(specifier)})`], {
      cwd: app,
      timeout: 60_000,
    }).then(
      () => true,
      () => false,
    );
    findings.check(
      works && name in dependencies,
      `${specifier} (${file}) ${works ? 'can be loaded' : 'cannot be loaded'}${name in dependencies ? '' : ', and is no dependency in package.json'}`,
    );
  }
}

/** Packages that are really loaded: types are erased, and Node's own need no package. */
function importsOf(source: string): string[] {
  const imports = [...source.matchAll(/^import (?!type )[^;]*? from '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm)].map(
    ([, fixed, late]) => fixed ?? late ?? '',
  );
  return imports.filter((specifier) => !specifier.startsWith('node:'));
}
