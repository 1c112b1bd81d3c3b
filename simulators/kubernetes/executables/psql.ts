import { FileProblem } from '../containers/files.ts';
import type { Command, ExecContext, Instance } from '../containers/program.ts';
import { parseOptions } from './options.ts';
import { type DatabaseServer, type PostgresEngine, type Result, SqlError } from './postgres.ts';

const FLAGS = [
  'A',
  't',
  'q',
  'X',
  'x',
  'e',
  'a',
  'E',
  'w',
  'W',
  '1',
  'l',
  'n',
  's',
  'S',
  'z',
  '0',
  'csv',
  'no-align',
  'tuples-only',
  'quiet',
  'no-psqlrc',
  'expanded',
  'no-password',
  'single-transaction',
  'echo-all',
];
const VALUES = [
  'U',
  'd',
  'h',
  'p',
  'c',
  'f',
  'v',
  'F',
  'R',
  'P',
  'o',
  'username',
  'dbname',
  'host',
  'port',
  'command',
  'file',
  'set',
  'variable',
  'field-separator',
  'record-separator',
  'pset',
];

interface Look {
  readonly aligned: boolean;
  readonly tuplesOnly: boolean;
  readonly csv: boolean;
  readonly expanded: boolean;
  readonly quiet: boolean;
  readonly separator: string;
}

/** Where a psql ends up: a server that answers, or why it cannot be reached. */
export type Reached = { readonly server: DatabaseServer } | { readonly refused: string };

/** `psql`, as images of PostgreSQL have it. `reach` finds the server for a host (undefined: the container's own). */
export function psql(engine: PostgresEngine, reach: (instance: Instance, host: string | undefined) => Reached): Command {
  return async (context, args) => {
    const { operands, unknown, has, value, options } = parseOptions(args, FLAGS, VALUES);
    if (unknown !== undefined) {
      context.err(`/usr/local/bin/psql: unrecognized option: ${unknown.replace(/^-+/, '')}\npsql: hint: Try "psql --help" for more information.\n`);
      return 1;
    }
    const { instance } = context;
    const host = value('h', 'host') ?? instance.env['PGHOST'];
    const reached = reach(instance, host);
    if ('refused' in reached) {
      context.err(`psql: error: ${reached.refused}\n`);
      return 2;
    }
    const { server } = reached;
    const user = value('U', 'username') ?? operands[1] ?? instance.env['PGUSER'] ?? 'root';
    const database = value('d', 'dbname') ?? operands[0] ?? user;
    const at = host === undefined ? 'on socket "/var/run/postgresql/.s.PGSQL.5432"' : `at "${host}", port 5432`;
    const refusal = !server.roles.includes(user)
      ? `role "${user}" does not exist`
      : [...server.databases, 'postgres'].includes(database)
        ? undefined
        : `database "${database}" does not exist`;
    if (refusal !== undefined) {
      context.err(`psql: error: connection to server ${at} failed: FATAL:  ${refusal}\n`);
      return 2;
    }
    const look: Look = {
      aligned: !has('A', 'no-align') && !has('csv'),
      tuplesOnly: has('t', 'tuples-only'),
      csv: has('csv'),
      expanded: has('x', 'expanded'),
      quiet: has('q', 'quiet'),
      separator: value('F', 'field-separator') ?? '|',
    };
    const variables = Object.fromEntries(
      options
        .filter(([name]) => ['v', 'set', 'variable'].includes(name))
        .map(([, text]) => [text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1)]),
    );
    const commands = options.filter(([name]) => name === 'c' || name === 'command').map(([, text]) => text);
    const script = commands.length > 0 ? undefined : await readScript(context, value('f', 'file'));
    if (script === null) return 1;
    // psql does not replace variables in the text of -c, only in what it reads.
    const statements = script === undefined ? commands.flatMap(split) : split(interpolate(script, variables));
    try {
      for (const statement of statements) await engine.run(server, [statement], (result) => context.out(shown(result, look)));
      return 0;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      context.err(`ERROR:  ${error.message}\n`);
      if (script === undefined) return 1;
      return variables['ON_ERROR_STOP'] === '1' ? 3 : 0;
    }
  };
}

async function readScript(context: ExecContext, file: string | undefined): Promise<string | null> {
  if (file === undefined || file === '-') return (await context.stdin()).toString();
  try {
    return context.instance.files.read(file).toString();
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    context.err(`psql: error: ${file}: ${error.message}\n`);
    return null;
  }
}

function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text
    .replace(/:'(\w+)'/g, (whole, name: string) => (variables[name] === undefined ? whole : `'${variables[name].replaceAll("'", "''")}'`))
    .replace(/:"(\w+)"/g, (whole, name: string) => (variables[name] === undefined ? whole : `"${variables[name].replaceAll('"', '""')}"`))
    .replace(/(?<![:\w]):(\w+)/g, (whole, name: string) => variables[name] ?? whole);
}

/** Statements of a text, split at semicolons outside quotes; backslash commands are left out. */
export function split(text: string): string[] {
  const found: string[] = [];
  let current = '';
  let quote = '';
  for (const letter of text) {
    if (quote === '' && letter === ';') {
      found.push(current);
      current = '';
      continue;
    }
    if (quote === letter) quote = '';
    else if (quote === '' && (letter === "'" || letter === '"')) quote = letter;
    current += letter;
  }
  return [...found, current].map((each) => each.replace(/^\s*\\.*$/gm, '').trim()).filter((each) => each !== '');
}

function shown(result: Result, look: Look): string {
  if (result.fields.length === 0) return look.quiet || look.tuplesOnly ? '' : `${result.tag}\n`;
  const rows = result.rows.map((row) => row.map((value) => value ?? ''));
  if (look.csv) {
    const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\n`;
    return `${look.tuplesOnly ? '' : line(result.fields)}${rows.map(line).join('')}`;
  }
  if (look.expanded) return expanded(result.fields, rows, look);
  if (!look.aligned) {
    const line = (cells: readonly string[]): string => `${cells.join(look.separator)}\n`;
    return look.tuplesOnly ? rows.map(line).join('') : `${line(result.fields)}${rows.map(line).join('')}${footer(rows.length)}\n`;
  }
  return aligned(result.fields, rows, look.tuplesOnly);
}

function footer(count: number): string {
  return `(${count} row${count === 1 ? '' : 's'})`;
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function aligned(fields: readonly string[], rows: readonly (readonly string[])[], tuplesOnly: boolean): string {
  const widths = fields.map((field, index) => Math.max(field.length, ...rows.map((row) => (row[index] ?? '').length)));
  const numeric = fields.map((_field, index) => rows.length > 0 && rows.every((row) => /^-?[\d.]+$/.test(row[index] ?? '') || row[index] === ''));
  const center = (text: string, width: number): string => text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
  const head = ` ${fields.map((field, index) => center(field, widths[index] ?? 0)).join(' | ')} \n${widths.map((width) => '-'.repeat(width + 2)).join('+')}\n`;
  const body = rows.map((row) => {
    const cells = row.map((cell, index) => (numeric[index] === true ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)));
    return ` ${cells.join(' | ')}`.replace(/\s+$/, '');
  });
  return tuplesOnly ? `${body.join('\n')}\n\n` : `${head}${body.map((line) => `${line}\n`).join('')}${footer(rows.length)}\n\n`;
}

function expanded(fields: readonly string[], rows: readonly (readonly string[])[], look: Look): string {
  const width = Math.max(...fields.map((field) => field.length));
  const records = rows.map((row, index) => {
    const head = look.tuplesOnly ? '' : look.aligned ? `-[ RECORD ${index + 1} ]${'-'.repeat(Math.max(1, width))}\n` : '';
    const lines = fields.map((field, at) =>
      look.aligned ? `${field.padEnd(width)} | ${row[at] ?? ''}` : `${field}${look.separator}${row[at] ?? ''}`,
    );
    return `${head}${lines.join('\n')}\n`;
  });
  return `${records.join('\n')}${look.aligned ? '\n' : ''}`;
}
