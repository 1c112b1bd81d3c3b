import { loadConfig } from '../config/load.ts';
import { namedVariables } from '../config/variables.ts';
import { plural } from '../lib/plural.ts';
import { TYPED } from '../lib/typed.ts';
import type { CliCommand } from './command.ts';
import { paint } from './terminal.ts';

export const configCheck: CliCommand = {
  name: 'config check',
  usage: '',
  summary: 'Checks tocsin.yml and the environment. Works offline, and writes nothing.',
  flags: {},
  more: `It reads tocsin.yml, or the file that TOCSIN_CONFIG names. Whether what stands there works is what \`${TYPED} doctor\` looks at.
Exit codes: 0 it is valid, 1 it is not.`,
  run() {
    const { path, file, variables } = loadConfig();
    console.log(`${paint('green', '✓')} ${path}: ${plural(Object.keys(file.services).length, 'service')}`);
    for (const { key, name } of namedVariables(file)) {
      if ((variables[name] ?? '') === '') console.log(`${paint('yellow', '!')} ${key} names ${name}, which is not set here`);
    }
    return Promise.resolve(0);
  },
};
