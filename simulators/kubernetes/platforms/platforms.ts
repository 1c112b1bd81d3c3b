import { aureus } from './aureus/aureus.ts';
import { manifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import { sark } from './sark/sark.ts';

/** Platforms that the simulator can begin with. */
export type PlatformName = 'aureus' | 'sark';

const MAKERS: Readonly<Record<PlatformName, () => Platform>> = { aureus, sark };

/** The platforms of these names, by default all, and what every cluster has. */
export function createPlatforms(names: readonly PlatformName[] = ['aureus', 'sark']): Platform[] {
  const cluster: Platform = { name: 'cluster', namespace: 'default', manifests: [manifest('./cluster.yaml')], programs: [], faults: [] };
  return [...names.map((name) => MAKERS[name]()), cluster];
}
