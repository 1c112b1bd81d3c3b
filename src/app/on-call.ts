import { openThreads } from '../adapters/threads/pool.ts';
import type { Config } from '../config/load.ts';
import { startReading } from '../engine/rota/reading.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import { startTurns } from '../engine/rota/turning.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { Closing } from './closing.ts';
import { feedsOf, gaugeCopies } from './feeds.ts';
import { measurePagePath, startPagePath } from './page-path.ts';
import { openRotas } from './rotas.ts';
import type { Storage } from './storage.ts';

interface OnCallDeps {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly closing: Closing;
}

/** Who is on call: the rotas, what reads those that are kept elsewhere, their hand-overs, and the proof that a page arrives. */
export async function openOnCall(
  { config, metrics, closing }: OnCallDeps,
  storage: Storage,
): Promise<{ readonly rotas: RotaBook; readonly feeds: ReturnType<typeof feedsOf> }> {
  const { store, chain } = storage;
  const { file } = config;
  await startPagePath(store, file);
  measurePagePath(metrics, storage, file);
  const rotas = openRotas(config, store, chain);
  const threads = openThreads();
  closing.add(async () => threads.close());
  const feeds = feedsOf(config, threads);
  gaugeCopies(metrics, store, config);
  await startReading(store, feeds);
  await startTurns(store, rotas, Object.keys(file.rotas));
  return { rotas, feeds };
}
