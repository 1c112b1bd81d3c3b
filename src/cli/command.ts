/** A flag of a subcommand, as `node:util` parseArgs takes it, with what help says of it. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** How the value is called in help: `DIR`. */
  readonly value?: string;
  readonly summary: string;
}

export interface Invocation {
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/** One of `tocsin`'s commands. `name` may have two words: `evidence verify`. */
export interface CliCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** How many words may follow the name; none unless it says otherwise. */
  readonly words?: number;
  /** What help says besides: exit codes, examples. */
  readonly more?: string;
  /** The exit code when it could not do its work at all, wrong usage included; 1, and 2 for wrong usage, unless it says otherwise. */
  readonly failed?: number;
  /** Returns the exit code. */
  readonly run: (invocation: Invocation) => Promise<number>;
}

export function textFlag(invocation: Invocation, name: string): string | undefined {
  const value = invocation.flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** A port: 0 to 65535. @throws UsageError */
export function portFlag(invocation: Invocation, name: string, otherwise: number): number {
  const text = textFlag(invocation, name);
  if (text === undefined) return otherwise;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError(`--${name} is a port, 0 to 65535, not "${text}".`);
  return port;
}

/** The command line itself is wrong: the command's help follows. */
export class UsageError extends Error {}

export function listFlag(invocation: Invocation, name: string): readonly string[] | undefined {
  const value = invocation.flags[name];
  return Array.isArray(value) ? (value as readonly string[]) : undefined;
}
