/** A Kubernetes cluster to develop and test against, with AUREUS, SARK and Provability-Fabric in it. */
export type { SeenRequest } from './api/request.ts';
export type { FaultState } from './platforms/platform.ts';
export type { PlatformName } from './platforms/platforms.ts';
export type { GuardTrip } from './platforms/provability-fabric/state.ts';
export { type KubernetesSimulator, type KubernetesSimulatorOptions, startKubernetesSimulator } from './simulator.ts';
