import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubernetesSimulator, startKubernetesSimulator } from '../simulators/kubernetes/index.ts';
import { S3Simulator } from '../simulators/s3/index.ts';

/** The rights that Tocsin is given in a cluster: the simulated one holds it to them as a real one would. */
const RBAC = new URL('../../deploy/kubernetes/rbac.yaml', import.meta.url).pathname;

/** The bucket that the local workspace archives into. */
const ARCHIVE_BUCKET = 'tocsin-archive';

/** Variables that the demo's configuration names: what the simulated applications take. */
export const DEMO_VARIABLES: Readonly<Record<string, string>> = { SARK_API_TOKEN: 'sark-simulated-admin-token' };

/** The simulated platforms, and what of the environment points at them. */
export interface Platforms {
  readonly kubernetes: KubernetesSimulator;
  readonly archive: S3Simulator;
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface PlatformsOptions {
  /** Where the kubeconfig is written. */
  readonly data: string;
  /** Where Tocsin talks to them as nobody in particular: `admin`. `tocsin` has the shipped Role only. */
  readonly user?: 'admin' | 'tocsin';
  /** ms of the workspace's clock. */
  readonly now?: () => number;
}

/** Starts the simulated cluster with its platforms, and a bucket. They speak the real protocols; only their addresses differ. */
export async function startPlatforms({ data, user = 'tocsin', now }: PlatformsOptions): Promise<Platforms> {
  const [kubernetes, archive] = await Promise.all([
    startKubernetesSimulator({ manifests: [readFileSync(RBAC, 'utf8')], ...(now === undefined ? {} : { now }) }),
    S3Simulator.start({ buckets: { [ARCHIVE_BUCKET]: { versioned: true } } }),
  ]);
  const kubeconfig = join(data, 'kubeconfig.yml');
  await writeFile(kubeconfig, kubernetes.kubeconfig(user), { mode: 0o600 });
  return {
    kubernetes,
    archive,
    environment: { KUBECONFIG: kubeconfig, AWS_ENDPOINT_URL: archive.url, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'workspace' },
    async stop() {
      await Promise.all([kubernetes.stop(), archive.stop()]);
    },
  };
}
