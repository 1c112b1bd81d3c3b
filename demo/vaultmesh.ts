import { readFileSync } from 'node:fs';
import { type AwsSimulator, startAwsSimulator } from '../simulators/aws/index.ts';
import { type GitHubSimulator, type OnRun, startGitHubSimulator, type Webhook } from '../simulators/github/index.ts';
import type { Platforms as Faults, PlatformFault } from '../simulators/slack/index.ts';
import { compareControls } from '../src/actions/drift/compare.ts';
import type { IamPolicy } from '../src/app/policy.ts';

const CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
const DRIFT_WORKFLOW = 'guardrail-drift.yml';
const NO_SYNC_WORKFLOW = 'no-sync-daily.yml';
const ALERT_SECRET = 'ALERT_SNS_TOPIC_ARN';
/** What the workflow calls too old. */
const DAY = 86_400_000;
const PLATFORM = 'VaultMesh';
const MINUTE = 60_000;
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
  let comparesShapes = false;
  /** The source before the race that goes on. */
  let raced: string | null = null;
  const github = await startGitHubSimulator({ now, webhooks, onRun: (run) => runWorkflow(run) });
  const { vaultmesh } = aws;
  head = () => github.repository.head();

  /** As `no-sync-daily.yml` does it: the newest job's end, whatever became of it. */
  function checkSync(): ReturnType<OnRun> {
    const [newest] = vaultmesh.syncJobs();
    const delta = Math.round((now() - (newest?.end ?? 0)) / 1000);
    if (newest?.end != null && delta * 1000 <= DAY) return { conclusion: 'success', log: `Last sync ended ${delta}s ago\n`, ms: 6_000 };
    const ts = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const body = `${JSON.stringify({ ts, breach: 'sync_slo', delta_seconds: delta })}\n`;
    vaultmesh.putObject(vaultmesh.names.auditBucket, `audit/incidents/no-sync-${ts}.json`, body);
    const said = `No successful sync in >24h (Δ=${delta}s)`;
    if (github.repository.hasSecret(ALERT_SECRET)) vaultmesh.publish('', said);
    return { conclusion: 'failure', log: `${said}\nError: Process completed with exit code 1.\n`, ms: 6_000 };
  }

  function runWorkflow(run: Parameters<OnRun>[0]): ReturnType<OnRun> {
    if (run.workflow === NO_SYNC_WORKFLOW) return checkSync();
    if (run.workflow !== DRIFT_WORKFLOW) return { conclusion: 'success', log: `${run.name}: nothing to complain of\n`, ms: 8_000 };
    // In a race the run on the old commit is the one that people hear of.
    if (raced !== null && run.event === 'push') return { conclusion: 'skipped', log: 'Another run is under way\n', ms: 1_000 };
    const source = run.file(CONTROLS) ?? '';
    const { equal } = compareControls(source, vaultmesh.chatControls(), 'local', 'remote');
    if (equal && !comparesShapes) return { conclusion: 'success', log: 'No drift detected\n', ms: 12_000 };
    const { keys } = vaultmesh.recordDrift({ source, gitSha: run.sha, runId: String(run.id) });
    const [patch] = vaultmesh.objects(vaultmesh.names.auditBucket, keys.diff);
    return { conclusion: 'failure', log: driftLog(patch?.text ?? ''), ms: 12_000 };
  }

  /** When the drift workflow last found both the same, ms: what is changed is changed after that. */
  function lastPass(): number {
    const passed = github.repository.runs().filter(({ workflow, conclusion }) => workflow.endsWith(DRIFT_WORKFLOW) && conclusion === 'success');
    return Math.max(0, ...passed.map(({ updated }) => updated));
  }

  /** The pipeline makes what is live what a text says, at a time. */
  function deploy(text: string, at: number): void {
    const application = aws.account.qbusiness.applications.get(vaultmesh.names.applicationId);
    if (application === undefined) return;
    application.controls = { ...application.controls, ...asAnswered(text) };
    aws.account.trail.record({
      name: 'UpdateChatControlsConfiguration',
      source: 'qbusiness.amazonaws.com',
      principal: {
        arn: `arn:aws:sts::${aws.accountId}:assumed-role/${vaultmesh.names.pipelineRole}/GitHubActions`,
        accessKeyId: 'ASIASIMULATEDPIPE000',
      },
      request: { applicationId: vaultmesh.names.applicationId },
      sourceIp: '198.51.100.12',
      userAgent: 'aws-cli/2.31.0 md/GitHubActions',
      time: at,
    });
  }

  const fault = (id: string, title: string, active: () => boolean, set: (on: boolean) => void | Promise<void>) => ({ id, title, active, set });
  const source = () => github.repository.file(CONTROLS) ?? '';
  const ofAws = (id: string) => aws.faults.list().find((one) => one.id === id)?.active === true;
  const ofGitHub = (id: string) => github.faults.list().find((one) => one.id === id)?.active === true;
  const BRANCH = 'tune-guardrails';

  const faults = [
    fault(
      'guardrail-console-change',
      'A: somebody changed the chat controls in the console',
      () => ofAws('guardrail-console-change') && !ofGitHub('guardrail-source-on-branch') && raced === null,
      async (on) => {
        if (on) {
          vaultmesh.startConsoleChange({ at: Math.max(now() - 10 * MINUTE, lastPass()) });
          vaultmesh.recordDrift();
        } else await aws.faults.set('guardrail-console-change', false);
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    ),
    fault(
      'guardrail-source-on-branch',
      'B: the guardrails were deployed from a branch, without a pull request',
      () => ofGitHub('guardrail-source-on-branch'),
      async (on) => {
        await github.faults.set('guardrail-source-on-branch', on);
        const at = now() - 40 * MINUTE;
        deploy(on ? (github.repository.file(CONTROLS, BRANCH) ?? source()) : source(), at);
        if (on) vaultmesh.recordDrift({ source: source(), gitSha: github.repository.head(), runId: '1', at: at + 10 * MINUTE });
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    ),
    fault(
      'guardrail-race',
      'C: the workflow ran while a change was being deployed',
      () => raced !== null,
      (on) => {
        if (!on) {
          if (raced !== null) github.as('hedy').push('master', { [CONTROLS]: raced }, 'Guardrails: as before');
          raced = null;
          return deploy(source(), now());
        }
        raced = source();
        const before = { sha: github.repository.head(), source: source(), run: github.repository.schedule(DRIFT_WORKFLOW) };
        github
          .as('hedy')
          .push(
            'race',
            { [CONTROLS]: raced.replace('"bearer token",', '"bearer token",\n      "session cookie",') },
            'Guardrails: block session cookies',
          );
        const pull = github.as('hedy').openPull('race', 'Guardrails: block session cookies');
        github.as('katherine').approve(pull);
        github.as('katherine').forceMerge(pull);
        github.as('hedy').deleteBranch('race');
        deploy(source(), now() - MINUTE);
        vaultmesh.recordDrift({ source: before.source, gitSha: before.sha, runId: String(before.run) });
      },
    ),
    fault(
      'guardrail-shape-only',
      'False alarm: the workflow compares the shape and not the meaning',
      () => comparesShapes,
      (on) => {
        comparesShapes = on;
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    ),
  ];

  const own = new Set(faults.map(({ id }) => id));
  const others = () => [...aws.faults.list(), ...github.faults.list()].filter(({ id }) => !own.has(id));

  return {
    aws,
    github,
    environment: { ...aws.environment('tocsin'), GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token, GITHUB_WEBHOOK_SECRET: SECRET },
    faults: {
      list: (): PlatformFault[] => [...faults.map(({ id, title, active }) => ({ id, platform: PLATFORM, title, active: active() })), ...others()],
      async set(id, on) {
        const found = faults.find((one) => one.id === id);
        if (found !== undefined) {
          if (found.active() !== on) await found.set(on);
        } else if (aws.faults.list().some((one) => one.id === id)) await aws.faults.set(id, on);
        else await github.faults.set(id, on);
      },
    },
    tell(intakePort) {
      const origin = `http://127.0.0.1:${intakePort}`;
      webhooks.push({ url: `${origin}/github`, secret: SECRET, events: ['workflow_run'] });
      vaultmesh.subscribe(`${origin}/sns`);
    },
    async stop() {
      await Promise.all([aws.stop(), github.stop()]);
    },
  };
}

/** The source's text in the shape in which the API answers. */
function asAnswered(text: string): object {
  const {
    blockedPhrasesConfigurationUpdate: phrases,
    topicConfigurationsToCreateOrUpdate: topics,
    responseScope,
  } = JSON.parse(text) as {
    blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: string[]; systemMessageOverride: string };
    topicConfigurationsToCreateOrUpdate: object[];
    responseScope: string;
  };
  return {
    responseScope,
    blockedPhrases: { blockedPhrases: phrases.blockedPhrasesToCreateOrUpdate, systemMessageOverride: phrases.systemMessageOverride },
    topicConfigurations: topics,
  };
}

/** What the workflow's job prints: the patch that it leaves in the bucket, too. */
function driftLog(patch: string): string {
  return `Run diff -u local.sorted.json remote.sorted.json > drift.patch\n${patch}Guardrail drift detected\nError: Process completed with exit code 1.\n`;
}

function shippedPolicy(): IamPolicy {
  return JSON.parse(readFileSync(POLICY, 'utf8')) as IamPolicy;
}
