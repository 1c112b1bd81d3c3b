import { parseArgs } from 'node:util';

export const HELP = `Plays every failure that the local workspace offers, without a browser: somebody declares an incident, the failure is
switched on, somebody asks for the diagnosis, presses the first remedy that it suggests, the people who must approve
it, and time passes until the watch is over. Prints a table of what people were told and whether it was right.

Usage: npm run failures -- [--only FAILURE]... [--json]

  --only FAILURE  this failure only; may be given several times
  --json          prints an array of {failure, cause, remedy_first, mended, nothing_to_mend, messages, false_claims, why}
  --help          shows this

Exit codes: 0 nothing falls short, 1 something does, 2 wrong usage.`;

export interface Arguments {
  readonly json: boolean;
  readonly help: boolean;
  /** Ids of failures; empty for all of them. */
  readonly only: readonly string[];
}

/** What was asked for on the command line. @throws TypeError with a sentence for a flag that is none */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: { json: { type: 'boolean' }, help: { type: 'boolean' }, only: { type: 'string', multiple: true } },
  });
  return { json: values.json === true, help: values.help === true, only: values.only ?? [] };
}

/** The failures to play: those of `only`, or all. @throws TypeError naming one that the workspace does not offer */
export function chosenOf(offered: readonly string[], only: readonly string[]): readonly string[] {
  const unknown = only.find((id) => !offered.includes(id));
  if (unknown !== undefined) throw new TypeError(`There is no failure ${unknown}. There are: ${offered.join(', ')}.`);
  return only.length === 0 ? offered : offered.filter((id) => only.includes(id));
}
