import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../../docs/files.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { buildPrometheus } from '../../helpers/prometheus/build.ts';

/* The shipped alert rules, by Prometheus' own tool. */

const RULES = join(ROOT, 'deploy/prometheus');
const HERE = import.meta.dirname;

let promtool: string;

beforeAll(async () => {
  promtool = join(await buildPrometheus(), 'promtool');
}, BUILD_LIMIT);

async function run(...args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(promtool, args);
    return stdout + stderr;
  } catch (error) {
    throw new Error(`promtool ${args.join(' ')}: ${error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)}`, {
      cause: error,
    });
  }
}

describe('The shipped alert rules', () => {
  test.each(readdirSync(RULES))('%s is one that Prometheus takes, without a complaint', async (name) => {
    expect(await run('check', 'rules', '--lint=all', '--lint-fatal', join(RULES, name))).toContain('SUCCESS');
  });

  test.each(readdirSync(HERE).filter((name) => name.endsWith('.rules-test.yml')))('fire when they have to, and else not: %s', async (name) => {
    expect(await run('test', 'rules', join(HERE, name))).toContain('SUCCESS');
  });
});
