import { ACTION_REGISTRY, BUILT_IN, runbookFolders } from '../app/built-in.ts';
import { contextsOf } from '../app/contexts.ts';
import { type Config, isConfigured, loadConfig } from '../config/load.ts';
import { openCatalogue } from '../engine/runbooks/load/catalogue.ts';
import { neededTargets } from '../engine/runbooks/preflight/needed-targets.ts';
import { own } from '../lib/own.ts';
import { TYPED } from '../lib/typed.ts';
import type { Cluster } from '../ports/cluster.ts';
import { knownSettings } from '../rights/service-settings.ts';
import { NOTHING_SEEN, type Seen, targetsBlock } from '../rights/targets-block.ts';
import { type CliCommand, UsageError } from './command.ts';

/** How long (ms) the cluster is waited for: without it the block has more to fill in, and no less is right. */
const LOOK = 10_000;

export const runbookTargets: CliCommand = {
  name: 'runbook targets',
  words: 1,
  usage: 'SERVICE',
  summary: 'Prints the targets and settings of a service’s runbooks, as a block for tocsin.yml.',
  flags: {},
  more: `Works without tocsin.yml, and fills in what it and the cluster know. Example: ${TYPED} runbook targets aureus`,
  async run({ positionals: [service] }) {
    const config = isConfigured() ? loadConfig() : null;
    const catalogue = await openCatalogue({ folders: config === null ? [BUILT_IN] : runbookFolders(config.file), actions: ACTION_REGISTRY });
    const services = [...new Set(catalogue.list().map((runbook) => runbook.service))].join(', ');
    if (service === undefined) throw new UsageError(`Say which service. There are runbooks for ${services}.`);
    const runbooks = catalogue.list(service);
    if (runbooks.length === 0) throw new UsageError(`There are no runbooks for "${service}". There are some for ${services}.`);
    const { targets = {}, settings = {} } = config?.file.services[service] ?? {};
    const shown = knownSettings(runbooks).map(({ name, about, byDefault }) => ({
      name,
      about,
      value: own(settings, name) ?? byDefault,
      configured: own(settings, name) !== undefined,
    }));
    process.stdout.write(targetsBlock(service, neededTargets(ACTION_REGISTRY, runbooks), targets, await look(config, service), shown));
    return 0;
  },
};

/** What the service's cluster has; nothing, and said why, when it cannot be read. */
async function look(config: Config | null, service: string): Promise<Seen> {
  if (config?.file.services[service]?.kubernetes === undefined) return NOTHING_SEEN;
  const contexts = contextsOf(config);
  try {
    return await seenIn(contexts.create({ service, incident: null, signal: AbortSignal.timeout(LOOK) }).cluster());
  } catch (error) {
    console.error(
      `tocsin: the cluster could not be read, so nothing is filled in from it: ${error instanceof Error ? error.message : String(error)}`,
    );
    return NOTHING_SEEN;
  } finally {
    contexts.close();
  }
}

async function seenIn(cluster: Cluster): Promise<Seen> {
  const names = async (apiVersion: string, kind: string) => (await cluster.list({ apiVersion, kind })).map(({ metadata }) => metadata.name);
  const [deployments, statefulSets, daemonSets, claims] = await Promise.all([
    names('apps/v1', 'Deployment'),
    names('apps/v1', 'StatefulSet'),
    names('apps/v1', 'DaemonSet'),
    names('v1', 'PersistentVolumeClaim'),
  ]);
  return {
    workloads: [
      ...deployments.map((name) => ({ kind: 'deployment' as const, name })),
      ...statefulSets.map((name) => ({ kind: 'statefulset' as const, name })),
      ...daemonSets.map((name) => ({ kind: 'daemonset' as const, name })),
    ],
    claims,
  };
}
