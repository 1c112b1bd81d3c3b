import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { find, ROOT } from '../docs/files.ts';
import { type Mutant, mutantsOf, sample } from './mutants.ts';

const HELP = `Breaks the program in many places, one at a time, and looks whether a test notices.

Usage: npm run mutation -- [--count N] [--only NAME] [--seed N]

  --count N    places in all (100)
  --only NAME  decider, approvals, evidence or reach (all)
  --seed N     which places (1)`;

/** What is broken, and the tests that have to notice: those that take minutes are asked only where the others notice nothing. */
const PARTS: Readonly<Record<string, { readonly files: readonly string[]; readonly tests: readonly string[]; readonly slow?: readonly string[] }>> = {
  decider: {
    files: [
      'src/domain/incident/decide*.ts',
      'src/domain/incident/timers.ts',
      'src/domain/incident/promises.ts',
      'src/domain/incident/evolve.ts',
      'src/domain/records/*.ts',
    ],
    tests: ['test/domain'],
    slow: ['test/engine/notices', 'test/e2e/mail', 'test/e2e/reach', 'test/e2e/incident.test'],
  },
  approvals: {
    files: ['src/domain/change/*.ts', 'src/engine/runbooks/remedy/planning.ts'],
    tests: ['test/domain', 'test/engine/runbooks', 'test/engine/drills', 'test/commands'],
    slow: ['test/e2e/approvals', 'test/platforms/aureus-frontend', 'test/platforms/remedies-that-help'],
  },
  evidence: {
    files: ['src/evidence/chain.ts', 'src/evidence/checkpoint.ts', 'src/evidence/signed-chain.ts', 'src/evidence/verify/*.ts'],
    tests: ['test/evidence/', 'test/resilience/tamperings'],
  },
  reach: {
    files: ['src/engine/reach/*.ts', 'src/engine/incidents/notices/*.ts'],
    tests: ['test/engine/(notices|mail|page|canvas|patience|going-first|room-archive|carry-over)', 'test/blocks/golden', 'test/domain'],
    slow: ['test/e2e/(reach|room|page-path)', 'test/e2e/incident.test', 'test/resilience/page-refused'],
  },
};

/** A copy of the program to be broken, with the tests and what they need. */
function copyProgram(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tocsin-mutation-'));
  const files = find('{src,commands,blocks,runbooks,demo,simulators,test,deploy,docs}/**/*', '*.{json,js,yml,md}', 'Dockerfile', '.oxlintrc.json');
  for (const file of files) {
    const bytes = readOrNull(join(ROOT, file));
    if (bytes === null) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), bytes);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** How long (ms) the tests may take while nothing is broken. */
const PATIENCE = 1_800_000;

/** Tests, and how long (ms) they may take with a change: what takes three times as long as without hangs. */
interface Suite {
  readonly tests: readonly string[];
  readonly patience: number;
}

/** Tests that pass by themselves: others would notice everything. @throws when they do not */
async function passing(copy: string, name: string, tests: readonly string[]): Promise<Suite> {
  const begun = performance.now();
  if (!(await passes(copy, tests, PATIENCE))) throw new Error(`The tests of ${name} fail before anything is broken`);
  return { tests, patience: 3 * (performance.now() - begun) + 60_000 };
}

/** Whether a test fails with this change. One that hangs has noticed as well. */
async function isNoticed(copy: string, { path, text }: Mutant, suites: readonly Suite[]): Promise<boolean> {
  const place = join(copy, path);
  const before = readFileSync(place);
  writeFileSync(place, text);
  try {
    for (const { tests, patience } of suites) if (!(await passes(copy, tests, patience))) return true;
    return false;
  } finally {
    writeFileSync(place, before);
  }
}

/** Jest starts processes of its own: all of them end with it. */
function passes(cwd: string, tests: readonly string[], patience: number): Promise<boolean> {
  const jest = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--bail',
    '--silent',
    '--testPathIgnorePatterns',
    '/node_modules/',
    '--',
    ...tests,
  ];
  const child = spawn(process.execPath, jest, { cwd, stdio: 'ignore', detached: true });
  const endAll = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  };
  const impatient = setTimeout(endAll, patience);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      clearTimeout(impatient);
      endAll();
      done(code === 0);
    });
  });
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
});
if (values.help === true) {
  console.log(HELP);
} else {
  const chosen = Object.entries(PARTS).filter(([name]) => values.only === undefined || values.only === name);
  const each = Math.ceil(Number(values.count) / chosen.length);
  const copy = copyProgram();
  let caught = 0;
  let total = 0;
  try {
    for (const [name, { files, tests, slow = [] }] of chosen) {
      const mutants = sample(
        find(...files).flatMap((path) => mutantsOf(path, readFileSync(join(ROOT, path), 'utf8'))),
        each,
        Number(values.seed),
      );
      const suites: Suite[] = [];
      for (const some of [tests, slow]) if (some.length > 0) suites.push(await passing(copy, name, some));
      let noticed = 0;
      for (const mutant of mutants) {
        if (await isNoticed(copy, mutant, suites)) noticed += 1;
        else console.log(`  not noticed: ${mutant.path}:${mutant.line}  ${mutant.from}  →  ${mutant.to}`);
      }
      console.log(`${name}: ${noticed} of ${mutants.length} noticed`);
      caught += noticed;
      total += mutants.length;
    }
    console.log(`\n${caught} of ${total} noticed`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  if (caught < total * 0.9) process.exitCode = 1;
}
