export { Bucket, type Retention } from './bucket.ts';
export { type Fault, type FaultRule, FAULTS } from './faults.ts';
export { S3Simulator, type S3SimulatorOptions } from './simulator.ts';
