import { Account } from './account.ts';
import { Failures } from './failures.ts';
import { Gate, type SeenCall } from './gate.ts';
import { type PrincipalOptions, principalOf } from './principals.ts';
import { serve } from './server.ts';
import { type AwsFaults, vaultMeshFaults } from './vaultmesh/faults.ts';
import { seedVaultMesh } from './vaultmesh/seed.ts';
import { type VaultMesh, vaultMeshWorld } from './vaultmesh/world.ts';

export interface AwsSimulatorOptions {
  readonly port?: number;
  readonly host?: string;
  /** The account's clock, ms. Where there is none, the machine's, and alarms and retries go on by themselves. */
  readonly now?: () => number;
  /** The machine's clock, ms: signatures and rates go by it. */
  readonly wall?: () => number;
  /** Looks at alarms, syncs and due messages this often, ms of the machine's time; 0: only when `settle` is called or somebody asks. */
  readonly settleEveryMs?: number;
  /** Who may call, by name. Default: `admin`, who may everything. */
  readonly principals?: Readonly<Record<string, PrincipalOptions>>;
  /** Buckets of others in the same account. */
  readonly buckets?: Readonly<Record<string, { readonly versioned?: boolean }>>;
  /** How late events can be looked up in CloudTrail, ms. */
  readonly trailDelayMs?: number;
  /** How long a data source sync takes, ms of the account's clock. */
  readonly syncTakesMs?: number;
  /** The commit that drift evidence names. */
  readonly gitSha?: () => string;
}

export interface AwsSimulator {
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  /** Everything below the protocols, for tests that look or change deeper than `vaultmesh` does. */
  readonly account: Account;
  readonly vaultmesh: VaultMesh;
  readonly faults: AwsFaults;
  /** Answers that go wrong on purpose. */
  readonly failures: Failures;
  /** Every permission that was asked for, in order. */
  readonly calls: readonly SeenCall[];
  /** What a client needs of its environment to call as this principal. */
  environment(principal?: string): Readonly<Record<string, string>>;
  /** Brings syncs, alarms and due messages to the account's present time; resolves when messages are delivered or have failed. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

export const ACCOUNT_ID = '123456789012';
export const REGION = 'eu-west-1';

/** Who may do everything, where nobody else is named. */
export const ADMIN: PrincipalOptions = {
  accessKeyId: 'AKIASIMULATEDADMIN00',
  secretAccessKey: 'simulated-admin-secret-key',
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/admin`,
  policy: 'admin',
};

const MINUTE = 60_000;

/**
 * Starts an AWS account in eu-west-1 with the VaultMesh platform in it: one server that speaks the real protocols of Q Business, CloudTrail,
 * S3, CloudWatch, CloudWatch Logs, IAM, EventBridge, SNS and STS, told apart by the credential scope of each request's signature.
 */
export async function startAwsSimulator(options: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
  const principals = Object.entries(options.principals ?? { admin: ADMIN }).map(([name, principal]) => principalOf(name, principal));
  const wall = options.wall ?? Date.now;
  let url = '';
  const account = new Account({
    id: ACCOUNT_ID,
    region: REGION,
    now: options.now ?? Date.now,
    wall,
    principals,
    trailDelayMs: options.trailDelayMs ?? 5 * MINUTE,
    syncTakesMs: options.syncTakesMs ?? 1.5 * MINUTE,
    url: () => url,
  });
  seedVaultMesh(account);
  for (const [name, { versioned = false }] of Object.entries(options.buckets ?? {})) {
    account.createBucket(name, { created: new Date(account.now()), versioned });
  }
  const vaultmesh = vaultMeshWorld(account, options.gitSha);
  const failures = new Failures();
  const gate = new Gate(account, principals, failures);
  const server = await serve((request) => gate.answer(request), options);
  url = server.url;
  const every = options.settleEveryMs ?? (options.now === undefined ? 1000 : 0);
  const timer = every === 0 ? undefined : setInterval(() => void account.settle(), every).unref();
  return {
    url,
    region: REGION,
    accountId: ACCOUNT_ID,
    account,
    vaultmesh,
    faults: vaultMeshFaults(account, vaultmesh),
    failures,
    calls: gate.calls,
    environment(name) {
      const principal = principals.find((one) => one.name === (name ?? principals[0]?.name));
      if (principal === undefined) throw new Error(`There is no principal ${name ?? ''}.`);
      return {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: principal.accessKeyId,
        AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
        ...(principal.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: principal.sessionToken }),
      };
    },
    settle: () => account.settle(),
    async stop() {
      clearInterval(timer);
      await server.stop();
    },
  };
}
