import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubernetesSimulator, startKubernetesSimulator } from '../simulators/kubernetes/index.ts';
import type { Platforms as Faults } from '../simulators/slack/index.ts';
import { GUARD_TRIP_SECRET, type ProvabilityFabric, provabilityFabric } from './provability-fabric.ts';
import { startVaultMesh, type VaultMesh } from './vaultmesh.ts';

/** The rights that Tocsin is given in a cluster: the simulated one holds it to them as a real one would. */
const RBAC = new URL('../deploy/kubernetes/rbac.yaml', import.meta.url).pathname;

/** The bucket that the local workspace archives into. */
export const ARCHIVE_BUCKET = 'tocsin-archive';

/** Variables that the demo's configuration names: what the simulated applications take. */
export const DEMO_VARIABLES: Readonly<Record<string, string>> = {
  SARK_API_TOKEN: 'sark-simulated-admin-token',
  GUARD_TRIP_SECRET,
  // Nothing is there, unless Provability-Fabric is simulated.
  LEDGER_DATABASE_URL: 'postgresql://ledger@127.0.0.1:1/ledger',
};

/** Where no AWS account is simulated: the configuration names one all the same, and nobody's own credentials must be used for it. */
export const NO_AWS: Readonly<Record<string, string>> = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000',
  AWS_SECRET_ACCESS_KEY: 'nobody-has-this-secret-key',
};

/** The simulated platforms, and what of the environment points at them. */
export interface Platforms {
  readonly kubernetes: KubernetesSimulator;
  readonly vaultmesh: VaultMesh;
  readonly fabric: ProvabilityFabric;
  /** What people may break and mend on the page. */
  readonly faults: Faults;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that the demo's configuration names. */
  readonly variables: Readonly<Record<string, string>>;
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

/** Starts the simulated cluster, AWS account and GitHub with their platforms. They speak the real protocols; only their addresses differ. */
export async function startPlatforms({ data, user = 'tocsin', now = Date.now }: PlatformsOptions): Promise<Platforms> {
  const [kubernetes, vaultmesh] = await Promise.all([
    startKubernetesSimulator({ manifests: [readFileSync(RBAC, 'utf8')], now }),
    startVaultMesh({ now, buckets: [ARCHIVE_BUCKET] }),
  ]);
  const fabric = provabilityFabric(kubernetes);
  const kubeconfig = join(data, 'kubeconfig.yml');
  await writeFile(kubeconfig, kubernetes.kubeconfig(user), { mode: 0o600 });
  return {
    kubernetes,
    vaultmesh,
    fabric,
    variables: { ...DEMO_VARIABLES, ...(await fabric.variables()) },
    faults: bothOf(kubernetes.faults, vaultmesh.faults),
    environment: { KUBECONFIG: kubeconfig, TOCSIN_INTAKE_PORT: '0', ...vaultmesh.environment },
    async stop() {
      await Promise.all([kubernetes.stop(), vaultmesh.stop()]);
    },
  };
}

function bothOf(one: Faults, other: Faults): Faults {
  return {
    list: () => [...one.list(), ...other.list()],
    set: (id, on) => (one.list().some((fault) => fault.id === id) ? one : other).set(id, on),
  };
}

/** Breaks and mends for a drill what its runbook names; what no simulated platform knows is left to whoever plays. */
export function injecting(faults: Faults): (fault: string, on: boolean) => Promise<void> {
  return async (fault, on) => {
    if (faults.list().some(({ id }) => id === fault)) await faults.set(fault, on);
  };
}
