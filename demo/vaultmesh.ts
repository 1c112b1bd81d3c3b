import { readFileSync } from 'node:fs';
import { type AwsSimulator, startAwsSimulator } from '../simulators/aws/index.ts';
import { type GitHubSimulator, startGitHubSimulator, type Webhook } from '../simulators/github/index.ts';
import type { Platforms as Faults } from '../simulators/slack/index.ts';
import type { IamPolicy } from '../src/app/policy.ts';
import { vaultmeshFaults } from './vaultmesh-faults.ts';
import type { Scene } from './vaultmesh-scene.ts';
import { runWorkflow } from './vaultmesh-workflows.ts';

/** What Tocsin may do in the simulated account: it is held to it as in a real one. */
const POLICY = new URL('../deploy/aws/tocsin-policy.json', import.meta.url).pathname;
const SECRET = 'local-workspace-webhook-secret';

export interface VaultMeshOptions {
  /** ms of the workspace's clock. */
  readonly now: () => number;
  /** Buckets of others in the same account. */
  readonly buckets: readonly string[];
  /** What Tocsin may do besides; for tests. */
  readonly policy?: IamPolicy;
}

/** The simulated VaultMesh: an AWS account and a GitHub repository that act on each other as the real ones do. */
export interface VaultMesh {
  readonly aws: AwsSimulator;
  readonly github: GitHubSimulator;
  readonly faults: Faults;
  /** What of the environment points at them. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on they tell Tocsin of alarms and workflow runs. */
  tell(intakePort: number): void;
  stop(): Promise<void>;
}

/** Starts both. A run of the drift workflow compares the repository with the account and leaves its evidence in the audit bucket. */
export async function startVaultMesh({ now, buckets, policy = shippedPolicy() }: VaultMeshOptions): Promise<VaultMesh> {
  let head = (): string => '';
  const aws = await startAwsSimulator({
    now,
    gitSha: () => head(),
    settleEveryMs: 500,
    buckets: Object.fromEntries(buckets.map((name) => [name, { versioned: true }])),
    principals: {
      tocsin: {
        accessKeyId: 'AKIALOCALWORKSPACE00',
        secretAccessKey: 'simulated-secret-key-of-tocsin',
        arn: 'arn:aws:sts::123456789012:assumed-role/tocsin/tocsin',
        policy,
        identityAware: true,
      },
      admin: {
        accessKeyId: 'AKIASIMULATEDADMIN00',
        secretAccessKey: 'simulated-admin-secret-key',
        arn: 'arn:aws:iam::123456789012:user/admin',
        policy: 'admin',
      },
    },
  });
  const webhooks: Webhook[] = [];
  const github = await startGitHubSimulator({ now, webhooks, onRun: (run) => runWorkflow(scene, run) });
  const scene: Scene = { now, aws, github, comparesShapes: false, raced: null };
  head = () => github.repository.head();

  return {
    aws,
    github,
    environment: { ...aws.environment('tocsin'), GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token, GITHUB_WEBHOOK_SECRET: SECRET },
    faults: vaultmeshFaults(scene),
    tell(intakePort) {
      const origin = `http://127.0.0.1:${intakePort}`;
      webhooks.push({ url: `${origin}/github`, secret: SECRET, events: ['workflow_run'] });
      aws.vaultmesh.subscribe(`${origin}/sns`);
    },
    async stop() {
      await Promise.all([aws.stop(), github.stop()]);
    },
  };
}

function shippedPolicy(): IamPolicy {
  return JSON.parse(readFileSync(POLICY, 'utf8')) as IamPolicy;
}
