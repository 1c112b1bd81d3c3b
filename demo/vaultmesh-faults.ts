import type { PlatformFault, Platforms } from '../simulators/slack/index.ts';
import { CONTROLS, DRIFT_WORKFLOW, type Scene } from './vaultmesh-scene.ts';

const PLATFORM = 'VaultMesh';
const MINUTE = 60_000;
const BRANCH = 'tune-guardrails';

interface Fault {
  readonly id: string;
  readonly title: string;
  readonly active: () => boolean;
  readonly set: (on: boolean) => void | Promise<void>;
}

/** What can be broken in VaultMesh: between the account and the repository, and in each of them. */
export function vaultmeshFaults(scene: Scene): Platforms {
  const { aws, github } = scene;
  const drifts = driftFaults(scene);
  const own = new Set(drifts.map(({ id }) => id));
  const others = () => [...aws.faults.list(), ...github.faults.list()].filter(({ id }) => !own.has(id));
  return {
    list: (): PlatformFault[] => [...drifts.map(({ id, title, active }) => ({ id, platform: PLATFORM, title, active: active() })), ...others()],
    async set(id, on) {
      const found = drifts.find((one) => one.id === id);
      if (found !== undefined) {
        if (found.active() !== on) await found.set(on);
      } else if (aws.faults.list().some((one) => one.id === id)) await aws.faults.set(id, on);
      else await github.faults.set(id, on);
    },
  };
}

/** The ways in which what is live and its source come to differ. */
function driftFaults(scene: Scene): Fault[] {
  const { now, aws, github } = scene;
  const source = () => github.repository.file(CONTROLS) ?? '';
  const ofAws = (id: string) => aws.faults.list().find((one) => one.id === id)?.active === true;
  const ofGitHub = (id: string) => github.faults.list().find((one) => one.id === id)?.active === true;
  return [
    {
      id: 'guardrail-console-change',
      title: 'A: somebody changed the chat controls in the console',
      active: () => ofAws('guardrail-console-change') && !ofGitHub('guardrail-source-on-branch') && scene.raced === null,
      set: async (on) => {
        if (on) {
          aws.vaultmesh.startConsoleChange({ at: Math.max(now() - 10 * MINUTE, lastPass(scene)) });
          aws.vaultmesh.recordDrift();
        } else await aws.faults.set('guardrail-console-change', false);
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    },
    {
      id: 'guardrail-source-on-branch',
      title: 'B: the guardrails were deployed from a branch, without a pull request',
      active: () => ofGitHub('guardrail-source-on-branch'),
      set: async (on) => {
        await github.faults.set('guardrail-source-on-branch', on);
        const at = now() - 40 * MINUTE;
        deploy(scene, on ? (github.repository.file(CONTROLS, BRANCH) ?? source()) : source(), at);
        if (on) aws.vaultmesh.recordDrift({ source: source(), gitSha: github.repository.head(), runId: '1', at: at + 10 * MINUTE });
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    },
    {
      id: 'guardrail-race',
      title: 'C: the workflow ran while a change was being deployed',
      active: () => scene.raced !== null,
      set: (on) => {
        if (!on) {
          if (scene.raced !== null) github.as('hedy').push('master', { [CONTROLS]: scene.raced }, 'Guardrails: as before');
          scene.raced = null;
          return deploy(scene, source(), now());
        }
        scene.raced = source();
        const before = { sha: github.repository.head(), source: source(), run: github.repository.schedule(DRIFT_WORKFLOW) };
        github
          .as('hedy')
          .push(
            'race',
            { [CONTROLS]: scene.raced.replace('"bearer token",', '"bearer token",\n      "session cookie",') },
            'Guardrails: block session cookies',
          );
        const pull = github.as('hedy').openPull('race', 'Guardrails: block session cookies');
        github.as('katherine').approve(pull);
        github.as('katherine').forceMerge(pull);
        github.as('hedy').deleteBranch('race');
        deploy(scene, source(), now() - MINUTE);
        aws.vaultmesh.recordDrift({ source: before.source, gitSha: before.sha, runId: String(before.run) });
      },
    },
    {
      id: 'guardrail-shape-only',
      title: 'False alarm: the workflow compares the shape and not the meaning',
      active: () => scene.comparesShapes,
      set: (on) => {
        scene.comparesShapes = on;
        github.repository.schedule(DRIFT_WORKFLOW);
      },
    },
  ];
}

/** When the drift workflow last found both the same, ms: what is changed is changed after that. */
function lastPass({ github }: Scene): number {
  const passed = github.repository.runs().filter(({ workflow, conclusion }) => workflow.endsWith(DRIFT_WORKFLOW) && conclusion === 'success');
  return Math.max(0, ...passed.map(({ updated }) => updated));
}

/** The pipeline makes what is live what a text says, at a time. */
function deploy({ aws }: Scene, text: string, at: number): void {
  const application = aws.account.qbusiness.applications.get(aws.vaultmesh.names.applicationId);
  if (application === undefined) return;
  application.controls = { ...application.controls, ...asAnswered(text) };
  aws.account.trail.record({
    name: 'UpdateChatControlsConfiguration',
    source: 'qbusiness.amazonaws.com',
    principal: {
      arn: `arn:aws:sts::${aws.accountId}:assumed-role/${aws.vaultmesh.names.pipelineRole}/GitHubActions`,
      accessKeyId: 'ASIASIMULATEDPIPE000',
    },
    request: { applicationId: aws.vaultmesh.names.applicationId },
    sourceIp: '198.51.100.12',
    userAgent: 'aws-cli/2.31.0 md/GitHubActions',
    time: at,
  });
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
