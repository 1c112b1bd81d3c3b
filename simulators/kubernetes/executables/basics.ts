import type { Command } from '../containers/program.ts';
import { fileCommands } from './files.ts';
import { find } from './find.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const date: Command = (context, args) => {
  const now = new Date(context.instance.cluster.clock.now());
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1);
  const iso = now.toISOString();
  if (format === undefined) {
    context.out(
      `${DAYS[now.getUTCDay()]} ${MONTHS[now.getUTCMonth()]} ${String(now.getUTCDate()).padStart(2)} ${iso.slice(11, 19)} UTC ${now.getUTCFullYear()}\n`,
    );
    return 0;
  }
  const parts: Record<string, string> = {
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    s: String(Math.floor(now.getTime() / 1000)),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    Z: 'UTC',
    z: '+0000',
  };
  context.out(`${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => parts[letter] ?? whole)}\n`);
  return 0;
};

const env: Command = (context) => {
  for (const [name, value] of Object.entries(context.instance.env)) context.out(`${name}=${value}\n`);
  return 0;
};

const printenv: Command = (context, args) => {
  if (args.length === 0) return env(context, args);
  let exit = 0;
  for (const name of args) {
    const value = context.instance.env[name];
    if (value === undefined) exit = 1;
    else context.out(`${value}\n`);
  }
  return exit;
};

/** What every image with a user land has. There is no shell: nothing here would expand a glob or a pipe. */
export const basics: Readonly<Record<string, Command>> = {
  ...fileCommands,
  find,
  date,
  env,
  printenv,
  echo: (context, args) => {
    context.out(args[0] === '-n' ? args.slice(1).join(' ') : `${args.join(' ')}\n`);
    return 0;
  },
  true: () => 0,
  false: () => 1,
  sleep: () => 0,
  hostname: (context) => {
    context.out(`${context.instance.podName}\n`);
    return 0;
  },
  whoami: (context) => {
    context.err('whoami: unknown uid 1001\n');
    return 1;
  },
  id: (context) => {
    context.out('uid=1001 gid=1001 groups=1001\n');
    return 0;
  },
  pwd: (context) => {
    context.out('/\n');
    return 0;
  },
};
