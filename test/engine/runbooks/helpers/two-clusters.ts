import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../../simulators/kubernetes/index.ts';
import { checkTarget } from '../../../../src/actions/shared/targets.ts';
import { createCluster } from '../../../../src/adapters/kubernetes/index.ts';
import { ACTION_REGISTRY } from '../../../../src/app/built-in.ts';
import { contextsOf } from '../../../../src/app/contexts.ts';
import { guardsOf } from '../../../../src/app/guards.ts';
import { type Config, parseConfig } from '../../../../src/config/load.ts';
import { environmentSchema } from '../../../../src/config/schema.ts';
import type { Check } from '../../../../src/domain/checks.ts';
import { openCatalogue } from '../../../../src/engine/runbooks/load/catalogue.ts';
import { type PreflightReport, preflight } from '../../../../src/engine/runbooks/preflight/preflight.ts';
import { assertWorkable } from '../../../../src/engine/runbooks/remedy/remedy-needs.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';

/** A service whose targets live in two clusters, and a third whose credential plugin hangs. */
export interface TwoClusters {
  /** As an administrator, in the namespace `shop`. */
  readonly home: Cluster;
  readonly away: Cluster;
  readonly config: Config;
  preflight(limit?: number): Promise<PreflightReport>;
  /** As a plan does it. @throws UserError */
  workable(remedy: string): Promise<readonly string[]>;
  /** Whether the evidence store answers. */
  evidence(reachable: boolean): void;
  stop(): Promise<void>;
}

const FILE = (targets: string) => `
services:
  shop:
    name: Shop
    channels: { incidents: C0INC }
    responders: [{ user: U0ADA }]
    kubernetes: { context: home, namespace: shop, guard: { image: kubectl, service_account: tocsin-guard } }
    targets:
${targets}
`;

const RUNBOOK = (diagnose: string, remedies: string) => `
runbook: shop/trouble
title: Trouble
service: shop
severity: P1
diagnose:
${diagnose}
${remedies === '' ? '' : `remedies:\n${remedies}`}
`;

/** Starts both clusters, empty but for the namespace; `targets`, `diagnose` and `remedies` are YAML, moved in by 6, 2 and 2 blanks. */
export async function twoClusters(targets: string, diagnose: string, remedies = ''): Promise<TwoClusters> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-preflight-'));
  const simulators = await Promise.all([1, 2].map(() => startKubernetesSimulator({ seed: [] })));
  const [home, away] = simulators as [KubernetesSimulator, KubernetesSimulator];
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, merged({ home, away }), { mode: 0o600 });
  await writeFile(join(folder, 'trouble.yml'), RUNBOOK(diagnose, remedies));
  const file = parseConfig(FILE(targets), 'tocsin.yml');
  const config: Config = { path: 'tocsin.yml', file, environment: environmentSchema.parse({ KUBECONFIG: kubeconfig }), variables: {} };
  const contexts = contextsOf(config);
  const catalogue = await openCatalogue({ folders: [folder], actions: ACTION_REGISTRY });
  if (catalogue.problems().length > 0) throw new Error(JSON.stringify(catalogue.problems()));
  let reachable = true;
  const deps = {
    actions: ACTION_REGISTRY,
    context: contexts.create,
    catalogue,
    targets: { check: checkTarget },
    guards: guardsOf(config, contexts),
    evidence: {
      location: 's3://evidence',
      get: async () => {
        if (!reachable) throw new Error('connect ECONNREFUSED 192.0.2.1:443');
        return null;
      },
    },
    store: { now: async () => 0 } as never,
  };
  const admin = (simulator: KubernetesSimulator) => createCluster({ kubeconfig: { text: simulator.kubeconfig('admin') }, namespace: 'shop' });
  const clusters = { home: admin(home), away: admin(away) };
  for (const cluster of Object.values(clusters)) await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  return {
    ...clusters,
    config,
    preflight: (limit) => preflight(deps, 'shop', limit),
    workable: (remedy) => assertWorkable(deps, catalogue.list('shop')[0] as never, remedy, {}),
    evidence(answers) {
      reachable = answers;
    },
    async stop() {
      contexts.close();
      catalogue.stop();
      await Promise.all(simulators.map((simulator) => simulator.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What was found of a step that is not well: `failure may not ...`. */
export function found({ steps }: PreflightReport, step: string): readonly string[] {
  const checks: readonly Check[] = steps.find((one) => one.step === step)?.checks ?? [{ state: 'failure', what: 'NOT LOOKED AT', advice: null }];
  return checks.filter(({ state }) => state !== 'ok').map(({ state, what }) => `${state} ${what}`);
}

export function deployment(name: string, labels: Readonly<Record<string, string>> = { app: name }) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.test/app:1' }] } },
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: object }[];
  readonly users: readonly { readonly user: object }[];
}

/** One kubeconfig of several, as whoever may do everything; and the context `hanging`, whose plugin never answers. */
function merged(simulators: Readonly<Record<string, KubernetesSimulator>>): string {
  const parts = Object.entries(simulators).map(([name, simulator]) => ({ name, ...(parse(simulator.kubeconfig('admin')) as Kubeconfig) }));
  const hanging = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['5'], interactiveMode: 'Never' };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'home',
    clusters: parts.map(({ name, clusters }) => ({ name, cluster: clusters[0]?.cluster })),
    users: [...parts.map(({ name, users }) => ({ name, user: users[0]?.user })), { name: 'hanging', user: { exec: hanging } }],
    contexts: [
      ...parts.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
      { name: 'hanging', context: { cluster: 'home', user: 'hanging' } },
    ],
  });
}
