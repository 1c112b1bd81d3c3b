import { parseArgs } from 'node:util';
import { nearest } from '../domain/suggest.ts';
import { faultOf } from '../faults.ts';
import { type CliCommand, UsageError } from './command.ts';
import { CLI_COMMANDS } from './registry.ts';
import { paint, table, useColor } from './terminal.ts';

/** Runs `tocsin ...`. Exit codes: 0 done, 1 failed, 2 wrong usage; `evidence verify` has its own. */
export async function runCli(args: readonly string[]): Promise<number> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  if (words.length === 0 || words[0] === 'help') {
    const asked = words.slice(1).join(' ');
    const about = CLI_COMMANDS.find((command) => command.name === asked);
    console.log(about === undefined ? overview() : helpOf(about));
    return 0;
  }
  const command = CLI_COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) return unknown(words.slice(0, 2));
  if (args.includes('--help') || args.includes('-h')) {
    console.log(helpOf(command));
    return 0;
  }
  try {
    return await command.run(parse(command, args));
  } catch (error) {
    return explain(error, command);
  }
}

function parse(command: CliCommand, args: readonly string[]) {
  try {
    const options = Object.fromEntries(
      Object.entries(command.flags).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
    );
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return {
      flags: values as Record<string, string | boolean | string[] | undefined>,
      positionals: positionals.slice(command.name.split(' ').length),
    };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function explain(error: unknown, command: CliCommand): number {
  const color = useColor(process.stderr);
  if (error instanceof UsageError) {
    console.error(`${paint('red', 'tocsin:', color)} ${error.message}\n\n${helpOf(command)}`);
    return command.failed ?? 2;
  }
  const fault = faultOf(error);
  if (fault === null) console.error(error);
  else console.error(`${paint('red', 'tocsin:', color)} ${fault.says}\n${paint('dim', `(${fault.code})`, color)}`);
  return command.failed ?? (fault?.code === 'usage' ? 2 : 1);
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
  return `Tocsin, a Slack bot for incident response.\n\nUsage: tocsin COMMAND [options]\n\n${table(rows)}\n\ntocsin COMMAND --help says more of one.`;
}

function helpOf(command: CliCommand): string {
  const rows = [...Object.entries(command.flags), ['help', { type: 'boolean', summary: 'Shows this.' }] as const].map(([name, flag]) => {
    const value = flag.type === 'string' ? ` ${'value' in flag ? flag.value : 'VALUE'}` : '';
    return [`  --${name}${value}`, flag.summary];
  });
  const more = command.more === undefined ? '' : `\n\n${command.more}`;
  return `${command.summary}\n\nUsage: tocsin ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}\n\nOptions:\n${table(rows)}${more}`;
}
