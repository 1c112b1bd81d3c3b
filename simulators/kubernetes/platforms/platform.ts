import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { Program } from '../containers/program.ts';

export interface Kit {
  readonly cluster: Cluster;
  readonly machine: Machine;
}

/** Something that goes wrong in a platform. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** Whether it bites now: false again once a repair has worked. */
  active(kit: Kit): boolean;
  inject(kit: Kit): void | Promise<void>;
  clear(kit: Kit): void | Promise<void>;
}

export interface FaultState {
  readonly id: string;
  readonly platform: string;
  readonly title: string;
  readonly active: boolean;
}

/** A platform that lives in the cluster. */
export interface Platform {
  readonly name: string;
  readonly namespace: string;
  /** YAML, one or several documents each. */
  readonly manifests: readonly string[];
  readonly programs: readonly Program[];
  readonly faults: readonly Fault[];
  /** Called once, when the objects are stored. */
  prepare?(kit: Kit): void;
  tick?(kit: Kit): void;
  stop?(): Promise<void>;
}
