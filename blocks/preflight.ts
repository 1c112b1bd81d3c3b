import { type Cause, type CheckState, causesOf, worst } from '../src/domain/checks.ts';
import type { PREFLIGHT_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import { plural } from '../src/lib/plural.ts';
import { context, divider, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, when } from './text.ts';

type PreflightShown = ShownOf<typeof PREFLIGHT_BOARD>;

/** Causes that are spelled out; the rest is counted. */
const CAUSES = 20;
/** Steps that a cause names; the rest is counted. */
const NAMED = 4;

const SIGNS: Readonly<Record<CheckState, string>> = { failure: ':x:', unknown: ':grey_question:', warning: ':warning:', ok: ':white_check_mark:' };

/** Would it work tonight? Each cause once, the gravest first, with what to do about it; what works is only counted. */
export function preflightBoard(report: PreflightShown): Message {
  const count = (state: CheckState) => report.steps.filter(({ checks }) => worst(checks) === state).length;
  const causes = causesOf(report.steps.map((place) => ({ place, checks: place.checks })));
  const verdict = verdictOf(count('failure'), count('unknown'), count('warning'), report.steps.length);
  const totals = [
    `${plural(report.runbooks, 'runbook')}, ${plural(report.steps.length, 'step')}`,
    ...(count('failure') === 0 ? [] : [`${SIGNS.failure} *${count('failure')} would fail*`]),
    ...(count('unknown') === 0 ? [] : [`${SIGNS.unknown} ${count('unknown')} not known`]),
    ...(count('warning') === 0 ? [] : [`${SIGNS.warning} ${count('warning')} with a warning`]),
    `${SIGNS.ok} ${count('ok')} ${count('ok') === 1 ? 'works' : 'work'}`,
  ];
  const good = [...Map.groupBy(report.steps, ({ runbook }) => runbook)].filter(([, steps]) => worst(steps.flatMap(({ checks }) => checks)) === 'ok');
  return message(
    `Pre-flight of ${report.service}: ${verdict}`,
    [
      header(`Pre-flight of ${report.service}: ${verdict}`),
      section(totals.join('  ·  ')),
      ...(causes.length === 0 ? [] : [divider(), ...causes.slice(0, CAUSES).map((cause) => section(sayCause(cause)))]),
      ...(causes.length > CAUSES ? [context(`_And ${causes.length - CAUSES} more, in the record._`)] : []),
      ...(good.length === 0
        ? []
        : [divider(), section(`${SIGNS.ok} *Work as they are*: ${good.map(([runbook, steps]) => `\`${runbook}\` (${steps.length})`).join(', ')}`)]),
      context(`As of ${when(report.at, 'date-time')}. Nothing was changed. The full report is a record with a file: \`preflight.finished\`.`),
    ],
    'All of it is in the file of the record `preflight.finished`.',
  );
}

function verdictOf(failures: number, unknown: number, warnings: number, steps: number): string {
  if (failures > 0) return `${failures} of ${plural(steps, 'step')} would fail`;
  if (unknown === steps) return 'nothing could be checked';
  if (unknown > 0) return `nothing would fail; ${unknown} of ${plural(steps, 'step')} not known`;
  return warnings > 0 ? 'All steps would run, with warnings' : 'All steps would run';
}

/** One cause and where it shows: one step by its name, several by their number and the first names. */
function sayCause({ state, what, advice, places }: Cause<PreflightShown['steps'][number]>): string {
  const names = [...Map.groupBy(places, ({ runbook }) => runbook)].flatMap(([runbook, steps]) =>
    steps.map(({ step }, i) => `${i === 0 ? `\`${safe(runbook)}\` ` : ''}_${safe(clamp(step, 80))}_`),
  );
  const left = names.length - NAMED;
  const where = `${names.slice(0, NAMED).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
  const said = `${SIGNS[state]} ${places.length === 1 ? '' : `*${places.length} steps*: `}${safe(clamp(what, 400))}`;
  return [said, `      ${where}`, ...(advice === null ? [] : [`      → ${safe(clamp(advice, 200))}`])].join('\n');
}
