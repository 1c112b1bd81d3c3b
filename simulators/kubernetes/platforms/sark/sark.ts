import { PostgresEngine } from '../../executables/postgres.ts';
import { manifest } from '../manifest.ts';
import type { Kit, Platform } from '../platform.ts';
import { redisProgram } from '../servers.ts';
import { apiProgram } from './api.ts';
import { postgres, timescale } from './databases.ts';
import { sarkFaults, settle } from './faults.ts';
import { opaProgram } from './opa.ts';
import { NAMESPACE, Sark } from './state.ts';

/** The SARK platform with its faults. */
export function sark(): Platform {
  const state = new Sark();
  let made: Kit | undefined;
  const kitOf = (): Kit => {
    if (made === undefined) throw new Error('The platform is not prepared.');
    return made;
  };
  const engine = new PostgresEngine(() => kitOf().cluster.clock.now());
  return {
    name: 'sark',
    namespace: NAMESPACE,
    manifests: ['namespace', 'workloads', 'opa-deployment', 'deployment'].map((name) => manifest(`./sark/${name}.yaml`)),
    programs: [
      apiProgram(state, kitOf),
      opaProgram(state, kitOf),
      postgres(state, kitOf, engine),
      timescale(state, kitOf, engine),
      redisProgram(NAMESPACE, state.redis),
    ],
    faults: sarkFaults(state),
    prepare(kit) {
      made = kit;
      state.fillTimescale(kit, 0.42);
    },
    tick: (kit) => settle(state, kit),
    stop: async () => await engine.stop(),
  };
}
