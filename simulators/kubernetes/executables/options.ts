/** A command line taken apart. */
export interface Parsed {
  /** Options that were given, in order, with their values; a flag's value is the empty string. */
  readonly options: readonly (readonly [string, string])[];
  readonly operands: readonly string[];
  /** The first option that the command does not know. */
  readonly unknown: string | undefined;
  has(...names: readonly string[]): boolean;
  /** The last value given. */
  value(...names: readonly string[]): string | undefined;
  all(...names: readonly string[]): string[];
}

/**
 * Takes an argument list apart as getopt does: short options may be joined, values attached or separate.
 * `flags` and `values`: names without dashes; one letter is a short option.
 */
export function parseOptions(args: readonly string[], flags: readonly string[], values: readonly string[]): Parsed {
  const options: [string, string][] = [];
  const operands: string[] = [];
  let unknown: string | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (arg === '-' || !arg.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    if (arg.startsWith('--')) {
      const [name = '', ...rest] = arg.slice(2).split('=');
      if (values.includes(name)) options.push([name, rest.length > 0 ? rest.join('=') : (args[++at] ?? '')]);
      else if (flags.includes(name)) options.push([name, '']);
      else unknown ??= arg;
      continue;
    }
    for (let letter = 1; letter < arg.length; letter += 1) {
      const name = arg[letter] ?? '';
      if (values.includes(name)) {
        options.push([name, letter + 1 < arg.length ? arg.slice(letter + 1) : (args[++at] ?? '')]);
        break;
      }
      if (flags.includes(name)) options.push([name, '']);
      else unknown ??= `-${name}`;
    }
  }
  return {
    options,
    operands,
    unknown,
    has: (...names) => options.some(([name]) => names.includes(name)),
    value: (...names) => options.findLast(([name]) => names.includes(name))?.[1],
    all: (...names) => options.filter(([name]) => names.includes(name)).map(([, value]) => value),
  };
}

/** A glob of `find -name` as a test: `*`, `?` and `[…]`. */
export function glob(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}

/** Bytes as `-h` shows them: `4.0K`, `50G`, rounded up. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  const units = ['K', 'M', 'G', 'T', 'P'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const shown = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value));
  return `${shown}${units[unit]}`;
}
