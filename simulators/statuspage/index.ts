export { StatuspageSimulator, type StatuspageSimulatorOptions } from './simulator.ts';
