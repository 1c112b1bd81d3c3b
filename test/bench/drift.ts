import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startVaultMesh, type VaultMesh } from '../../demo/vaultmesh.ts';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { createContexts } from '../../src/app/contexts.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import type { RunbookDeps } from '../../src/engine/runbooks/deps.ts';
import { readDiagnosis } from '../../src/engine/runbooks/diagnose/steps.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import { type Benchmark, median, medianRatio, sayRatio } from './benchmark.ts';

const run = promisify(execFile);
const CONFIG = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const RUNBOOK = 'vaultmesh-oracle/guardrail-drift';

export const drift: Benchmark = {
  name: 'drift',
  about: '/drift investigate against the written runbook’s own aws, git and jq commands, on the same simulated servers (needs aws, git and jq)',
  async run({ rounds, say }) {
    const vaultmesh = await startVaultMesh({ now: Date.now, buckets: [] });
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-drift-'));
    try {
      await vaultmesh.faults.set('guardrail-console-change', true);
      const investigate = await bot(vaultmesh);
      const written = await commands(vaultmesh, folder);
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        // CloudTrail takes two look-ups a second; neither side is to wait for the other's.
        await new Promise((done) => setTimeout(done, 1_100));
        const started = performance.now();
        await investigate();
        const between = performance.now();
        await written();
        const ended = performance.now();
        if (round === 0) continue;
        ours.push(between - started);
        theirs.push(ended - between);
        say(`round ${round}: ${Math.round(between - started)} ms, by hand ${Math.round(ended - between)} ms`);
      }
      return [
        {
          what: '`/drift investigate`, all of its steps and the verdict',
          against: 'the runbook’s own aws, git and jq commands, one after the other, same simulated servers',
          goal: '10x faster',
          measured: `${(1 / medianRatio(ours, theirs)).toFixed(1)}x faster (${sayRatio(ours, theirs, 'ms').replace(/^[^(]*\(/, '')}`,
          met: median(theirs) / median(ours) >= 10,
        },
      ];
    } finally {
      await vaultmesh.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The bot's own way: with its clients loaded and its connections warm, as in a bot that runs. */
async function bot(vaultmesh: VaultMesh): Promise<() => Promise<unknown>> {
  const file = parseConfig(readFileSync(CONFIG, 'utf8'), CONFIG);
  const contexts = createContexts({
    serviceOf: (service) => file.services[service] ?? null,
    environment: environmentSchema.parse(vaultmesh.environment),
    variables: {},
    secrets: [],
    now: async () => Date.now(),
  });
  const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
  const runbook = catalogue.get(RUNBOOK);
  if (runbook === null) throw new Error(`There is no ${RUNBOOK}.`);
  const deps = { actions: ACTION_REGISTRY, context: (options: Parameters<typeof contexts.create>[0]) => contexts.create(options) } as RunbookDeps;
  return async () => {
    const results = await readDiagnosis(deps, runbook, Object.keys(runbook.diagnose), null);
    const failed = [...results].filter(([, { ok }]) => !ok).map(([name, { summary }]) => `${name}: ${summary}`);
    if (failed.length > 0) throw new Error(failed.join('\n'));
  };
}

/** What the written runbook has somebody type until the scenario is known (VO-02 to VO-08). */
async function commands(vaultmesh: VaultMesh, folder: string): Promise<() => Promise<void>> {
  const { aws, github } = vaultmesh;
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...aws.environment('admin') };
  const call = (program: string, args: readonly string[]) => run(program, [...args], { env, cwd: folder }).then(({ stdout }) => stdout);
  await call('git', ['init', '-q']);
  const source = '02-qbusiness/guardrails/topic-controls.json';
  await mkdir(join(folder, '02-qbusiness/guardrails'), { recursive: true });
  await writeFile(join(folder, source), github.repository.file(source) ?? '');
  await call('git', ['add', '.']);
  await call('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', 'commit', '-qm', 'source']);
  const bucket = aws.vaultmesh.names.auditBucket;
  return async () => {
    const listed = await call('aws', ['s3', 'ls', `s3://${bucket}/audit/drift/`]);
    const stamp =
      /guardrail-drift-(\S+)\.json/.exec(
        listed
          .trim()
          .split('\n')
          .findLast((line) => line.includes('guardrail-drift-')) ?? '',
      )?.[1] ?? '';
    for (const name of [`drift-${stamp}.json`, `local-${stamp}.json`, `remote-${stamp}.json`, `diff-${stamp}.patch`])
      await call('aws', ['s3', 'cp', `s3://${bucket}/audit/drift/guardrail-${name}`, `./evidence-${name.slice(0, 5)}`]);
    await call('jq', ['-r', '.git_sha', 'evidence-drift']);
    await call('git', ['log', '-1', '--oneline']);
    const attribute = 'AttributeKey=EventName,AttributeValue=UpdateChatControlsConfiguration';
    const query = 'Events[*].[EventTime,Username]';
    await call('aws', ['cloudtrail', 'lookup-events', '--lookup-attributes', attribute, '--max-results', '5', '--query', query, '--output', 'table']);
    await call('git', ['status']);
    await call('git', ['diff', 'HEAD', source]);
  };
}
