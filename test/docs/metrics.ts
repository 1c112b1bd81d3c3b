import { createMetrics } from '../../src/ops/metrics.ts';
import { read, sources } from './files.ts';

/** Every metric of Tocsin's own: the counters of the registry, and the gauges that parts add when they start. */
export async function ownMetrics(): Promise<string[]> {
  const counters = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name).filter((name) => name.startsWith('tocsin_'));
  const gauges = sources().flatMap((path) => [...read(path).matchAll(/\.gauge\(\s*'(tocsin_\w+)'/g)].map(([, name = '']) => name));
  return [...new Set([...counters, ...gauges])].sort();
}

/** Metrics of Tocsin's own that a text names. */
export function metricsIn(text: string): string[] {
  return [...new Set(text.match(/\btocsin_[a-z0-9_]+\b/g) ?? [])].sort();
}
