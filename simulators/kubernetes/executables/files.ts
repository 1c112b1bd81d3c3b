import { createHash } from 'node:crypto';
import { type Entry, FileProblem, normal } from '../containers/files.ts';
import type { Command, ExecContext } from '../containers/program.ts';
import { humanSize, parseOptions } from './options.ts';

/** Runs `work` for each path; a problem is told as `prefix: path: text` and makes the exit code `code`. */
function eachPath(
  context: ExecContext,
  paths: readonly string[],
  code: number,
  tell: (path: string, problem: FileProblem) => string,
  work: (path: string) => void,
): number {
  let exit = 0;
  for (const path of paths) {
    try {
      work(path);
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      context.err(`${tell(path, error)}\n`);
      exit = code;
    }
  }
  return exit;
}

function invalidOption(context: ExecContext, name: string, option: string): number {
  context.err(`${name}: unrecognized option: ${option}\n`);
  return name === 'ls' ? 2 : 1;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function longLine(entry: Entry, shown: string, human: boolean): string {
  const date = new Date(entry.mtime);
  const time = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 16)}`;
  const size = human ? humanSize(entry.size) : String(entry.size);
  return `${entry.directory ? 'drwxr-xr-x' : '-rw-r--r--'} 1 1001 1001 ${size.padStart(8)} ${time} ${shown}\n`;
}

const ls: Command = (context, args) => {
  const { operands, unknown, has } = parseOptions(args, ['l', 'a', 'A', 'h', '1', 't', 'r', 'R', 'd', 'S'], []);
  if (unknown !== undefined) return invalidOption(context, 'ls', unknown);
  const { files } = context.instance;
  return eachPath(
    context,
    operands.length === 0 ? ['/'] : operands,
    2,
    (path, problem) => `ls: cannot access '${path}': ${problem.message}`,
    (path) => {
      const entry = files.stat(path);
      if (entry === undefined) throw new FileProblem('ENOENT');
      const entries = entry.directory && !has('d') ? files.children(path) : [entry];
      if (has('t')) entries.sort((a, b) => b.mtime - a.mtime);
      if (has('S')) entries.sort((a, b) => b.size - a.size);
      if (has('r')) entries.reverse();
      for (const each of entries) {
        const shown = entry.directory && !has('d') ? (each.path.split('/').at(-1) ?? '') : path;
        context.out(has('l') ? longLine(each, shown, has('h')) : `${shown}\n`);
      }
    },
  );
};

const cat: Command = async (context, args) => {
  const { operands } = parseOptions(args, ['n', 'u'], []);
  const input = operands.length === 0 || operands.includes('-') ? await context.stdin() : Buffer.alloc(0);
  return eachPath(
    context,
    operands.length === 0 ? ['-'] : operands,
    1,
    (path, problem) => `cat: ${path}: ${problem.message}`,
    (path) => {
      context.out(path === '-' ? input : context.instance.files.read(path));
    },
  );
};

const tee: Command = async (context, args) => {
  const { operands, has } = parseOptions(args, ['a', 'i', 'append'], []);
  const input = await context.stdin();
  context.out(input);
  return eachPath(
    context,
    operands,
    1,
    (path, problem) => `tee: ${path}: ${problem.message}`,
    (path) => {
      context.instance.files.write(path, input, has('a', 'append'));
    },
  );
};

const rm: Command = (context, args) => {
  const { operands, has } = parseOptions(args, ['r', 'R', 'f', 'v'], []);
  const { files } = context.instance;
  const remove = (path: string): void => {
    if (files.stat(path)?.directory === true && has('r', 'R')) {
      for (const child of files.children(path)) remove(child.path);
      files.removeDirectory(path);
    } else if (!(has('f') && files.stat(path) === undefined)) files.remove(path);
  };
  return eachPath(context, operands, 1, (path, problem) => `rm: cannot remove '${path}': ${problem.message}`, remove);
};

const rmdir: Command = (context, args) =>
  eachPath(
    context,
    args,
    1,
    (path, problem) => `rmdir: failed to remove '${path}': ${problem.message}`,
    (path) => context.instance.files.removeDirectory(path),
  );

const mkdir: Command = (context, args) => {
  const { operands, has } = parseOptions(args, ['p'], ['m']);
  const { files } = context.instance;
  return eachPath(
    context,
    operands,
    1,
    (path, problem) => `mkdir: cannot create directory '${path}': ${problem.message}`,
    (path) => {
      const parent = normal(path).split('/').slice(0, -1).join('/');
      if (!has('p') && files.stat(parent === '' ? '/' : parent) === undefined) throw new FileProblem('ENOENT');
      files.mkdir(path);
    },
  );
};

function copyOrMove(name: 'mv' | 'cp'): Command {
  return (context, args) => {
    const { operands } = parseOptions(args, ['f', 'n', 'p', 'a', 'r', 'v'], []);
    const { files } = context.instance;
    const target = operands.at(-1) ?? '';
    const sources = operands.slice(0, -1);
    if (sources.length === 0) {
      context.err(`${name}: missing file operand\n`);
      return 1;
    }
    return eachPath(
      context,
      sources,
      1,
      (path, problem) => `${name}: cannot ${name === 'mv' ? 'move' : 'copy'} '${path}' to '${target}': ${problem.message}`,
      (path) => {
        const into = files.stat(target)?.directory === true ? `${target}/${path.split('/').at(-1)}` : target;
        const content = files.read(path);
        if (name === 'mv') files.remove(path);
        files.write(into, content);
      },
    );
  };
}

const touch: Command = (context, args) =>
  eachPath(
    context,
    args,
    1,
    (path, problem) => `touch: cannot touch '${path}': ${problem.message}`,
    (path) => {
      const { files } = context.instance;
      files.write(path, files.stat(path) === undefined ? Buffer.alloc(0) : files.read(path));
    },
  );

function digest(name: string, algorithm: string): Command {
  return async (context, args) => {
    const { operands } = parseOptions(args, ['b', 't'], []);
    const input = operands.length === 0 || operands.includes('-') ? await context.stdin() : Buffer.alloc(0);
    return eachPath(
      context,
      operands.length === 0 ? ['-'] : operands,
      1,
      (path, problem) => `${name}: ${path}: ${problem.message}`,
      (path) => {
        const content = path === '-' ? input : context.instance.files.read(path);
        context.out(`${createHash(algorithm).update(content).digest('hex')}  ${path}\n`);
      },
    );
  };
}

/** One file in a format of `stat -c`. */
export function statText(format: string, entry: Entry, shown: string): string {
  const values: Record<string, string> = {
    n: shown,
    N: `'${shown}'`,
    s: String(entry.size),
    Y: String(Math.floor(entry.mtime / 1000)),
    X: String(Math.floor(entry.mtime / 1000)),
    Z: String(Math.floor(entry.mtime / 1000)),
    y: `${new Date(entry.mtime).toISOString().replace('T', ' ').replace('Z', '000000')} +0000`,
    b: String(Math.ceil(entry.allocated / 512)),
    B: '512',
    F: entry.directory ? 'directory' : entry.size === 0 ? 'regular empty file' : 'regular file',
    a: entry.directory ? '755' : '644',
    A: entry.directory ? 'drwxr-xr-x' : '-rw-r--r--',
    u: '1001',
    g: '1001',
    U: '1001',
    G: '1001',
    h: '1',
    '%': '%',
  };
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => values[letter] ?? whole);
}

const stat: Command = (context, args) => {
  const { operands, value, unknown } = parseOptions(args, ['L', 't'], ['c', 'format', 'printf']);
  if (unknown !== undefined) return invalidOption(context, 'stat', unknown);
  const printf = value('printf');
  const format = value('c', 'format');
  return eachPath(
    context,
    operands,
    1,
    (path, problem) => `stat: cannot statx '${path}': ${problem.message}`,
    (path) => {
      const entry = context.instance.files.stat(path);
      if (entry === undefined) throw new FileProblem('ENOENT');
      if (printf !== undefined) context.out(escapes(statText(printf, entry, path)));
      else context.out(`${statText(format ?? '  File: %n\n  Size: %s\tBlocks: %b\t%F\nModify: %y', entry, path)}\n`);
    },
  );
};

/** `\n`, `\t`, `\0` and `\\` of a format. */
export function escapes(text: string): string {
  return text.replace(/\\([nt0\\])/g, (_whole, letter: string) => ({ n: '\n', t: '\t', 0: '\0', '\\': '\\' })[letter] ?? letter);
}

const du: Command = (context, args) => {
  const { operands, unknown, has, value } = parseOptions(
    args,
    ['s', 'h', 'k', 'a', 'b', 'c', 'm', 'x', 'apparent-size', 'bytes', 'summarize'],
    ['d', 'max-depth', 'B'],
  );
  if (unknown !== undefined) return invalidOption(context, 'du', unknown);
  const { files } = context.instance;
  const bytes = has('b', 'bytes');
  const depth = has('s', 'summarize') ? 0 : Number(value('d', 'max-depth') ?? Number.POSITIVE_INFINITY);
  const show = (size: number): string => {
    if (has('h')) return humanSize(size);
    if (bytes || value('B') === '1') return String(size);
    return String(Math.ceil(size / (has('m') ? 2 ** 20 : 1024)));
  };
  const sizeOf = (entry: Entry): number => (bytes || has('apparent-size') ? entry.size : entry.allocated);
  const visit = (entry: Entry, shown: string, level: number): number => {
    let sum = sizeOf(entry);
    if (entry.directory)
      for (const child of files.children(entry.path)) sum += visit(child, `${shown.replace(/\/$/, '')}/${child.path.split('/').at(-1)}`, level + 1);
    if (level <= depth && (entry.directory || has('a') || level === 0)) context.out(`${show(sum)}\t${shown}\n`);
    return sum;
  };
  return eachPath(
    context,
    operands.length === 0 ? ['/'] : operands,
    1,
    (path, problem) => `du: cannot access '${path}': ${problem.message}`,
    (path) => {
      const entry = files.stat(path);
      if (entry === undefined) throw new FileProblem('ENOENT');
      visit(entry, path, 0);
    },
  );
};

const df: Command = (context, args) => {
  const { operands, unknown, has, value } = parseOptions(args, ['h', 'k', 'P', 'a', 'T', 'portability'], ['B', 'output']);
  if (unknown !== undefined) return invalidOption(context, 'df', unknown);
  const { files } = context.instance;
  const unit = value('B') === '1' ? 1 : 1024;
  const show = (size: number): string => (has('h') ? humanSize(size) : String(Math.ceil(size / unit)));
  const posix = has('P', 'portability');
  const blocks = has('h') ? 'Size' : unit === 1 ? '1B-blocks' : posix ? '1024-blocks' : '1K-blocks';
  const header = ['Filesystem', blocks, 'Used', has('h') ? 'Avail' : 'Available', posix ? 'Capacity' : 'Use%', 'Mounted on'];
  const rows: string[][] = [];
  const add = (path: string): void => {
    if (files.stat(path) === undefined) throw new FileProblem('ENOENT');
    const { volume, path: at } = files.mountOf(normal(path));
    const share = volume.capacity() === 0 ? 0 : Math.min(100, Math.ceil((volume.used / volume.capacity()) * 100));
    rows.push([volume.source, show(volume.capacity()), show(volume.used), show(volume.free), `${share}%`, at === '' ? '/' : at]);
  };
  const paths = operands.length > 0 ? operands : files.mounts.map((mount) => (mount.path === '' ? '/' : mount.path)).toReversed();
  const exit = eachPath(context, paths, 1, (path, problem) => `df: ${path}: ${problem.message}`, add);
  if (rows.length > 0) context.out(columns([header, ...rows]));
  return exit;
};

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  const last = widths.length - 1;
  return rows
    .map(
      (row) =>
        `${row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : index === last ? cell : cell.padStart(widths[index] ?? 0))).join(' ')}\n`,
    )
    .join('');
}

function lines(name: 'head' | 'tail'): Command {
  return async (context, args) => {
    const { operands, value } = parseOptions(args, ['q'], ['n', 'c']);
    const count = Number(value('n') ?? 10);
    const input = operands.length === 0 ? await context.stdin() : Buffer.alloc(0);
    return eachPath(
      context,
      operands.length === 0 ? ['-'] : operands,
      1,
      (path, problem) => `${name}: cannot open '${path}' for reading: ${problem.message}`,
      (path) => {
        const content = path === '-' ? input : context.instance.files.read(path);
        const bytes = value('c');
        if (bytes !== undefined) return context.out(name === 'head' ? content.subarray(0, Number(bytes)) : content.subarray(-Number(bytes)));
        const all = content.toString().split('\n');
        if (all.at(-1) === '') all.pop();
        const chosen = name === 'head' ? all.slice(0, count) : all.slice(-count);
        context.out(chosen.map((line) => `${line}\n`).join(''));
      },
    );
  };
}

const wc: Command = async (context, args) => {
  const { operands, has } = parseOptions(args, ['l', 'c', 'w'], []);
  const input = operands.length === 0 ? await context.stdin() : Buffer.alloc(0);
  return eachPath(
    context,
    operands.length === 0 ? ['-'] : operands,
    1,
    (path, problem) => `wc: ${path}: ${problem.message}`,
    (path) => {
      const text = (path === '-' ? input : context.instance.files.read(path)).toString();
      const count = has('c') ? Buffer.byteLength(text) : has('w') ? text.split(/\s+/).filter(Boolean).length : text.split('\n').length - 1;
      context.out(`${count}${path === '-' ? '' : ` ${path}`}\n`);
    },
  );
};

/** `test` and `[`: of files and strings, as far as scripts use them. */
export const test: Command = (context, args) => {
  const words = args.at(-1) === ']' ? args.slice(0, -1) : [...args];
  const negated = words[0] === '!';
  const [first = '', second, third] = negated ? words.slice(1) : words;
  const entry = (path: string): Entry | undefined => context.instance.files.stat(path);
  const unary: Record<string, (path: string) => boolean> = {
    '-e': (path) => entry(path) !== undefined,
    '-f': (path) => entry(path)?.directory === false,
    '-d': (path) => entry(path)?.directory === true,
    '-s': (path) => (entry(path)?.size ?? 0) > 0,
    '-r': (path) => entry(path) !== undefined,
    '-w': (path) => entry(path) !== undefined && !context.instance.files.mountOf(normal(path)).readOnly,
    '-n': (text) => text !== '',
    '-z': (text) => text === '',
  };
  let result: boolean;
  if (second === undefined) result = first !== '';
  else if (third === undefined) result = unary[first]?.(second) ?? false;
  else if (second === '=' || second === '==') result = first === third;
  else if (second === '!=') result = first !== third;
  else
    result = { '-eq': Number(first) === Number(third), '-gt': Number(first) > Number(third), '-lt': Number(first) < Number(third) }[second] ?? false;
  return result === negated ? 1 : 0;
};

export const fileCommands = {
  ls,
  cat,
  tee,
  rm,
  rmdir,
  mkdir,
  mv: copyOrMove('mv'),
  cp: copyOrMove('cp'),
  touch,
  stat,
  du,
  df,
  head: lines('head'),
  tail: lines('tail'),
  wc,
  sha256sum: digest('sha256sum', 'sha256'),
  md5sum: digest('md5sum', 'md5'),
  test,
  '[': test,
} as const satisfies Record<string, Command>;
