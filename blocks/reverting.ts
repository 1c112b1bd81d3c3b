import type { ModalView } from '@slack/types';
import { inOneLine } from '../src/domain/change/one-line.ts';
import type { Plan } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { PlannedStep } from '../src/domain/records/data/plans.ts';
import { plural } from '../src/lib/plural.ts';
import { code } from './code.ts';
import { sayLate } from './late-values.ts';
import { safe } from './outside.ts';
import { planModal } from './plan.ts';
import { clamp, when } from './text.ts';

/** Lines and characters of what is restored. */
const LINES = 6;
const DIFF = 700;
const SUMMARY = 200;

/** Asks why a change is put back, and says what that restores; what it was for is named where the newest diagnosis still finds it. */
export function revertModal(incident: Incident, plan: Plan, steps: readonly PlannedStep[]): ModalView {
  return planModal(
    'plan.revert',
    'Revert',
    'Revert',
    incident,
    plan,
    [sayRestored(steps), ...staysAsItIs(steps), ...stillSo(incident, plan)].join('\n'),
  );
}

/** The difference the other way round, in short. */
function sayRestored(steps: readonly PlannedStep[]): string {
  const lines = steps.flatMap(({ diff, late }) => (diff === null ? [] : sayLate(diff, late).split('\n'))).flatMap(reversed);
  if (lines.length === 0) return 'Reverting restores at once what was there before.';
  const left = lines.length - LINES;
  const more = left > 0 ? `\nand ${plural(left, 'more line')}` : '';
  return `Reverting does this at once:\n${code(lines.slice(0, LINES).join('\n'), DIFF)}${more}`;
}

/** Steps of which nothing is put back, beside those of which something is. */
function staysAsItIs(steps: readonly PlannedStep[]): string[] {
  return steps.flatMap(({ summary, late, one_way: why }) =>
    why === undefined ? [] : [`:warning: This is not reverted: ${safe(clamp(sayLate(summary, late), SUMMARY))} ${safe(why)}`],
  );
}

function reversed(line: string): string[] {
  if (/^[-+]{3} /.test(line)) return [];
  if (line.startsWith('-')) return [`+${line.slice(1)}`];
  return line.startsWith('+') ? [`-${line.slice(1)}`] : [];
}

/** What it was for, if the newest diagnosis found it. One from before the change shows only that nobody has looked since. */
function stillSo({ diagnoses }: Incident, { runbook, remedy, appliedAt }: Plan): string[] {
  const found = diagnoses[runbook];
  const finding = found?.findings.find(({ suggests }) => suggests.includes(remedy));
  if (finding === undefined || found?.endedAt === null || found === undefined) return [];
  if (appliedAt !== null && found.endedAt < appliedAt)
    return [
      `:warning: Nobody has diagnosed it since the change. Before, it was found: ${safe(inOneLine(finding.says))} Look again before you revert it.`,
    ];
  return [
    `:warning: The newest diagnosis (${when(found.endedAt)}) found what this change is for: ${safe(inOneLine(finding.says))} Look again before you revert it.`,
  ];
}
