import { loadConfig } from '../config.ts';
import type { Check } from '../doctor/check.ts';
import { checkClusters } from '../doctor/cluster.ts';
import { checkDatabase } from '../doctor/database.ts';
import { checkEvidence } from '../doctor/evidence.ts';
import { checkOutside } from '../doctor/outside.ts';
import { checkReach } from '../doctor/reach.ts';
import { checkSlack } from '../doctor/slack.ts';
import type { CliCommand } from './command.ts';
import { paint, table } from './terminal.ts';

const MARKS = { good: () => paint('green', '✓'), warning: () => paint('yellow', '!'), bad: () => paint('red', '✗') } as const;

export const doctor: CliCommand = {
  name: 'doctor',
  usage: '',
  summary: 'Checks each connection and permission, and says what to do.',
  flags: { json: { type: 'boolean', summary: 'Prints the checks as JSON.' } },
  more: 'Exit codes: 0 all is well (warnings allowed), 1 something must be mended.',
  async run(invocation) {
    const config = loadConfig();
    const configuration: Check = {
      name: 'Configuration',
      state: 'good',
      says: `${config.path}: ${Object.keys(config.file.services).length} services`,
    };
    const checks = [
      configuration,
      ...(
        await Promise.all([
          checkSlack(config),
          checkReach(config),
          checkDatabase(config),
          checkEvidence(config),
          checkClusters(config),
          checkOutside(config),
        ])
      ).flat(),
    ];
    console.log(invocation.flags.json === true ? JSON.stringify(checks, null, 2) : report(checks));
    return checks.some(({ state }) => state === 'bad') ? 1 : 0;
  },
};

function report(checks: readonly Check[]): string {
  const rows = checks.flatMap(({ name, state, says, advice }) => [
    [` ${MARKS[state]()}`, name, says],
    ...(advice === undefined ? [] : [['', '', paint('dim', `→ ${advice}`)]]),
  ]);
  const bad = checks.filter(({ state }) => state === 'bad').length;
  const warnings = checks.filter(({ state }) => state === 'warning').length;
  const end =
    bad > 0
      ? paint('red', `${bad} to mend.`)
      : warnings > 0
        ? paint('yellow', `Ready, with ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`)
        : paint('green', 'All is well.');
  return `${table(rows)}\n\n${end}`;
}
