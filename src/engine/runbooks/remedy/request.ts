import { assertRequestable } from '../../../domain/change/decide.ts';
import { remedyTitle } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import type { PersonCommand } from '../../../domain/incident/commands.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import { plainWords, typed } from '../../../lib/echo.ts';
import { own } from '../../../lib/own.ts';
import { nearest } from '../../../lib/suggest.ts';
import { isMatch } from '../load/expressions.ts';
import { type Arguments } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import type { Remedy } from '../load/schema.ts';
import { assertNoPlaceholder } from '../load/values.ts';
import { assertMay, neededRoles, remedyOf } from './planning.ts';

/** Characters that the value of an argument may have. */
const MAX_VALUE = 200;
/** What is said where there is no argument to give. */
const NO_ARGUMENTS = 'This remedy takes no arguments; write the reason without `=` in its first word.';

/** A remedy that somebody asks for, by whichever way they came. */
export interface AskedRemedy {
  /** Names the run: the same again asks for nothing more. */
  readonly run: string;
  readonly runbook: Runbook;
  readonly name: string;
  /** What was given for its arguments. */
  readonly given: Arguments;
  readonly reason: string;
}

/**
 * What is asked of an incident: the one road to a remedy, from a command, a form, a button or the command line. `incident` is `null` when the
 * same request declares it.
 * @throws UserError when the incident cannot have it now, an argument is not as the runbook wants it, or one is missing
 */
export function requestOf(asked: AskedRemedy, incident: Incident | null): Extract<PersonCommand, { type: 'request-remedy' }> {
  const { runbook, name } = asked;
  const remedy = remedyOf(runbook, name);
  if (incident !== null) assertPossible(runbook, name, incident);
  const given = checkedArguments(remedy, asked.given);
  const [missing] = missingArguments(remedy, given);
  if (missing !== undefined)
    throw new UserError('argument-missing', `${missing}= is missing: ${own(remedy.arguments, missing)?.about ?? 'the remedy needs it'}.`);
  return {
    type: 'request-remedy',
    run: asked.run,
    runbook: runbook.id,
    revision: runbook.revision,
    remedy: name,
    title: titleOf(remedy),
    risk: remedy.risk,
    needs: neededRoles(remedy),
    arguments: { ...defaultsOf(remedy), ...given },
    reason: asked.reason.trim(),
    ...(runbook.proposing.has(name) ? { proposes: true } : {}),
  };
}

/** Whether this remedy may be asked for in this incident at all. @throws UserError `other-service`, `severity-needed`, `plan-pending`, `not-now` */
export function assertPossible(runbook: Runbook, name: string, incident: Incident): void {
  const remedy = remedyOf(runbook, name);
  if (runbook.service !== incident.service) {
    throw new UserError(
      'other-service',
      `${runbook.id} changes ${runbook.service}, but ${incident.id} is an incident of ${incident.service}, whose responders decide only about that service. Name an incident of ${runbook.service}, or ask in a channel that belongs to no incident: then one is declared.`,
      { refusal: true },
    );
  }
  assertRequestable(incident, { runbook: runbook.id, remedy: name, title: plainWords(titleOf(remedy)), risk: remedy.risk });
  assertMay(runbook, remedy, incident);
}

/** What was given for a remedy's arguments, each as the runbook wants it. Empty values count as not given. @throws UserError */
export function checkedArguments(remedy: Pick<Remedy, 'arguments'>, given: Arguments, none = NO_ARGUMENTS): Arguments {
  const known = Object.keys(remedy.arguments);
  for (const [name, value] of Object.entries(given)) {
    const argument = own(remedy.arguments, name);
    if (argument === undefined) throw unknownArgument(name, known, none);
    if (value === '') continue;
    if (value.length > MAX_VALUE) throw new UserError('argument-invalid', `\`${name}\` has more than ${MAX_VALUE} characters.`);
    assertNoPlaceholder(name, value);
    if (argument.pattern !== undefined && !isMatch(argument.pattern, value)) {
      throw new UserError(
        'argument-invalid',
        `\`${name}\` cannot be \`${typed(value)}\`: ${plainWords(argument.about)}. It has to match \`${argument.pattern}\`.`,
      );
    }
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

/** The arguments that are not given and have no default. */
export function missingArguments(remedy: Pick<Remedy, 'arguments'>, given: Arguments): readonly string[] {
  return Object.entries(remedy.arguments).flatMap(([name, { default: byDefault }]) =>
    own(given, name) === undefined && byDefault === undefined ? [name] : [],
  );
}

function titleOf({ title, last_resort: lastResort }: Remedy): string {
  return remedyTitle({ title, lastResort });
}

function defaultsOf(remedy: Remedy): Record<string, string> {
  return Object.fromEntries(Object.entries(remedy.arguments).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])));
}

function unknownArgument(name: string, known: readonly string[], none: string): UserError {
  const near = nearest(name, known);
  const meant = near === null ? '' : ` Did you mean \`${near}=\`?`;
  const has = known.length === 0 ? none : `It has: ${known.map((one) => `\`${one}\``).join(', ')}.`;
  return new UserError('unknown-argument', `There is no argument \`${typed(name)}\`.${meant} ${has}`);
}
