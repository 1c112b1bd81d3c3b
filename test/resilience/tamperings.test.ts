import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { type Audited, buildAudited } from '../evidence/helpers/audited.ts';
import { Copy } from '../evidence/helpers/tamper.ts';
import { TAMPERINGS, type Tampering } from '../evidence/helpers/tamperings.ts';
import { byCommand, byShell, type Found, missingTools, PAGE, type Pins } from '../evidence/helpers/ways.ts';

/** How many are tried at once: the shell's way waits for many small programs. */
const AT_ONCE = 4;
const PATIENCE = 900_000;

interface Outcome {
  readonly command: Found;
  /** `null`: the programs that it takes are not here. */
  readonly shell: Found | null;
}

const shellThere = missingTools('sha256sum', 'openssl', 'jq', 'find').length === 0;
const outcomes = new Map<Tampering, Outcome>();
let root: string;
let audited: Audited;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-tamper-'));
  audited = await buildAudited(await DirectoryStore.open(join(root, 'genuine'), Date.now()));
  const waiting = [...TAMPERINGS.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) outcomes.set(next[1], await attempt(next[1], String(next[0])));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}, PATIENCE);

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function attempt(tampering: Tampering, name: string): Promise<Outcome> {
  const copy = new Copy(join(root, name, 'evidence'));
  await cp(join(root, 'genuine'), copy.directory, { recursive: true });
  await tampering.tamper(copy, audited);
  const place = tampering.place?.(copy) ?? copy.directory;
  const pins = tampering.pins?.(audited) ?? both();
  const shell = shellThere ? await byShell(place, pins) : null;
  const command = await turn(() => byCommand(place, pins));
  await rm(join(root, name), { recursive: true, force: true });
  return { command, shell };
}

function both(): Pins {
  return { key: audited.signer.keyId, anchor: audited.anchor };
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: what the command prints is caught for the whole process. */
function turn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => undefined);
  return result;
}

/** What the command says of each, for reading; `UPDATE_GOLDEN=1` writes it anew. */
const REPORTS = new URL('./tamperings.txt', import.meta.url);
const WORDS = ['VALID', 'ALTERED', 'INCOMPLETE', 'UNCHECKED'];

describe('What was done to the evidence', () => {
  test('there are at least 110 of them', () => expect(TAMPERINGS.length).toBeGreaterThanOrEqual(110));

  test.each(TAMPERINGS.map((tampering) => [tampering.name, tampering.exit, tampering] as const))(
    '%s: exit %i, both ways',
    (_name, exit, tampering) => {
      const { command, shell } = outcomes.get(tampering) as Outcome;
      expect([command.code, command.output]).toEqual([exit, expect.any(String)]);
      if (exit === 1) expect(command.output).toMatch(/^Altered: \S/m);
      if (shell === null) return;
      expect([shell.code, shell.output]).toEqual([exit, expect.stringMatching(new RegExp(`^${WORDS[exit]}: `, 'm'))]);
      if (exit !== 0) expect(shell.output).not.toContain('VALID:');
    },
  );

  test('what the command says of each, to the letter', async () => {
    const [nothing] = TAMPERINGS;
    // What it says of evidence that nobody has touched is said once.
    const usual = new Set(nothing === undefined ? [] : outputOf(nothing));
    const told = TAMPERINGS.filter(({ name }) => !name.includes('one bit')).map((tampering) => {
      const lines = outputOf(tampering).filter((line) => tampering === nothing || !usual.has(line));
      return `## ${tampering.name}\n${lines.join('\n')}\n`;
    });
    const made = told.join('\n');
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(REPORTS, made);
    expect(made).toBe(await readFile(REPORTS, 'utf8').catch(() => 'no golden file; UPDATE_GOLDEN=1 writes it'));
  });

  test('the page shows what both ways found', async () => {
    if (!shellThere) return;
    const page = await readFile(PAGE, 'utf8');
    const made = page.replace(
      /(<!-- tamperings: .*? -->\n)[\s\S]*?(<!-- \/tamperings -->)/,
      (_all, start: string, end: string) => start + table() + end,
    );
    if (process.env.UPDATE_DOCS === '1') await writeFile(PAGE, made);
    expect(await readFile(PAGE, 'utf8')).toBe(made);
  });
});

function outputOf(tampering: Tampering): string[] {
  return alike((outcomes.get(tampering) as Outcome).command.output)
    .trimEnd()
    .split('\n');
}

/** Without what differs from one run to the next: keys, hashes, moments and places. */
function alike(output: string): string {
  return output
    .replaceAll(root, '')
    .replaceAll(process.cwd(), '')
    .replaceAll(/(?<=^|[/ “"'])\d+(?=\/evidence)/gm, 'N')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replaceAll(/(?:[0-9a-f]{4} ){3,}[0-9a-f]{4}/g, 'HEX')
    .replaceAll(/[0-9a-f]{12,}/g, 'HEX')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, 'TIME');
}

function table(): string {
  const rows = TAMPERINGS.map((tampering) => {
    const { command, shell } = outcomes.get(tampering) as Outcome;
    // What a changed bit does to a file depends on where it falls.
    const finding = tampering.name.includes('one bit')
      ? undefined
      : /^(?:altered|unchecked|incomplete|unanchored|unpinned) +([a-z-]+):/m.exec(command.output)?.[1];
    const word = WORDS.find((one) => shell?.output.match(new RegExp(`^${one}:`, 'm')));
    const cells = [
      tampering.name.replaceAll('|', '\\|'),
      `${command.code}${finding === undefined ? '' : ` \`${finding}\``}`,
      `${shell?.code} ${word}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['', '| What was done | The command | The shell |', '|---|---|---|', ...rows, '', ''].join('\n');
}
