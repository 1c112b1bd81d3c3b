import type { StoredRecord } from '../../../domain/record.ts';
import { escapeMarkup } from '../../../lib/markup.ts';
import { largest } from '../../../lib/numbers.ts';
import { sayDuration } from '../../../lib/time.ts';
import { planOfRecord } from '../pack-changes.ts';
import { changeFactsOf } from '../review/changes.ts';
import { factsOf } from '../review/facts.ts';
import { box, drawing, label } from './html.ts';

const WIDTH = 960;
const ROW = 28;
const [LEFT, RIGHT] = [330, 830];

/** How long something took, ms; `target`: how long it was to take at most. */
interface Took {
  readonly what: string;
  readonly ms: number;
  readonly target: number | null;
}

/** How long the parts of the incident took, beside their targets. Pure. */
export function drawDurations(records: readonly StoredRecord[]): string {
  const all = durationsOf(records);
  if (all.length === 0) return '<p>Nothing has ended yet.</p>';
  const longest = Math.max(1_000, largest(all.map(({ ms, target }) => Math.max(ms, target ?? 0))));
  const x = (ms: number) => (ms / longest) * (RIGHT - LEFT);
  const shapes = all.flatMap(({ what, ms, target }, i) => {
    const y = 6 + i * ROW;
    const late = target !== null && ms > target;
    // Beside the bar, unless the line of the target would cross it.
    const isBetween = target !== null && x(target) > x(ms) && x(target) - x(ms) < 170;
    const aim = target === null ? [] : [`<path d="M${LEFT + x(target)} ${y - 2} v20" class="target"/>`];
    const says = `${sayDuration(ms)}${target === null ? '' : ` (target ${sayDuration(target)})`}`;
    const short = what.length > 52 ? `${what.slice(0, 51)}…` : what;
    return [
      label(LEFT - 10, y + 13, short, 'text-anchor="end"'),
      box(LEFT, y, [Math.max(x(ms), 2), 16], late ? 'bar bad' : 'bar', `${what}: ${says}`),
      ...aim,
      label(LEFT + (isBetween ? x(target) : x(ms)) + 8, y + 13, says, 'class="soft"'),
    ];
  });
  const said = all.map(({ what, ms }) => `${what}: ${sayDuration(ms)}`).join('; ');
  return drawing(said, [WIDTH, 12 + all.length * ROW], shapes, escapeMarkup('A vertical line is the target; what took longer is red.'));
}

function durationsOf(records: readonly StoredRecord[]): readonly Took[] {
  const facts = factsOf(records);
  const between = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from));
  const acknowledged = facts.calls.flatMap(({ again, acknowledged: answer }) =>
    answer === null
      ? []
      : [{ what: again ? 'To acknowledge after it was reopened' : 'To acknowledge', ms: answer.within_ms, target: answer.target_ms }],
  );
  const update = records.find(({ type }) => type === 'update.posted')?.time;
  const changes = changeFactsOf(records).flatMap(({ plan, title }): Took[] => {
    const own = records.filter((record) => planOfRecord(record) === plan);
    const time = (type: string) => own.find((record) => record.type === type)?.time;
    const [made, intended] = [time('plan.made'), time('change.intended')];
    const done = time('change.verified') ?? time('remedy.applied');
    return [
      ...(made === undefined || intended === undefined ? [] : [{ what: `${title}: to approve`, ms: between(made, intended), target: null }]),
      ...(intended === undefined || done === undefined ? [] : [{ what: `${title}: to apply and verify`, ms: between(intended, done), target: null }]),
    ];
  });
  return [
    ...acknowledged,
    ...(update === undefined ? [] : [{ what: 'To the first update', ms: between(facts.declaredAt, update), target: null }]),
    ...changes.slice(0, 12),
    ...(facts.resolvedAt === null ? [] : [{ what: 'To resolve, from detection', ms: between(facts.detectedAt, facts.resolvedAt), target: null }]),
  ];
}
