import { type Check, together } from '../app/doctor/check.ts';
import { checkClusters } from '../app/doctor/cluster.ts';
import { checkDatabase } from '../app/doctor/database.ts';
import { checkEvidence } from '../app/doctor/evidence.ts';
import { checkMail } from '../app/doctor/mail.ts';
import { checkNetwork } from '../app/doctor/network.ts';
import { checkNotices } from '../app/doctor/notices.ts';
import { checkOutside } from '../app/doctor/outside.ts';
import { checkPackCopies } from '../app/doctor/packs.ts';
import { checkPagePath } from '../app/doctor/page-path.ts';
import { checkPagerDuty } from '../app/doctor/pagerduty.ts';
import { checkReach } from '../app/doctor/reach.ts';
import { lookAtRotas } from '../app/doctor/rotas.ts';
import { checkRunbooks } from '../app/doctor/runbooks.ts';
import { checkSlack } from '../app/doctor/slack.ts';
import { checkTrackers } from '../app/doctor/trackers.ts';
import { loadConfig } from '../config/load.ts';
import { plural } from '../lib/plural.ts';
import type { CliCommand } from './command.ts';
import { paint, table } from './terminal.ts';

const MARKS = {
  good: () => paint('green', '✓'),
  warning: () => paint('yellow', '!'),
  unknown: () => paint('yellow', '?'),
  bad: () => paint('red', '✗'),
} as const;

export const doctor: CliCommand = {
  name: 'doctor',
  usage: '',
  summary: 'Checks each connection and permission, and says what to do.',
  flags: { json: { type: 'boolean', summary: 'Prints the checks as JSON.' } },
  more: 'Run it where the bot runs, while it runs: then it also says whether a page would arrive. It sends nothing to anybody.\nExit codes: 0 all checks passed (warnings allowed), 1 something must be fixed.',
  async run(invocation) {
    const config = loadConfig();
    const configuration: Check = {
      name: 'Configuration',
      state: 'good',
      says: `${config.path}: ${plural(Object.keys(config.file.services).length, 'service')}`,
    };
    const rotas = lookAtRotas(config);
    const checks = together([
      configuration,
      ...(
        await Promise.all([
          checkNetwork(config),
          checkSlack(config),
          checkReach(
            config,
            rotas.then((found) => found.rotas),
          ),
          checkPagePath(config),
          rotas.then((found) => found.checks),
          checkDatabase(config),
          checkEvidence(config),
          checkClusters(config),
          checkPackCopies(config),
          checkOutside(config),
          checkMail(config),
          checkPagerDuty(config),
          checkTrackers(config),
          checkNotices(config),
          checkRunbooks(config),
        ])
      ).flat(),
    ]);
    console.log(invocation.flags.json === true ? JSON.stringify(checks, null, 2) : report(checks));
    return checks.some(({ state }) => state === 'bad') ? 1 : 0;
  },
};

function report(checks: readonly Check[]): string {
  const rows = checks.flatMap(({ name, state, says, advice }) => [
    [` ${MARKS[state]()}`, name, says],
    ...(advice === undefined ? [] : [['', '', paint('dim', `→ ${advice}`)]]),
  ]);
  return `${table(rows)}\n\n${verdict(checks)}`;
}

function verdict(checks: readonly Check[]): string {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length;
  const unseen = count('unknown') === 0 ? '' : ` ${count('unknown')} could not be checked.`;
  if (count('bad') > 0) return paint('red', `${plural(count('bad'), 'problem')} to fix.${unseen}`);
  const warnings = count('warning');
  if (warnings > 0) return paint('yellow', `Ready, with ${plural(warnings, 'warning')}.${unseen}`);
  return unseen === '' ? paint('green', 'All checks passed.') : paint('yellow', `All completed checks are fine.${unseen}`);
}
