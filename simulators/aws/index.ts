/** An AWS account to develop and test against, with the VaultMesh platform in it. */
export type { FailureRule } from './failures.ts';
export type { SeenCall } from './gate.ts';
export type { PrincipalOptions } from './principals.ts';
export type { PolicyDocument } from './services/iam/policy.ts';
export { ACCOUNT_ID, ADMIN, type AwsSimulator, type AwsSimulatorOptions, REGION, startAwsSimulator } from './simulator.ts';
export type { DriftEvidence, DriftRun } from './vaultmesh/evidence.ts';
export type { AwsFault, AwsFaults } from './vaultmesh/faults.ts';
export type { ConsoleChange, ObjectVersion, VaultMesh } from './vaultmesh/world.ts';
