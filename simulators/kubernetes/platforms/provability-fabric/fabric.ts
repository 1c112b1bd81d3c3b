import { manifest } from '../manifest.ts';
import type { Kit, Platform } from '../platform.ts';
import { fabricFaults, flap, thresholdOf } from './faults.ts';
import { deploy } from './helm.ts';
import { incidentBot } from './incident-bot.ts';
import { LedgerDatabase } from './ledger-database.ts';
import { attestor, capsule, ledger, rollbackController, sidecarWatcher } from './programs.ts';
import { reconcileRollbacks } from './rollbacks.ts';
import { Fabric, type GuardTrip, MONITORING, type Trip } from './state.ts';

const HOUR = 3_600_000;
const FLAPS_EVERY_MS = 30_000;

/** What of Provability-Fabric is reached from outside of its cluster. */
export interface FabricAccess {
  /** The address of the ledger's database. The first call begins to listen. */
  ledgerUrl(): Promise<string>;
  /** A guard trips, as the platform publishes it. */
  trip(trip: Trip): GuardTrip;
  /** Hears of each guard that trips. Gives the way to stop. */
  onTrip(listener: (event: GuardTrip) => void): () => void;
}

/** The Provability-Fabric platform with its faults. */
export function provabilityFabric(): Platform & { readonly fabric: FabricAccess } {
  const state = new Fabric();
  let made: Kit | undefined;
  let flapped = 0;
  const kitOf = (): Kit => {
    if (made === undefined) throw new Error('The platform is not prepared.');
    return made;
  };
  const database = new LedgerDatabase(() => kitOf().cluster.clock.now());
  let url: Promise<string> | undefined;
  return {
    name: 'provability-fabric',
    namespace: MONITORING,
    manifests: ['namespaces', 'rollback-crd', 'rollback-controller-rbac', 'network-policy', 'workloads'].map((name) =>
      manifest(`./provability-fabric/${name}.yaml`),
    ),
    programs: [
      incidentBot(state, kitOf),
      attestor(state, kitOf),
      sidecarWatcher(state),
      rollbackController(kitOf),
      ledger(),
      capsule('tenant-123'),
      capsule('default'),
    ],
    faults: fabricFaults(state, database),
    fabric: {
      ledgerUrl: () => (url ??= database.listen()),
      trip: (trip) => state.trip(kitOf(), trip),
      onTrip: (listener) => state.onTrip(listener),
    },
    prepare(kit) {
      made = kit;
      const now = kit.cluster.clock.now();
      deploy(kit, '0.1.0', 'Install complete', now - 30 * 24 * HOUR);
      deploy(kit, '0.1.1', 'Upgrade complete', now - 9 * 24 * HOUR);
      deploy(kit, '0.2.0', 'Upgrade complete', now - HOUR);
    },
    tick(kit) {
      reconcileRollbacks(state, kit);
      const now = kit.cluster.clock.now();
      if (state.on.has('flapping-threshold') && thresholdOf(state, kit) < 0.85 && now - flapped >= FLAPS_EVERY_MS) {
        flapped = now;
        state.trip(kit, flap(Math.floor(now / FLAPS_EVERY_MS)));
      }
    },
    stop: async () => await database.stop(),
  };
}
