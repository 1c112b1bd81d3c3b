import type { Cluster } from '../../ports/cluster.ts';
import { KubernetesCluster } from './cluster.ts';
import { connection, type KubeconfigSource } from './connection.ts';
import { Flights } from './flights.ts';
import { defaultPace, type Pace } from './retry.ts';
import { semaphore } from './semaphore.ts';
import { MAX_AT_ONCE, type Shared, TIMEOUT_MS } from './shared.ts';

export interface ClusterOptions {
  readonly kubeconfig: KubeconfigSource;
  /** A context of the kubeconfig; its current one unless told. */
  readonly context?: string | undefined;
  readonly namespace: string;
  /** Every request in flight is given up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Of one try; 30 s unless told. */
  readonly timeoutMs?: number | undefined;
  readonly pace?: Partial<Pace> | undefined;
}

/** One API server, whose sockets, credentials and limit of eight requests at once all namespaces share. */
export interface Kubernetes {
  readonly context: string;
  /** `signal`: every request in flight is given up when it is aborted, as at the end of a step. */
  cluster(namespace: string, signal?: AbortSignal): Cluster;
  close(): void;
}

/** An adapter of @kubernetes/client-node's credentials with a request function of our own. Reads nothing before the first request. */
export function openKubernetes(options: Omit<ClusterOptions, 'namespace' | 'signal'>): Kubernetes {
  const link = connection(options.kubeconfig, options.context);
  const shared: Shared = {
    link,
    limit: semaphore(MAX_AT_ONCE),
    limitExec: semaphore(MAX_AT_ONCE),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    pace: { ...defaultPace, ...options.pace },
    resources: new Map(),
    flights: new Flights(),
  };
  return {
    get context() {
      return link.context;
    },
    cluster: (namespace, signal) => new KubernetesCluster(shared, namespace, signal),
    close: () => link.close(),
  };
}

/** One cluster and namespace. Where several namespaces of a cluster are in use, `openKubernetes` shares the sockets. */
export function createCluster(options: ClusterOptions): Cluster {
  return openKubernetes(options).cluster(options.namespace, options.signal);
}
