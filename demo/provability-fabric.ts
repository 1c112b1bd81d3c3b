import type { GuardTrip, KubernetesSimulator } from '../simulators/kubernetes/index.ts';

/** The simulated Provability-Fabric as the local workspace reaches it from outside of its cluster. */
export interface ProvabilityFabric {
  /** Variables of the demo's configuration that point at it: the ledger's database. */
  variables(): Promise<Readonly<Record<string, string>>>;
  /** From now on each guard that trips is sent there, as the platform publishes it. What fails is tried no second time. */
  tell(send: (event: GuardTrip) => Promise<void>): void;
  /** A guard trips. */
  trip(event: Omit<GuardTrip, 'ts' | 'eventType'>): GuardTrip;
}

/** @throws Error when the cluster was started without the platform */
export function provabilityFabric({ fabric }: KubernetesSimulator): ProvabilityFabric {
  if (fabric === null) throw new Error('The cluster has no Provability-Fabric.');
  return {
    variables: async () => ({ LEDGER_DATABASE_URL: await fabric.ledgerUrl() }),
    tell: (send) => void fabric.onTrip((event) => void send(event).catch(() => undefined)),
    trip: (event) => fabric.trip(event),
  };
}
