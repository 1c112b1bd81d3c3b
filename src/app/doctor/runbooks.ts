import type { Config } from '../../config/load.ts';
import type { WebhooksConfig } from '../../config/webhooks.ts';
import { openCatalogue } from '../../engine/runbooks/load/catalogue.ts';
import type { Runbook } from '../../engine/runbooks/load/runbook.ts';
import type { Trigger } from '../../engine/runbooks/load/schema.ts';
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
  const deaf = Object.keys(file.services).flatMap((id) => unheardSenders(id, catalogue.list(id), file));
  return [
    ...(problems.length === 0 ? [good('Runbooks', `${plural(runbooks.length, 'runbook')} can be read`)] : problems),
    ...settings,
    ...targets,
    ...deaf,
  ];
}

/** Senders that a service's triggers wait for and that nobody has configured: such a trigger never fires. */
function unheardSenders(id: string, runbooks: readonly Runbook[], { webhooks, kafka }: Config['file']): readonly Check[] {
  const waiting = new Map<string, Set<string>>();
  for (const runbook of runbooks)
    for (const trigger of runbook.triggers) {
      const setting = unsetSender(trigger, webhooks, kafka !== undefined);
      if (setting !== null) waiting.set(setting, (waiting.get(setting) ?? new Set()).add(runbook.id));
    }
  return [...waiting].map(([setting, names]) =>
    warning(
      `Triggers of ${id}`,
      `${plural(names.size, 'runbook waits', 'runbooks wait')} for alerts that nothing brings: ${[...names].join(', ')}`,
      `Set ${setting} in tocsin.yml if they come from there: docs/how-to/receive-alerts.md.`,
    ),
  );
}

/**
 * The setting that is missing for a trigger's alerts to come in; `null` when they do. Built-in runbooks take alerts of Alertmanager beside those
 * of other senders: who has none misses nothing.
 */
function unsetSender(trigger: Trigger, webhooks: WebhooksConfig, hasKafka: boolean): string | null {
  const { pagerduty, webhook } = trigger;
  if (webhook !== undefined && webhooks.generic[webhook.from] === undefined) return `webhooks.generic.${webhook.from}`;
  if (pagerduty !== undefined && webhooks.pagerduty === undefined) return 'webhooks.pagerduty';
  // A guard trip comes by its own webhook, by Kafka or by way of Alertmanager.
  const trips = webhooks.guard_trip !== undefined || webhooks.alertmanager !== undefined || hasKafka;
  return trigger['guard-trip'] !== undefined && !trips ? 'webhooks.guard_trip or kafka' : null;
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
