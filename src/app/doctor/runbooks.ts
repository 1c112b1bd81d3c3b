import type { Config } from '../../config/load.ts';
import { openCatalogue } from '../../engine/runbooks/load/catalogue.ts';
import type { Runbook } from '../../engine/runbooks/load/runbook.ts';
import { neededTargets } from '../../engine/runbooks/preflight/needed-targets.ts';
import { plural } from '../../lib/plural.ts';
import { TYPED } from '../../lib/typed.ts';
import { sayProblem } from '../../lib/yaml.ts';
import { unusedSettings } from '../../rights/service-settings.ts';
import { ABSENT } from '../../rights/targets-block.ts';
import { ACTION_REGISTRY, runbookFolders } from '../built-in.ts';
import { bad, type Check, good, warning } from './check.ts';

/** Whether runbooks can be read, and whether tocsin.yml has the targets that diagnoses need and no setting that nobody reads. */
export async function checkRunbooks({ file }: Config): Promise<readonly Check[]> {
  const catalogue = await openCatalogue({
    folders: runbookFolders(file),
    actions: ACTION_REGISTRY,
    settings: (service) => file.services[service]?.settings ?? {},
  });
  const runbooks = catalogue.list();
  const problems = catalogue.problems().map((problem) => bad('Runbooks', sayProblem(problem), 'Correct the file: docs/how-to/write-a-runbook.md.'));
  const settings = unusedSettings(file, runbooks).map((line) =>
    warning('Settings', line, `Correct the name in tocsin.yml. ${TYPED} runbook targets SERVICE prints those that there are.`),
  );
  const targets = Object.entries(file.services).flatMap(([id, service]) => missingTargets(id, catalogue.list(id), service.targets));
  return [...(problems.length === 0 ? [good('Runbooks', `${plural(runbooks.length, 'runbook')} can be read`)] : problems), ...settings, ...targets];
}

/** Targets that diagnoses of a service need and tocsin.yml does not name. */
function missingTargets(id: string, runbooks: readonly Runbook[], configured: object): readonly Check[] {
  const missing = neededTargets(ACTION_REGISTRY, runbooks).filter(({ name, diagnoses }) => diagnoses.length > 0 && !Object.hasOwn(configured, name));
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name).join(', ');
  return [
    warning(
      `Targets of ${id}`,
      `its runbooks need ${plural(missing.length, 'target')} more: ${names}`,
      `Add what is here, and ${missing[0]?.name}: ${ABSENT} for what is not. ${TYPED} runbook targets ${id} prints a block to fill in.`,
    ),
  ];
}
