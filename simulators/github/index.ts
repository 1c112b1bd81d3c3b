/** A GitHub to develop and test against, with the repository of VaultMesh in it. */
export type { FaultRule } from './http/faults.ts';
export { BOT_PERMISSIONS, type GitHubSimulator, type GitHubSimulatorOptions, startGitHubSimulator } from './simulator.ts';
export type { FaultState } from './vaultmesh/faults.ts';
export type { OnRun, Outcome, RunView } from './world/runs.ts';
export type { PersonView, RepositoryView } from './world/views.ts';
export type { Delivery, Webhook } from './world/webhooks.ts';
