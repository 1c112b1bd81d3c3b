import { type Alerts, evolveAlerts } from '../domain/alert/alerts.ts';
import { asJson, readBack } from '../domain/json.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { evolveRotas, NO_SWAPS, type RotaState } from '../domain/rota/swaps.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import type { StreamHead } from '../ports/store.ts';

/** Raise it when the state changes shape: states stored by older versions are then replayed from their records. */
const STATE_VERSION = 3;

/** The state of the stream `system`: the alerts that go on (ADR 11), and who stands in for whom. */
export interface SystemState {
  readonly alerts: Alerts;
  readonly rotas: RotaState;
}

const NOTHING: SystemState = { alerts: {}, rotas: NO_SWAPS };

/** The state after a record of `system`. */
export function evolveSystem({ alerts, rotas }: SystemState, record: StoredRecord): SystemState {
  return { alerts: evolveAlerts(alerts, record), rotas: evolveRotas(rotas, record) };
}

/** The state at a head, replayed where an older version stored it. */
export async function systemAt(head: StreamHead | null, records: (stream: string) => Promise<StoredRecord[]>): Promise<SystemState> {
  if (head === null || head.seq === 0) return NOTHING;
  return read(head.state) ?? (await records(SYSTEM_STREAM)).reduce(evolveSystem, NOTHING);
}

/** As the database keeps it. */
export function storedSystem({ alerts, rotas }: SystemState): Json {
  return asJson({ v: STATE_VERSION, alerts, rotas });
}

/** The stored state of `system` after a record, for a restored database. */
export function systemAfter(state: Json | null, record: StoredRecord): Json {
  return storedSystem(evolveSystem(read(state) ?? NOTHING, record));
}

function read(state: Json | null): SystemState | null {
  const stored = readBack<({ v: number } & SystemState) | null>(state);
  return stored?.v === STATE_VERSION ? { alerts: stored.alerts, rotas: stored.rotas } : null;
}
