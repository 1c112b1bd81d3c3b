import type { Config } from '../config.ts';
import type { ServiceConfig } from '../config-schema.ts';
import { type Contexts, contextsOf } from '../contexts.ts';
import { UserError } from '../domain/errors.ts';
import { TYPED } from '../domain/typed.ts';
import { ClusterError } from '../engine/ports/cluster.ts';
import { bad, type Check, good } from './check.ts';

const PATIENCE = 10_000;

/** Whether each service's cluster answers and lets Tocsin look at pods. What its runbooks need in detail is the pre-flight's matter. */
export async function checkClusters(config: Config): Promise<Check[]> {
  const contexts = contextsOf(config);
  try {
    const services = Object.entries(config.file.services).filter(([, { kubernetes }]) => kubernetes !== undefined);
    return await Promise.all(services.map(([id, service]) => checkCluster(id, service, contexts)));
  } finally {
    contexts.close();
  }
}

async function checkCluster(id: string, service: ServiceConfig, contexts: Contexts): Promise<Check> {
  const name = `Cluster of ${id}`;
  const context = contexts.create({ service: id, incident: null, signal: AbortSignal.timeout(PATIENCE) });
  try {
    const cluster = context.cluster();
    const version = (await cluster.raw('/version')) as { gitVersion?: string } | null;
    const { allowed } = await cluster.can({ group: '', resource: 'pods', verbs: ['list'], namespace: cluster.namespace });
    if (!allowed) {
      return bad(name, `${cluster.context}: may not list pods in ${cluster.namespace}`, `Give the rights: ${TYPED} runbook rights prints the Role.`);
    }
    const targets = Object.keys(service.targets).length;
    return good(
      name,
      `${cluster.context}, Kubernetes ${version?.gitVersion ?? 'of unknown version'}, namespace ${cluster.namespace}, ${targets} targets`,
    );
  } catch (error) {
    const said = error instanceof ClusterError || error instanceof UserError ? error.message : 'cannot be reached';
    return bad(name, said, 'Check KUBECONFIG and services.*.kubernetes in tocsin.yml: docs/how-to/connect-a-cluster.md.');
  }
}
