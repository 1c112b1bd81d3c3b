import { aureus } from './aureus/aureus.ts';
import { manifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import { type FabricAccess, provabilityFabric } from './provability-fabric/fabric.ts';
import { sark } from './sark/sark.ts';

/** Platforms that the simulator can begin with. */
export type PlatformName = 'aureus' | 'sark' | 'provability-fabric';

const MAKERS: Readonly<Record<PlatformName, () => Platform & { readonly fabric?: FabricAccess }>> = {
  aureus,
  sark,
  'provability-fabric': provabilityFabric,
};

/** The platforms of these names, by default all, and what every cluster has. */
export function createPlatforms(
  names: readonly PlatformName[] = ['aureus', 'sark', 'provability-fabric'],
): (Platform & { readonly fabric?: FabricAccess })[] {
  const cluster: Platform = { name: 'cluster', namespace: 'default', manifests: [manifest('./cluster.yaml')], programs: [], faults: [] };
  return [...names.map((name) => MAKERS[name]()), cluster];
}
