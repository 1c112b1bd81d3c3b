import { z } from 'zod';
import type { StoredRecord } from '../../../domain/record.ts';
import { escapeMarkup } from '../../../lib/markup.ts';
import { largest } from '../../../lib/numbers.ts';
import { plural } from '../../../lib/plural.ts';
import { sayDuration } from '../../../lib/time.ts';
import { planOfRecord } from '../pack-changes.ts';
import { changeFactsOf } from '../review/changes.ts';
import { type Facts, factsOf } from '../review/facts.ts';
import { whatOf } from '../timeline.ts';
import { dataOf, moment } from '../told.ts';
import { box, drawing, label, round, text } from './html.ts';
import type { PageOptions } from './page.ts';

const WIDTH = 960;
/** Where the lanes begin and end. */
const [LEFT, RIGHT] = [120, 940];
/** Milestones and changes that are drawn: more are in the table. */
const MOST = { milestones: 24, changes: 8 } as const;
const LANE = 40;

/** Moments that are numbered in the picture. */
const MILESTONES: ReadonlySet<string> = new Set([
  'incident.declared',
  'incident.acknowledged',
  'incident.escalated',
  'severity.changed',
  'remedy.applied',
  'remedy.failed',
  'remedy.reverted',
  'incident.resolved',
  'incident.reopened',
  'incident.closed',
]);
/** What was sent to people outside of Slack: a letter, and what it stands for. */
const SENT: Readonly<Record<string, readonly [letter: string, what: string]>> = {
  'pagerduty.sent': ['P', 'PagerDuty'],
  'mail.sent': ['M', 'mail to stakeholders'],
  'notice.published': ['N', 'notice to customers'],
};

const updateSchema = z.object({ automatic: z.boolean().default(false) });

/** The time that is drawn. What happened long after the end would make the rest too small to see. */
interface Span {
  readonly from: number;
  readonly to: number;
  x(time: string): number;
  holds(time: string): boolean;
}

/** The course of the incident as a picture: its state and milestones, updates, changes, and what went out. Pure. */
export function drawCourse(records: readonly StoredRecord[], options: PageOptions): string {
  const facts = factsOf(records);
  const span = spanOf(records, facts);
  const milestones = records
    .filter(({ type, time, outcome }) => MILESTONES.has(type) && outcome === 'done' && span.holds(time))
    .slice(0, MOST.milestones);
  const changes = changeFactsOf(records).slice(0, MOST.changes);
  const sent = Object.entries(SENT).flatMap(([type, said]) => (records.some((record) => record.type === type) ? [said] : []));
  const lanes = [
    incidentLane(facts, span, milestones),
    updatesLane(records, span),
    ...(changes.length === 0 ? [] : [changesLane(records, span, changes)]),
    ...(sent.length > 0 ? [sentLane(records, span)] : []),
  ];
  let y = 8;
  const shapes = lanes.flatMap(({ name, height, draw }) => {
    const top = y;
    y += height;
    return [label(8, top + 24, name, 'font-weight="600"'), ...draw(top)];
  });
  const later = records.filter(({ time }) => !span.holds(time)).length;
  const steps = milestones.map((record) => `<li>${moment(record.time)}: ${text(whatOf(record, options))}</li>`);
  const about = `Course of the incident from ${moment(iso(span.from))} to ${moment(iso(span.to))}, ${plural(milestones.length, 'milestone')}`;
  const caption = [
    'Numbers are the milestones below. Updates: filled by people, hollow by Tocsin, red a missed target. Changes: grey while they waited, coloured while they were in force.',
    sent.length === 0 ? '' : ` Sent outside: ${sent.map(([letter, what]) => `${letter} ${what}`).join(', ')}.`,
    later === 0 ? '' : ` ${plural(later, 'later record is', 'later records are')} in the table only.`,
  ].join('');
  return `${drawing(about, [WIDTH, y + 26], [...axis(span, y), ...shapes], escapeMarkup(caption))}\n<ol>${steps.join('')}</ol>`;
}

interface Lane {
  readonly name: string;
  readonly height: number;
  draw(top: number): readonly string[];
}

function incidentLane(facts: Facts, span: Span, milestones: readonly StoredRecord[]): Lane {
  const changes = facts.severities.map(({ time, data }) => ({ time, to: data.to }));
  const parts = [{ time: facts.declaredAt, to: facts.declared?.severity ?? '' }, ...changes];
  const end = facts.resolvedAt ?? iso(span.to);
  const last = new Map<number, number>();
  return {
    name: 'Incident',
    height: 62,
    draw: (top) => [
      ...(facts.detectedAt < facts.declaredAt
        ? [
            box(
              span.x(facts.detectedAt),
              top + 36,
              [span.x(facts.declaredAt) - span.x(facts.detectedAt), 16],
              'asked',
              'Detected, and not declared yet',
            ),
          ]
        : []),
      ...parts.map(({ time, to }, i) => {
        const until = parts[i + 1]?.time ?? end;
        return box(span.x(time), top + 36, [span.x(until) - span.x(time), 16], /^P[0-3]$/.test(to) ? to : 'bar', `${to} from ${moment(time)}`);
      }),
      ...milestones.flatMap((record, i) => mark(span.x(record.time), top, i + 1, last)),
    ],
  };
}

/** A number above the bar. Those that are close together stand one beside the other. */
function mark(at: number, top: number, number: number, last: Map<number, number>): readonly string[] {
  const x = Math.min(Math.max(at, (last.get(top) ?? 0) + 19), RIGHT);
  last.set(top, x);
  return [
    `<path d="M${round(x)} ${top + 26} L${round(at)} ${top + 36}" class="grid"/>`,
    `<circle cx="${round(x)}" cy="${top + 18}" r="9" class="mark"/>`,
    label(x, top + 22, String(number), 'text-anchor="middle" class="on" font-size="11"'),
  ];
}

function updatesLane(records: readonly StoredRecord[], span: Span): Lane {
  const shown = records.filter(({ type, time }) => /^(update\.posted|breach\.recorded)$/.test(type) && span.holds(time));
  return {
    name: 'Updates',
    height: LANE,
    draw: (top) =>
      shown.map((record) => {
        const missed = record.type === 'breach.recorded';
        const kind = missed ? 'dot bad' : dataOf(updateSchema, record)?.automatic === true ? 'dot own' : 'dot';
        const title = `${missed ? 'Missed target' : 'Update'}, ${moment(record.time)}`;
        return `<circle cx="${round(span.x(record.time))}" cy="${top + 20}" r="6" class="${kind}"><title>${escapeMarkup(title)}</title></circle>`;
      }),
  };
}

function changesLane(records: readonly StoredRecord[], span: Span, changes: ReturnType<typeof changeFactsOf>): Lane {
  return {
    name: 'Changes',
    height: 16 + changes.length * 26,
    draw: (top) =>
      changes.flatMap(({ plan, title, outcome }, i) => {
        const own = records.filter((record) => planOfRecord(record) === plan);
        const time = (type: string) => own.findLast((record) => record.type === type)?.time;
        const made = own[0]?.time ?? iso(span.from);
        const applied = time('change.applied');
        const isTemporary =
          outcome === 'reverted' ||
          dataOf(
            z.object({ revert_at: z.string() }),
            own.find(({ type }) => type === 'remedy.applied'),
          ) !== null;
        const ended = applied === undefined ? (own.at(-1)?.time ?? made) : applied;
        const until = time('remedy.reverted') ?? (isTemporary ? iso(span.to) : (time('change.verified') ?? ended));
        const y = top + 8 + i * 26;
        const force = outcome === 'failed' ? 'force failed' : 'force';
        return [
          box(span.x(made), y + 4, [span.x(ended) - span.x(made), 6], 'asked', `${plan} asked for ${moment(made)}`),
          ...(applied === undefined
            ? []
            : [box(span.x(applied), y, [Math.max(span.x(until) - span.x(applied), 4), 13], force, `${plan} ${outcome}`)]),
          label(Math.min(span.x(made), RIGHT - 300), y + 24, `${title} (${plan}): ${outcome}`, 'class="soft" font-size="11"'),
        ];
      }),
  };
}

function sentLane(records: readonly StoredRecord[], span: Span): Lane {
  const last = new Map<number, number>();
  return {
    name: 'Sent outside',
    height: LANE,
    draw: (top) =>
      records.flatMap((record) => {
        const sent = SENT[record.type];
        if (sent === undefined || !span.holds(record.time)) return [];
        const [letter, what] = sent;
        const x = Math.min(Math.max(span.x(record.time), (last.get(top) ?? 0) + 18), RIGHT);
        last.set(top, x);
        return [
          `<g><title>${escapeMarkup(`${what}, ${moment(record.time)}`)}</title>${box(x - 8, top + 12, [16, 16], 'mark')}`,
          `${label(x, top + 24, letter, 'text-anchor="middle" class="on" font-size="11"')}</g>`,
        ];
      }),
  };
}

/** Lines at round times, with how long after the beginning they are. */
function axis(span: Span, height: number): readonly string[] {
  const steps = [5, 10, 30, ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080].map((minutes) => minutes * 60)].map(
    (seconds) => seconds * 1_000,
  );
  const step = steps.find((one) => (span.to - span.from) / one <= 8) ?? (span.to - span.from) / 8;
  const count = Math.floor((span.to - span.from) / step);
  return Array.from({ length: count + 1 }, (_, i) => {
    const x = round(span.x(iso(span.from + i * step)));
    const said = i === 0 ? moment(iso(span.from)).slice(11) : `+${sayDuration(i * step)}`;
    return `<path d="M${x} 8 V${height + 4}" class="grid"/>${label(x, height + 18, said, 'text-anchor="middle" class="soft" font-size="11"')}`;
  });
}

function spanOf(records: readonly StoredRecord[], { detectedAt, resolvedAt }: Facts): Span {
  const from = Date.parse(detectedAt || (records[0]?.time ?? iso(0)));
  const last = Math.max(from, largest(records.map(({ time }) => Date.parse(time))));
  const resolved = resolvedAt === null ? null : Date.parse(resolvedAt);
  const end = resolved === null ? last : Math.min(last, resolved + Math.max((resolved - from) * 0.25, 5 * 60_000));
  const to = Math.max(end, from + 60_000);
  return {
    from,
    to,
    x: (time) => LEFT + ((Math.min(Math.max(Date.parse(time), from), to) - from) / (to - from)) * (RIGHT - LEFT),
    holds: (time) => Date.parse(time) <= to,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
