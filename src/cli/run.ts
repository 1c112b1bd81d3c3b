import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { faultOf } from '../app/faults.ts';
import { loadProxies } from '../config/load.ts';
import { UserError } from '../domain/errors.ts';
import { useProxies } from '../lib/outbound/outbound.ts';
import { nearest } from '../lib/suggest.ts';
import { TYPED } from '../lib/typed.ts';
import { type CliCommand, UsageError } from './command.ts';
import { CLI_COMMANDS } from './registry.ts';
import { paint, table, useColor } from './terminal.ts';

const HELP_FLAGS: readonly string[] = ['--help', '-h'];
const VERSION_FLAGS: readonly string[] = ['--version', '-v'];

/** Runs `tocsin ...`. Exit codes: 0 done, 1 failed, 2 wrong usage; `evidence verify` has its own. */
export async function runCli(args: readonly string[]): Promise<number> {
  if (args.length === 1 && VERSION_FLAGS.includes(args[0] ?? '')) {
    console.log(version());
    return 0;
  }
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (words.length === 0 || words[0] === 'help') return help(args, words.slice(1));
  const command = CLI_COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) return unknown(words.slice(0, 2));
  if (HELP_FLAGS.some((flag) => args.includes(flag))) {
    console.log(helpOf(command));
    return 0;
  }
  try {
    await useProxies(loadProxies());
    return await command.run(parse(command, args));
  } catch (error) {
    return explain(error, command);
  }
}

/** `tocsin`, `tocsin --help`, `tocsin help [COMMAND]`; anything else without a command is a mistake. */
function help(args: readonly string[], asked: readonly string[]): number {
  const flag = args.find((arg) => arg.startsWith('-') && !HELP_FLAGS.includes(arg));
  if (flag !== undefined) {
    console.error(`tocsin: ${flag} needs a command before it.\n\n${overview()}`);
    return 2;
  }
  const about = CLI_COMMANDS.find((command) => command.name === asked.join(' '));
  if (about === undefined && asked.length > 0) return unknown(asked);
  console.log(about === undefined ? overview() : helpOf(about));
  return 0;
}

function version(): string {
  const { version: number } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return number;
}

function parse(command: CliCommand, args: readonly string[]) {
  try {
    const options = Object.fromEntries(
      Object.entries(command.flags).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
    );
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return {
      flags: values as Record<string, string | boolean | string[] | undefined>,
      positionals: words(command, positionals.slice(command.name.split(' ').length)),
    };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What follows the command's name: no more words than it knows of. @throws UsageError */
function words(command: CliCommand, given: readonly string[]): readonly string[] {
  const known = command.words ?? 0;
  const left = given[known];
  if (left === undefined) return given;
  throw new UsageError(`"${left}" is too much: ${command.name} takes ${known === 0 ? 'options only' : 'no more words'}.`);
}

function explain(error: unknown, command: CliCommand): number {
  const color = useColor(process.stderr);
  if (error instanceof UsageError) {
    console.error(`${paint('red', 'tocsin:', color)} ${error.message}\n\n${helpOf(command)}`);
    return command.failed ?? 2;
  }
  if (error instanceof UserError) {
    console.error(`${paint('red', 'tocsin:', color)} ${error.message}\n${paint('dim', `(${error.code})`, color)}`);
    return command.failed ?? 1;
  }
  const fault = faultOf(error);
  if (fault === null) console.error(error);
  else console.error(`${paint('red', 'tocsin:', color)} ${fault.says}\n${paint('dim', `(${fault.code})`, color)}`);
  return command.failed ?? 1;
}

function unknown(words: readonly string[]): number {
  const typed = words.join(' ');
  const names = CLI_COMMANDS.map(({ name }) => name);
  const near =
    nearest(typed, names) ??
    nearest(
      words[0] ?? '',
      names.map((name) => name.split(' ')[0] ?? name),
    );
  console.error(`tocsin: there is no command "${typed}".${near === null ? '' : ` Did you mean "${near}"?`}\n\n${overview()}`);
  return 2;
}

function overview(): string {
  const rows = CLI_COMMANDS.map(({ name, summary }) => [`  ${name}`, summary]);
  return `Tocsin, a Slack bot for incident response.\n\nUsage: ${TYPED} COMMAND [options]\n\n${table(rows)}\n\n${TYPED} COMMAND --help says more of one; --version says which version this is.`;
}

function helpOf(command: CliCommand): string {
  const rows = [...Object.entries(command.flags), ['help', { type: 'boolean', summary: 'Shows this.' }] as const].map(([name, flag]) => {
    const value = flag.type === 'string' ? ` ${'value' in flag ? flag.value : 'VALUE'}` : '';
    return [`  --${name}${value}`, flag.summary];
  });
  const more = command.more === undefined ? '' : `\n\n${command.more}`;
  return `${command.summary}\n\nUsage: ${TYPED} ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}\n\nOptions:\n${table(rows)}${more}`;
}
