const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A quantity as a number (bytes, cores); NaN for text that is none. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?\d+(?:\.\d+)?)(n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi|)$/.exec(text);
  return match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN) : Number.NaN;
}

/** A number or a percentage of `total`, as rolling updates and budgets write it. */
export function intOrPercent(value: number | string | undefined, total: number, round: 'up' | 'down', fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number') return value;
  const share = (Number(value.replace('%', '')) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
