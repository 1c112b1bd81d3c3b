import { readFileSync } from 'node:fs';
import { ACTION_REGISTRY, runbookFolders } from '../app/built-in.ts';
import { tryMapping } from '../app/trying.ts';
import { loadConfig } from '../config/load.ts';
import { openCatalogue } from '../engine/runbooks/load/catalogue.ts';
import { own } from '../lib/own.ts';
import { TYPED } from '../lib/typed.ts';
import { type CliCommand, listFlag, UsageError } from './command.ts';

export const alertTry: CliCommand = {
  name: 'alert try',
  words: 2,
  usage: 'NAME FILE',
  summary: 'Prints what a mapping under webhooks.generic makes of a body. Works offline, and sends nothing.',
  flags: {
    header: {
      type: 'string',
      multiple: true,
      value: 'NAME:VALUE',
      summary: 'A header of the request, for mappings that read one. May be given again.',
    },
  },
  more: `FILE is the JSON that the sender posts. Example: ${TYPED} alert try kuma body.json
Exit codes: 0 it could be mapped, 1 it could not.`,
  async run(invocation) {
    const [name, path] = invocation.positionals;
    if (name === undefined || path === undefined) throw new UsageError(`Say which mapping and which file: ${TYPED} alert try kuma body.json`);
    const config = loadConfig();
    const webhook = own(config.file.webhooks.generic, name);
    const known = Object.keys(config.file.webhooks.generic);
    if (webhook === undefined)
      throw new UsageError(`tocsin.yml has no webhooks.generic.${name}.${known.length === 0 ? '' : ` It has ${known.join(', ')}.`}`);
    const catalogue = await openCatalogue({ folders: runbookFolders(config.file), actions: ACTION_REGISTRY });
    const tried = tryMapping(config, name, webhook, bodyIn(path), headersIn(listFlag(invocation, 'header') ?? []), catalogue.byTrigger());
    console.log(tried.text);
    return tried.ok ? 0 : 1;
  },
};

function bodyIn(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

function headersIn(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new UsageError(`"${text}" is no header. Headers look like ce-type:com.example.down.`);
      return [name.toLowerCase(), value];
    }),
  );
}
