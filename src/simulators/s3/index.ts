export { FAULTS, type Fault } from './faults.ts';
export { S3Simulator, type S3SimulatorOptions } from './simulator.ts';
