/** A Kubernetes cluster to develop and test against, with the AUREUS and SARK platforms in it. */
export type { SeenRequest } from './api/request.ts';
export type { FaultState } from './platforms/platform.ts';
export type { PlatformName } from './platforms/platforms.ts';
export { type KubernetesSimulator, type KubernetesSimulatorOptions, startKubernetesSimulator } from './simulator.ts';
