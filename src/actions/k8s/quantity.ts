/** Suffixes of Kubernetes quantities (API reference, "Quantity"). */
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity stands for (`100Gi`, `250m`, `1e3`), or `null` when it is none. */
export function quantity(text: string): number | null {
  const parts = /^([0-9]{1,30}(?:\.[0-9]{1,30})?)(?:[eE]([+-]?[0-9]{1,3})|([A-Za-z]{0,2}))$/.exec(text);
  if (parts === null) return null;
  const [, digits = '', exponent, suffix = ''] = parts;
  const factor = exponent === undefined ? FACTORS[suffix] : 10 ** Number(exponent);
  return factor === undefined ? null : Number(digits) * factor;
}

/** Whole bytes, or `null`. */
export function bytes(text: string): number | null {
  const value = quantity(text);
  return value === null ? null : Math.round(value);
}

/** Whole millicores, or `null`. */
export function millicores(text: string): number | null {
  const value = quantity(text);
  return value === null ? null : Math.round(value * 1000);
}

/** `1.5 GiB` */
export function sayBytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = value >= 100 || unit === 0 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${units[unit]}`;
}
