import { PostgresEngine } from '../../executables/postgres.ts';
import { manifest } from '../manifest.ts';
import type { Kit, Platform } from '../platform.ts';
import { redisProgram } from '../servers.ts';
import { policyEngine, postgres } from './backends.ts';
import { fillEvidence } from './evidence.ts';
import { aureusFaults, reload, ripen } from './faults.ts';
import { frontend } from './frontend.ts';
import { Aureus, CLAIM, NAMESPACE } from './state.ts';

/** The AUREUS platform with its faults. */
export function aureus(): Platform {
  const state = new Aureus();
  let made: Kit | undefined;
  const kitOf = (): Kit => {
    if (made === undefined) throw new Error('The platform is not prepared.');
    return made;
  };
  const engine = new PostgresEngine(() => kitOf().cluster.clock.now());
  return {
    name: 'aureus',
    namespace: NAMESPACE,
    manifests: ['workloads', 'configmap', 'deployment', 'service'].map((name) => manifest(`./aureus/${name}.yaml`)),
    programs: [frontend(state, kitOf), policyEngine(state), postgres(state, kitOf, engine), redisProgram(NAMESPACE, state.redis)],
    faults: aureusFaults(state),
    prepare(kit) {
      made = kit;
      fillEvidence(kit.machine.volume(NAMESPACE, CLAIM), kit.cluster.clock.now());
    },
    tick(kit) {
      ripen(state, kit);
      reload(state, kit);
    },
    stop: async () => await engine.stop(),
  };
}
