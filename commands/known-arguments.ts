import type { Incident } from '../src/domain/incident/incident.ts';
import { argumentsOf } from '../src/engine/alerts/arguments.ts';
import { isMatch } from '../src/engine/runbooks/load/expressions.ts';
import type { Runbook } from '../src/engine/runbooks/load/runbook.ts';
import { own } from '../src/lib/own.ts';
import type { LookUp } from './command.ts';

type Arguments = Readonly<Record<string, string>>;

/**
 * What an incident knows of a diagnosis' arguments: what it was asked with there before, else what the incident's alert says, else what other
 * diagnoses there were asked with by the same names, such as the capsule and the tenant.
 */
export async function knownArguments(incident: Incident, look: Pick<LookUp, 'openAlerts'>, runbook: Runbook): Promise<Arguments> {
  if (Object.keys(runbook.arguments).length === 0) return {};
  const before = own(incident.diagnoses, runbook.id)?.arguments;
  if (before !== undefined) return before;
  const alert = (await look.openAlerts()).findLast((one) => one.incident === incident.id && one.runbook === runbook.id);
  return { ...fromOthers(incident, runbook), ...(alert === undefined ? {} : argumentsOf(alert, runbook).given) };
}

function fromOthers({ diagnoses }: Incident, runbook: Runbook): Arguments {
  const others = Object.values(diagnoses).toSorted((one, other) => one.at - other.at);
  const given: Arguments = Object.assign({}, ...others.map((one) => one.arguments ?? {}));
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => fits(runbook, name, value)));
}

function fits({ arguments: known }: Runbook, name: string, value: string): boolean {
  const argument = own(known, name);
  return argument !== undefined && value !== '' && (argument.pattern === undefined || isMatch(argument.pattern, value));
}
