import { alertList } from '../../blocks/alert.ts';
import { safe } from '../../blocks/outside.ts';
import { note } from '../../blocks/replies.ts';
import type { Alert } from '../../src/domain/alert/alerts.ts';
import { UserError } from '../../src/domain/errors.ts';
import { argumentsOf } from '../../src/engine/alerts/arguments.ts';
import { DIAGNOSIS } from '../../src/engine/run-kinds.ts';
import { askOf, assertResponder, type Handler, type LookUp, type Request, type Subcommand } from '../command.ts';
import { placeOf } from '../place.ts';
import { declareAs, openOf } from './declare.ts';

export const alerts: Subcommand = {
  name: 'alerts',
  usage: 'alerts',
  summary: 'Lists the active alerts.',
  incident: 'none',
  run: async (_request, look) => ({ reply: alertList(await look.openAlerts()) }),
};

/** Acknowledge on an alert's card (VQ-05): the time it took is kept. */
export const acknowledgeAlert: Handler = async (request, look) => {
  const alert = await alertOf(request, look);
  return { alerts: [{ type: 'acknowledge', alert: alert.id }] };
};

/**
 * Investigate on an alert's card: the diagnosis of the runbook that knows of it, in its incident or where the alert is. An incident that is declared from
 * the alert gets what was found (engine/alerts/carrying.ts).
 */
export const investigateAlert: Handler = async (request, look) => {
  const alert = await alertOf(request, look);
  const runbook = alert.runbook === null ? null : look.runbooks.get(alert.runbook);
  if (runbook === null) throw new UserError('unknown-runbook', 'The runbook of this alert no longer exists. `/runbook list` shows all.');
  const { given, unfilled } = argumentsOf(alert, runbook);
  if (alert.incident !== null) {
    const ask = { type: 'request-diagnosis', run: request.id, runbook: runbook.id, title: runbook.title, arguments: given, unfilled } as const;
    return { asks: [askOf(alert.incident, ask)], reply: note(`Diagnosing *${safe(runbook.title)}* in *${alert.incident}*.`) };
  }
  await assertResponder(look, runbook.service);
  const run = DIAGNOSIS.with({
    incident: null,
    runbook: runbook.id,
    by: request.person.id,
    to: placeOf(request),
    arguments: { ...given },
    unfilled: [...unfilled],
  });
  return { run, alerts: [{ type: 'investigate', alert: alert.id }] };
};

/** Declare on an alert's card: an incident with what the alert says, and the alert belongs to it. */
export const declareFromAlert: Handler = async (request, look) => {
  const alert = await alertOf(request, look);
  const service = look.services.find(({ id }) => id === alert.service);
  if (service === undefined) throw new UserError('unknown-service', `The service ${alert.service} is no longer configured.`);
  const about = { component: alert.component, detected: alert.openedAt, beside: await openOf(service, look) };
  const declared = declareAs(service, alert.severity, alert.title, about);
  return { ...declared, alerts: [{ type: 'attach', alert: alert.id, target: { kind: 'declared' } }] };
};

/** @throws UserError `alert-over` */
async function alertOf(request: Request, look: LookUp): Promise<Alert> {
  const alert = await look.alert(request.value ?? '');
  if (alert !== null) return alert;
  throw new UserError('alert-over', 'That alert is over. `/incident alerts` lists the active ones.');
}
