import { createHmac } from 'node:crypto';
import type { GuardTrip, KubernetesSimulator } from '../simulators/kubernetes/index.ts';
import { inBackground } from '../src/lib/background.ts';

/** What the simulated platform signs its events with. */
export const GUARD_TRIP_SECRET = 'guard-trips-of-the-local-workspace';

/** The simulated Provability-Fabric as the local workspace reaches it from outside of its cluster. */
export interface ProvabilityFabric {
  /** Variables of the demo's configuration that point at it: the ledger's database. */
  variables(): Promise<Readonly<Record<string, string>>>;
  /** From now on each guard that trips is told to Tocsin, as the platform publishes it. What fails is tried no second time. */
  tell(intakePort: number): void;
  /** A guard trips. */
  trip(event: Omit<GuardTrip, 'ts' | 'eventType'>): GuardTrip;
}

/** @throws Error when the cluster was started without the platform */
export function provabilityFabric({ fabric }: KubernetesSimulator): ProvabilityFabric {
  if (fabric === null) throw new Error('The cluster has no Provability-Fabric.');
  return {
    variables: async () => ({ LEDGER_DATABASE_URL: await fabric.ledgerUrl() }),
    tell(intakePort) {
      fabric.onTrip((event) => inBackground(send(`http://127.0.0.1:${intakePort}/guard-trip`, event), () => undefined));
    },
    trip: (event) => fabric.trip(event),
  };
}

async function send(url: string, event: GuardTrip): Promise<void> {
  const body = JSON.stringify(event);
  const signature = createHmac('sha256', GUARD_TRIP_SECRET).update(body).digest('hex');
  await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-tocsin-signature': `sha256=${signature}` } });
}
