export { Bucket, type Retention } from './bucket.ts';
export { FAULTS, type Fault, type FaultRule } from './faults.ts';
export { S3Simulator, type S3SimulatorOptions } from './simulator.ts';
