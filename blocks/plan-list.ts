import type { KnownBlock } from '@slack/types';
import type { ChangeEventData } from '../src/domain/change/events.ts';
import { isLongList, LISTED } from '../src/domain/change/listed.ts';
import type { PlannedStep } from '../src/domain/records/data/plans.ts';
import { linesMeant, moreLines, plural } from '../src/lib/plural.ts';
import { code } from './code.ts';
import { type Message, message, section } from './kit.ts';
import { sayLate } from './late-values.ts';
import { safe } from './outside.ts';
import { clamp, LIMITS } from './text.ts';

/** Characters of a step's own words. */
const SUMMARY = 300;
const CUT = 'The rest of the list is in the evidence: `/incident evidence`.';

/** The difference of a step as a card shows it: of a long list, the first lines, so that nobody scrolls past it to the buttons. */
export function shownDiff(step: PlannedStep): string | null {
  if (step.diff === null) return null;
  const diff = sayLate(step.diff, step.late);
  if (!isLongList(step)) return diff;
  return [...diff.split('\n').slice(0, LISTED), moreLines(entries(diff) - LISTED)].join('\n');
}

/** That the list is in the thread, or how much of it; empty where the card shows all of it. */
export function sayListed(planned: readonly PlannedStep[]): string[] {
  const long = planned.filter(isLongList);
  if (long.length === 0) return [];
  const whole = long.every((step) => linesMeant(shownList(step).split('\n').at(-2) ?? '') === 0);
  return [`🧵 ${whole ? 'The list' : 'More of the list'} is in the thread of this message.`];
}

/** Everything that a plan acts on, in the thread of its card and of what an approver is asked. */
export function planList({ steps }: ChangeEventData['plan.made']): Message {
  const long = steps.filter(isLongList);
  const count = long.reduce((sum, { diff }) => sum + entries(diff ?? ''), 0);
  return message(
    `The list of the plan: ${plural(count, 'entry', 'entries')}`,
    long.flatMap((step): KnownBlock[] => [section(safe(clamp(sayLate(step.summary, step.late), SUMMARY))), section(shownList(step))]),
    CUT,
  );
}

/** A list as one section of the thread holds it. */
function shownList(step: PlannedStep): string {
  return code(listOf(step), LIMITS.section);
}

function listOf({ diff, late }: PlannedStep): string {
  return diff === null ? '' : sayLate(diff, late);
}

/** How many lines a list has, with those that its record has left out. */
function entries(diff: string): number {
  const lines = diff.split('\n');
  const cut = linesMeant(lines.at(-1) ?? '');
  return cut === 0 ? lines.length : lines.length - 1 + cut;
}
