import { type Entry, FileProblem } from '../containers/files.ts';
import type { Command, ExecContext } from '../containers/program.ts';
import { escapes, fileCommands } from './files.ts';
import { glob } from './options.ts';

const DAY = 86_400_000;

interface Found {
  readonly entry: Entry;
  readonly shown: string;
  readonly depth: number;
}

type Test = (found: Found) => boolean;

interface Plan {
  readonly tests: Test[];
  readonly collected: { argv: string[]; paths: string[] }[];
  maxDepth: number;
  minDepth: number;
  acts: boolean;
  deletes: boolean;
  problem?: string;
}

function compare(text: string, value: number): boolean {
  const wanted = Number(text.replace(/^[+-]/, ''));
  if (text.startsWith('+')) return value > wanted;
  return text.startsWith('-') ? value < wanted : value === wanted;
}

const SIZES: Readonly<Record<string, number>> = { c: 1, k: 1024, M: 2 ** 20, G: 2 ** 30, b: 512, w: 2 };

function bySize(text: string): Test {
  const unit = SIZES[text.at(-1) ?? ''] ?? 512;
  const digits = text.replace(/[a-zA-Z]$/, '');
  return ({ entry }) => compare(digits, Math.ceil(entry.size / unit));
}

function printf(format: string, { entry, shown, depth }: Found): string {
  const date = new Date(entry.mtime);
  const text = format
    .replaceAll('%T@', (entry.mtime / 1000).toFixed(10))
    .replaceAll('%TY-%Tm-%Td', date.toISOString().slice(0, 10))
    .replaceAll('%T+', date.toISOString().replace('T', '+').replace('Z', ''))
    .replace(/%([pfhskbdyP])/g, (_whole, letter: string) => {
      const slash = shown.lastIndexOf('/');
      const values: Record<string, string> = {
        p: shown,
        f: shown.slice(slash + 1),
        h: shown.slice(0, slash),
        P: shown,
        s: String(entry.size),
        k: String(Math.ceil(entry.allocated / 1024)),
        b: String(Math.ceil(entry.allocated / 512)),
        d: String(depth),
        y: entry.directory ? 'd' : 'f',
      };
      return values[letter] ?? '';
    });
  return escapes(text);
}

/** Compiles an expression: tests joined by "and", with `!`, and actions in their places. */
function compile(context: ExecContext, words: readonly string[]): Plan {
  const { files, cluster } = context.instance;
  const now = cluster.clock.now();
  const plan: Plan = { tests: [], collected: [], maxDepth: Number.POSITIVE_INFINITY, minDepth: 0, acts: false, deletes: false };
  const act = (work: (found: Found) => boolean | void): Test => {
    plan.acts = true;
    return (found) => work(found) !== false;
  };
  let negate = false;
  const add = (made: Test): void => {
    const flipped = negate;
    plan.tests.push(flipped ? (found) => !made(found) : made);
    negate = false;
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = (): string => words[++at] ?? '';
    switch (word) {
      case '!':
      case '-not':
        negate = !negate;
        break;
      case '-a':
      case '-and':
        break;
      case '-maxdepth':
        plan.maxDepth = Number(next());
        break;
      case '-mindepth':
        plan.minDepth = Number(next());
        break;
      case '-xdev':
      case '-depth':
        break;
      case '-type': {
        const kind = next();
        add(({ entry }) => entry.directory === (kind === 'd') && (kind === 'd' || kind === 'f'));
        break;
      }
      case '-name':
      case '-iname': {
        const pattern = glob(next());
        add(({ shown }) => pattern.test(shown.split('/').at(-1) ?? ''));
        break;
      }
      case '-path':
      case '-wholename': {
        const pattern = glob(next());
        add(({ shown }) => pattern.test(shown));
        break;
      }
      case '-mtime': {
        const days = next();
        add(({ entry }) => compare(days, Math.floor((now - entry.mtime) / DAY)));
        break;
      }
      case '-mmin': {
        const minutes = next();
        add(({ entry }) => compare(minutes, Math.floor((now - entry.mtime) / 60_000)));
        break;
      }
      case '-size':
        add(bySize(next()));
        break;
      case '-empty':
        add(({ entry }) => !entry.directory && entry.size === 0);
        break;
      case '-newermt': {
        const time = Date.parse(next());
        add(({ entry }) => entry.mtime > time);
        break;
      }
      case '-print':
        add(act(({ shown }) => context.out(`${shown}\n`)));
        break;
      case '-print0':
        add(act(({ shown }) => context.out(`${shown}\0`)));
        break;
      case '-printf': {
        const format = next();
        add(act((found) => context.out(printf(format, found))));
        break;
      }
      case '-delete':
        plan.deletes = true;
        add(
          act(({ entry, shown }) => {
            try {
              if (entry.directory) files.removeDirectory(entry.path);
              else files.remove(entry.path);
              return true;
            } catch (error) {
              if (!(error instanceof FileProblem)) throw error;
              context.err(`find: cannot delete '${shown}': ${error.message}\n`);
              return false;
            }
          }),
        );
        break;
      case '-exec': {
        const argv: string[] = [];
        while (at + 1 < words.length && words[at + 1] !== ';' && !(words[at + 1] === '+' && argv.at(-1) === '{}')) argv.push(next());
        const together = next() === '+';
        const entry = { argv: argv.filter((each) => !(together && each === '{}')), paths: [] as string[] };
        plan.collected.push(entry);
        add(act(({ shown }) => void entry.paths.push(shown)));
        if (!together) Object.assign(entry, { argv, each: true });
        break;
      }
      default:
        plan.problem ??= `find: unrecognized: ${word}`;
    }
  }
  return plan;
}

/** `find PATH… EXPRESSION`. */
export const find: Command = async (context, args) => {
  const { files } = context.instance;
  const begin = args.findIndex((arg) => arg.startsWith('-') || arg === '!' || arg === '(');
  const paths = begin < 0 ? args : args.slice(0, begin);
  const plan = compile(context, begin < 0 ? [] : args.slice(begin));
  if (plan.problem !== undefined) {
    context.err(`${plan.problem}\n`);
    return 1;
  }
  let exit = 0;
  const found: Found[] = [];
  const visit = (entry: Entry, shown: string, depth: number): void => {
    if (depth >= plan.minDepth) found.push({ entry, shown, depth });
    if (!entry.directory || depth >= plan.maxDepth) return;
    for (const child of files.children(entry.path)) visit(child, `${shown.replace(/\/$/, '')}/${child.path.split('/').at(-1)}`, depth + 1);
  };
  for (const path of paths.length === 0 ? ['/'] : paths) {
    const entry = files.stat(path);
    if (entry === undefined) {
      context.err(`find: '${path}': No such file or directory\n`);
      exit = 1;
    } else visit(entry, path, 0);
  }
  for (const each of plan.deletes ? found.toReversed() : found) {
    if (plan.tests.every((made) => made(each)) && !plan.acts) context.out(`${each.shown}\n`);
  }
  for (const run of plan.collected) exit = Math.max(exit, await execute(context, run));
  return exit;
};

async function execute(context: ExecContext, run: { argv: string[]; paths: string[]; each?: boolean }): Promise<number> {
  const [name = '', ...fixed] = run.argv;
  const command: Command | undefined = (fileCommands as Record<string, Command>)[name];
  if (command === undefined) {
    context.err(`find: '${name}': No such file or directory\n`);
    return 1;
  }
  if (run.each !== true) return run.paths.length === 0 ? 0 : await command(context, [...fixed, ...run.paths]);
  let exit = 0;
  for (const path of run.paths)
    exit = Math.max(
      exit,
      await command(
        context,
        fixed.map((word) => (word === '{}' ? path : word)),
      ),
    );
  return exit;
}
