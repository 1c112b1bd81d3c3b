import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { CLI_COMMANDS } from '../../src/cli/registry.ts';
import { read } from '../docs/files.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

function tocsin(...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TOCSIN_CONFIG: '/nowhere/tocsin.yml' },
  });
  return { status, out: stdout, err: stderr };
}

describe('tocsin', () => {
  test('alone shows its commands', () => {
    const { out, status } = tocsin();
    expect(status).toBe(0);
    for (const { name, summary } of CLI_COMMANDS) expect(out).toMatch(new RegExp(`${name} .*${summary.slice(0, 20)}`));
  });

  test.each(CLI_COMMANDS.map(({ name }) => [name]))('%s --help shows its flags and writes nothing', (name) => {
    const { out, status } = tocsin(...name.split(' '), '--help');
    expect(status).toBe(0);
    expect(out).toContain(`Usage: npm run -s tocsin -- ${name}`);
    for (const flag of Object.keys(CLI_COMMANDS.find((command) => command.name === name)?.flags ?? {})) expect(out).toContain(`--${flag}`);
  });

  test.each([['--version'], ['-v']])('%s says which version this is', (flag) => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(tocsin(flag)).toMatchObject({ status: 0, out: `${version}\n` });
  });

  test('suggests the command, and refuses a flag that is none, with exit code 2', () => {
    expect(tocsin('evidnce', 'verify')).toMatchObject({ status: 2, err: expect.stringContaining('Did you mean "evidence') });
    expect(tocsin('doctor', '--jsn')).toMatchObject({ status: 2, err: expect.stringContaining('--jsn') });
  });

  test('names the file that is missing', () => {
    expect(tocsin('doctor')).toMatchObject({ status: 1, err: expect.stringContaining('/nowhere/tocsin.yml does not exist') });
  });

  test('says nothing is valid where nothing is', () => {
    expect(tocsin('evidence', 'verify', '--store', '/nowhere')).toMatchObject({ status: 3, err: expect.stringContaining('/nowhere') });
    expect(tocsin('evidence', 'verify', '--store', fileURLToPath(new URL('.', import.meta.url)))).toMatchObject({ status: 3 });
  });

  test.each([[['--jsn']], [['--key', 'abc']], [['--anchor', '42']], [['INC-42']], [[]], [['--store', 's3://bucket', '--key', '']]])(
    'evidence verify %j could not be checked: exit code 3',
    (args) => expect(tocsin('evidence', 'verify', ...args)).toMatchObject({ status: 3, err: expect.stringContaining('tocsin:') }),
  );

  test.each([
    [['evidence', 'export']],
    [['evidence', 'export', 'INC-2026-0001']],
    [['evidence', 'repair']],
    [['runbook', 'check', '/nowhere']],
    [['runbook', 'lint', '/nowhere']],
    [['doctor', 'slack']],
    [['migrate', 'up']],
    [['runbook', 'rights', 'aureus', 'sark']],
    [['--jsn']],
    [['help', 'docter']],
  ])('%j is wrong usage: exit code 2', (args) => expect(tocsin(...args)).toMatchObject({ status: 2 }));

  test('uses no colours where nobody sees them', () => {
    expect(tocsin('evidnce').err).not.toContain('\u001b[');
  });
});
