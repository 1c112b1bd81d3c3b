import { alertTry } from './alert-try.ts';
import type { CliCommand } from './command.ts';
import { configCheck } from './config-check.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { exportEvidence, verify } from './evidence.ts';
import { migrate } from './migrate.ts';
import { repair } from './repair.ts';
import { restore } from './restore.ts';
import { lintRunbooks, runbookPermissions, runbookPlan, runbookPreflight, runbookRights, runbookRun } from './runbook.ts';
import { runbookTargets } from './runbook-targets.ts';
import { start } from './start.ts';

/** Every command of `tocsin`. To add one: a file here and its line. */
export const CLI_COMMANDS: readonly CliCommand[] = [
  start,
  demo,
  configCheck,
  doctor,
  verify,
  exportEvidence,
  repair,
  migrate,
  restore,
  lintRunbooks,
  runbookPreflight,
  runbookPlan,
  runbookRun,
  runbookRights,
  runbookPermissions,
  runbookTargets,
  alertTry,
];
