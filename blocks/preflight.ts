import type { KnownBlock } from '@slack/types';
import { context, divider, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, when } from './text.ts';

/** What a pre-flight found (engine/runbooks/preflight.ts). */
export interface PreflightShown {
  readonly service: string;
  readonly at: number;
  readonly runbooks: number;
  readonly steps: readonly StepShown[];
}

interface CheckShown {
  readonly state: 'ok' | 'warning' | 'failure';
  readonly what: string;
  readonly advice: string | null;
}

interface StepShown {
  readonly runbook: string;
  readonly step: string;
  readonly uses: string;
  readonly checks: readonly CheckShown[];
}

/** Problems of a runbook that are spelled out; the rest is counted. */
const PROBLEMS = 8;

/** Would it work tonight? What would fail comes first, with what to do about it; what works is only counted. */
export function preflightBoard(report: PreflightShown): Message {
  const count = (state: CheckShown['state']) => report.steps.filter(({ checks }) => worst(checks) === state).length;
  const failures = count('failure');
  const warnings = count('warning');
  const verdict =
    failures > 0
      ? `${failures} of ${report.steps.length} steps would fail`
      : warnings > 0
        ? 'All steps would run, with warnings'
        : 'All steps would run';
  const totals = [
    `${sayCount(report.runbooks, 'runbook')}, ${sayCount(report.steps.length, 'step')}`,
    ...(failures === 0 ? [] : [`:x: *${failures} would fail*`]),
    ...(warnings === 0 ? [] : [`:warning: ${warnings} with a warning`]),
    `:white_check_mark: ${sayWork(count('ok'))}`,
  ];
  const byRunbook = Map.groupBy(report.steps, ({ runbook }) => runbook);
  const bad = [...byRunbook].filter(([, steps]) => worstOf(steps) !== 'ok').sort(([, a], [, b]) => failing(b) - failing(a));
  const good = [...byRunbook].filter(([, steps]) => worstOf(steps) === 'ok');
  return message(
    `Pre-flight of ${report.service}: ${verdict}`,
    [
      header(`Pre-flight of ${report.service}: ${verdict}`),
      section(totals.join('  ·  ')),
      ...bad.flatMap(([runbook, steps]) => [divider(), ...runbookBlocks(runbook, steps)]),
      ...(good.length === 0
        ? []
        : [
            divider(),
            section(`:white_check_mark: *Work as they are*: ${good.map(([runbook, steps]) => `\`${runbook}\` (${steps.length})`).join(', ')}`),
          ]),
      context(`As of ${when(report.at, 'date-time')}. Nothing was changed. The full report is a record with a file: \`preflight.finished\`.`),
    ],
    'The rest is left out here; the full report is in the record `preflight.finished`.',
  );
}

function runbookBlocks(runbook: string, steps: readonly StepShown[]): KnownBlock[] {
  const fails = failing(steps);
  const works = steps.filter(({ checks }) => worst(checks) === 'ok').length;
  const head =
    fails > 0
      ? `:x: *${safe(runbook)}*: ${fails} of ${steps.length} steps would fail`
      : `:warning: *${safe(runbook)}*: would run, ${steps.length - works} with a warning`;
  const problems = problemsOf(steps);
  const left = problems.length - PROBLEMS;
  return [
    section([`${head}${works === 0 ? '' : `, ${sayWork(works)}`}`, ...problems.slice(0, PROBLEMS).map(sayProblem)].join('\n')),
    ...(left > 0 ? [context(`_And ${left} more, in the record._`)] : []),
  ];
}

interface Problem {
  readonly state: 'warning' | 'failure';
  readonly what: string;
  readonly advice: string | null;
  readonly steps: string[];
}

/** The same problem of several steps is said once. Failures first. */
function problemsOf(steps: readonly StepShown[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const { step, checks } of steps) {
    for (const { state, what, advice } of checks) {
      if (state === 'ok') continue;
      const key = `${state} ${what} ${advice ?? ''}`;
      const known = found.get(key) ?? { state, what, advice, steps: [] };
      if (!known.steps.includes(step)) known.steps.push(step);
      found.set(key, known);
    }
  }
  return [...found.values()].sort((a, b) => Number(b.state === 'failure') - Number(a.state === 'failure'));
}

function sayProblem({ state, what, advice, steps }: Problem): string {
  const mark = state === 'failure' ? '• *fails*' : '• warning';
  const shown = steps.slice(0, 4).map((step) => `_${safe(clamp(step, 80))}_`);
  const where = `${shown.join(', ')}${steps.length > 4 ? ` and ${steps.length - 4} more` : ''}`;
  return `${mark} ${where}: ${safe(clamp(what, 300))}${advice === null ? '' : `\n      → ${safe(clamp(advice, 200))}`}`;
}

function worstOf(steps: readonly StepShown[]): CheckShown['state'] {
  return worst(steps.flatMap(({ checks }) => checks));
}

function failing(steps: readonly StepShown[]): number {
  return steps.filter(({ checks }) => worst(checks) === 'failure').length;
}

function worst(checks: readonly CheckShown[]): CheckShown['state'] {
  if (checks.some(({ state }) => state === 'failure')) return 'failure';
  return checks.some(({ state }) => state === 'warning') ? 'warning' : 'ok';
}

function sayWork(count: number): string {
  return `${count} ${count === 1 ? 'works' : 'work'}`;
}

function sayCount(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
