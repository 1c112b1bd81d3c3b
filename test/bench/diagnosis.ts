import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { createContexts } from '../../src/app/contexts.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import type { RunbookDeps } from '../../src/engine/runbooks/deps.ts';
import { readDiagnosis } from '../../src/engine/runbooks/diagnose/steps.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import { type Cluster, startCluster } from '../helpers/kubernetes/cluster.ts';
import { until } from '../helpers/kubernetes/parts.ts';
import { type Benchmark, median, medianRatio, type Row, sayRatio } from './benchmark.ts';

const run = promisify(execFile);
const CONFIG = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const PLATFORMS = new URL('../../simulators/kubernetes/platforms/', import.meta.url).pathname;

/** The runbooks' own commands, as somebody types them one after the other (AU-10, SK-30 to SK-35). */
const SCENARIOS: readonly { readonly runbook: string; readonly title: string; readonly commands: readonly (readonly string[])[] }[] = [
  {
    runbook: 'aureus/frontend-down',
    title: 'AUREUS scenario 1 (frontend down)',
    commands: [
      ['get', 'pods', '-n', 'aureus', '-l', 'component=frontend'],
      ['describe', 'deployment', 'aureus-frontend', '-n', 'aureus'],
      ['logs', '-n', 'aureus', '-l', 'component=frontend', '--tail=200'],
    ],
  },
  {
    runbook: 'sark/high-latency',
    title: 'SARK scenario 3 (high latency)',
    commands: [
      ['top', 'pods', '-n', 'sark-system'],
      ['logs', 'deployment/sark-api', '-n', 'sark-system'],
      ['exec', 'deployment/sark-api', '-n', 'sark-system', '--', 'curl', '-s', 'http://opa:8181/health'],
      ['exec', 'deployment/redis', '-n', 'sark-system', '--', 'redis-cli', 'INFO', 'stats'],
    ],
  },
];

/** Rounds of both sides before any counts: a bot that runs has its connections and its code warm. */
const WARM_UP = 10;

/** What the commands in the containers answer: as much as the steps read. */
const CURL = `#!/bin/sh
printf '{"status":"ok"}\\n200 0.004'
`;
const REDIS = `#!/bin/sh
if [ $# -gt 0 ]; then printf 'keyspace_hits:900\\r\\nkeyspace_misses:100\\r\\n'; exit; fi
while read -r command rest; do
  case $command in
    INFO) printf '# Stats\\r\\nkeyspace_hits:900\\r\\nkeyspace_misses:100\\r\\n\\n' ;;
    *) echo 12 ;;
  esac
done
`;

export const diagnosis: Benchmark = {
  name: 'diagnosis',
  about: 'a diagnosis against the written runbook’s own kubectl commands, on a real API server (needs Go)',
  async run({ rounds, say }) {
    const cluster = await startCluster();
    try {
      await furnish(cluster);
      const rows: Row[] = [];
      for (const scenario of SCENARIOS) {
        const diagnose = await bot(cluster, scenario.runbook);
        const ours: number[] = [];
        const theirs: number[] = [];
        for (let round = 1 - WARM_UP; round <= rounds; round += 1) {
          const steps = await timed(diagnose);
          const commands = await timed(async () => {
            // What a command answers matters no more than that it has answered.
            for (const args of scenario.commands)
              await run(`${cluster.programs}/kubectl`, ['--kubeconfig', cluster.kubeconfig('admin'), ...args]).catch(() => undefined);
          });
          if (round < 1) continue;
          ours.push(steps);
          theirs.push(commands);
          say(`${scenario.runbook}, round ${round}: ${Math.round(steps)} ms, kubectl ${Math.round(commands)} ms`);
        }
        const faster = 1 / medianRatio(ours, theirs);
        rows.push({
          what: `Diagnosis of ${scenario.title}, all of its steps`,
          against: `the runbook’s own ${scenario.commands.length} kubectl commands, one after the other, same API server`,
          goal: '10x faster',
          measured: `${faster.toFixed(1)}x faster (${sayRatio(ours, theirs, 'ms').replace(/^[^(]*\(/, '')}`,
          met: median(theirs) / median(ours) >= 10,
        });
      }
      return rows;
    } finally {
      await cluster.stop();
    }
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The bot's own way: every step at once, with its connections warm, as in a bot that runs. */
async function bot(cluster: Cluster, id: string): Promise<() => Promise<unknown>> {
  const file = parseConfig(readFileSync(CONFIG, 'utf8'), CONFIG);
  const contexts = createContexts({
    serviceOf: (service) => file.services[service] ?? null,
    environment: environmentSchema.parse({ KUBECONFIG: cluster.kubeconfig('admin') }),
    variables: {},
    secrets: [],
    now: async () => Date.now(),
  });
  const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
  const runbook = catalogue.get(id);
  if (runbook === null) throw new Error(`There is no runbook ${id}.`);
  const deps = { actions: ACTION_REGISTRY, context: (options) => contexts.create(options) } as Pick<
    RunbookDeps,
    'actions' | 'context'
  > as RunbookDeps;
  return async () => [...(await readDiagnosis(deps, runbook, Object.keys(runbook.diagnose), null)).values()];
}

/** The workloads that the written runbooks presume, with logs and the programs that their commands call. */
async function furnish(cluster: Cluster): Promise<void> {
  for (const namespace of ['aureus', 'sark-system']) await cluster.apply(`apiVersion: v1\nkind: Namespace\nmetadata: { name: ${namespace} }\n`);
  await cluster.addMetricsApi();
  for (const platform of ['aureus', 'sark']) {
    const folder = `${PLATFORMS}${platform}/`;
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.yaml'))) await cluster.apply(readFileSync(folder + name, 'utf8'));
  }
  const line = '2026-11-21T08:00:00Z INFO request handled duration_ms=12 path=/api/v1/servers';
  const slow = '2026-11-21T08:00:01Z WARN slow_query duration_ms=431 select * from audit_events';
  const lines = Array.from({ length: 300 }, (_, i) => (i % 10 === 0 ? slow : line));
  for (const namespace of ['aureus', 'sark-system']) {
    const box = cluster.container({ namespace });
    box.say(lines, new Date());
    box.addProgram('curl', CURL);
    box.addProgram('redis-cli', REDIS);
    box.addProgram('psql', '#!/bin/sh\nexit 0\n');
  }
  await until(
    'the workloads are up',
    async () => {
      const { stdout } = await cluster.kubectl([
        'get',
        'deployments',
        '-A',
        '-o',
        'jsonpath={range .items[*]}{.status.readyReplicas}/{.spec.replicas} {end}',
      ]);
      return stdout
        .trim()
        .split(' ')
        .every((ready) => ready.split('/')[0] === ready.split('/')[1]);
    },
    60_000,
  );
}
