import type { AwsSimulator } from '../simulators/aws/index.ts';
import type { GitHubSimulator } from '../simulators/github/index.ts';

export const CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
export const DRIFT_WORKFLOW = 'guardrail-drift.yml';
export const NO_SYNC_WORKFLOW = 'no-sync-daily.yml';

/** The account and the repository of the simulated VaultMesh, and what goes on between them. */
export interface Scene {
  /** ms of the workspace's clock. */
  readonly now: () => number;
  readonly aws: AwsSimulator;
  readonly github: GitHubSimulator;
  /** The drift workflow takes another shape of the same controls for a drift. */
  comparesShapes: boolean;
  /** The source before the race that goes on. */
  raced: string | null;
}
