import { type Config, policyOf } from '../config/load.ts';
import { rotasOf } from '../config/rotas.ts';
import type { ConfigFile } from '../config/schema.ts';
import { rotasIn } from '../domain/incident/line.ts';
import { calledByRota, everybodyOf, type Rotas } from '../domain/rota/called.ts';
import type { Kept } from '../engine/rota/keeping.ts';
import { createRotas, type RotaBook } from '../engine/rota/rotas.ts';
import type { ChainRecord } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import type { OnCall } from '../slack/people.ts';
import { sourcesOf } from './feeds.ts';

/** The rotas of the file by their ids. */
export function rotasById(file: Pick<ConfigFile, 'rotas'>): Rotas['rotas'] {
  return Object.fromEntries(rotasOf(file).map((rota) => [rota.id, rota]));
}

/** Who is on call, as the file says it, and what is kept elsewhere. */
export function openRotas(config: Config, store: Store, chain: ChainRecord): RotaBook {
  const { file } = config;
  return createRotas({
    store,
    chain,
    rotas: rotasById(file),
    sources: sourcesOf(config),
    channelsOf: (rota) => handoverChannels(file, rota),
    isKept: (rota) => isKept(keptOf(file, rota)),
  });
}

/** Who is on call by these rotas alone, for what looks at it without a database: nobody stands in. `now`: ms. */
export function onCallByFile(rotas: Rotas['rotas'], now: () => number): OnCall {
  const all = { rotas, swaps: [] };
  return { called: async (line) => calledByRota(all, line, now()), everybody: async (id) => everybodyOf(all, id, now()) };
}

/** What is kept in step with a rota, as configured. */
export function keptOf(file: Pick<ConfigFile, 'rotas' | 'services'>, rota: string): Kept {
  const config = file.rotas[rota];
  return { topics: config?.topic === true ? handoverChannels(file, rota) : [], usergroup: config?.usergroup ?? null };
}

function isKept({ topics, usergroup }: Kept): boolean {
  return topics.length > 0 || usergroup !== null;
}

/** Where a hand-over is announced: as configured, or where the services that name the rota have their alerts, each channel once. */
export function handoverChannels({ rotas, services }: Pick<ConfigFile, 'rotas' | 'services'>, rota: string): readonly string[] {
  const own = rotas[rota]?.channel;
  if (own !== undefined) return [own];
  const named = Object.values(services).filter((service) => rotasIn(policyOf(service)).includes(rota));
  return [...new Set(named.map(({ channels }) => channels.alerts ?? channels.updates ?? channels.incidents))];
}
