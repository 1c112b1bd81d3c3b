import type { TrendPart } from '../../domain/incident/figures.ts';
import { SEVERITIES, type Severity } from '../../domain/severity.ts';
import { escapeMarkup } from '../../lib/markup.ts';
import { largest } from '../../lib/numbers.ts';
import { plural } from '../../lib/plural.ts';
import { sayDuration, utcDay } from '../../lib/time.ts';

const WIDTH = 750;
const HEIGHT = 760;
const MARGIN = 36;
const INK = '#1d1c1d';
const QUIET = '#6b7280';
const LINE = '#c3c8d0';
const RESOLVE = '#0b66c3';
const COLOURS: Readonly<Record<Severity, string>> = { P0: '#c01f2b', P1: '#d9730d', P2: '#e3b505', P3: '#0b66c3' };
/** Labels below the bars, at most. */
const LABELS = 7;

/** Where bars stand: from `top` down to `base`. */
interface Panel {
  readonly top: number;
  readonly base: number;
}
const COUNTS: Panel = { top: 150, base: 390 };
const TIMES: Panel = { top: 510, base: 690 };

/** How many incidents there were and how long they took, part by part, for a phone: 375 points wide, twice as many pixels. */
export function drawTrend(title: string, trend: readonly TrendPart[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="Inter">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#f6f7f9"/>`,
    text(MARGIN, 52, title, { size: 32, bold: true }),
    ...legend(),
    ...counts(trend),
    text(MARGIN, 484, 'Median time to resolve', { size: 26, bold: true }),
    ...times(trend),
    '</svg>',
    '',
  ].join('\n');
}

/** The same in words, for who does not see the picture. */
export function describeTrend(title: string, trend: readonly TrendPart[]): string {
  const parts = trend.map((part) => {
    const took = part.resolve === null ? '' : `, median time to resolve ${sayDuration(part.resolve.median)}`;
    return `From ${dayOf(part)}: ${plural(totalOf(part), 'incident')}${took}`;
  });
  return `${title}. ${parts.join('. ')}.`;
}

function legend(): string[] {
  return SEVERITIES.flatMap((severity, i) => {
    const x = MARGIN + i * 110;
    return [`<rect x="${x}" y="82" width="24" height="24" fill="${COLOURS[severity]}"/>`, text(x + 34, 103, severity, { size: 24 })];
  });
}

function counts(trend: readonly TrendPart[]): string[] {
  const most = Math.max(1, largest(trend.map(totalOf)));
  const unit = (COUNTS.base - COUNTS.top) / most;
  const bars = trend.flatMap((part, i) => {
    let y = COUNTS.base;
    // The gravest stand at the bottom, where bars are compared best.
    const stacked = SEVERITIES.map((severity) => {
      const height = part.bySeverity[severity] * unit;
      y -= height;
      return height === 0 ? '' : bar(trend.length, i, y, height, COLOURS[severity]);
    });
    const total = totalOf(part);
    return [...stacked, total === 0 ? '' : above(trend.length, i, y, String(total))];
  });
  return [...bars.filter((one) => one !== ''), axis(COUNTS), ...days(trend, COUNTS)];
}

function times(trend: readonly TrendPart[]): string[] {
  const longest = Math.max(1, largest(trend.map(({ resolve }) => resolve?.median ?? 0)));
  const bars = trend.flatMap(({ resolve }, i) => {
    if (resolve === null) return [];
    const height = Math.max(2, (resolve.median / longest) * (TIMES.base - TIMES.top));
    const y = TIMES.base - height;
    return [bar(trend.length, i, y, height, RESOLVE), above(trend.length, i, y, shortDuration(resolve.median))];
  });
  return [...bars, axis(TIMES), ...days(trend, TIMES)];
}

function axis({ base }: Panel): string {
  return `<path d="M${MARGIN} ${base} H${WIDTH - MARGIN}" stroke="${LINE}" stroke-width="2"/>`;
}

function days(trend: readonly TrendPart[], { base }: Panel): string[] {
  const each = Math.ceil(trend.length / LABELS);
  return trend.flatMap((part, i) =>
    i % each === 0 ? [text(middle(trend.length, i), base + 30, dayOf(part).slice(5), { size: 20, fill: QUIET, centred: true })] : [],
  );
}

/** Two units are too long for the width of a bar: the greater one is enough. */
function shortDuration(ms: number): string {
  return sayDuration(ms).split(' ').slice(0, 2).join(' ');
}

function bar(parts: number, i: number, y: number, height: number, fill: string): string {
  const width = Math.min(56, slot(parts) * 0.7);
  return `<rect x="${round(middle(parts, i) - width / 2)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`;
}

function above(parts: number, i: number, y: number, said: string): string {
  return text(middle(parts, i), y - 8, said, { size: 18, centred: true });
}

function slot(parts: number): number {
  return (WIDTH - 2 * MARGIN) / parts;
}

function middle(parts: number, i: number): number {
  return MARGIN + slot(parts) * (i + 0.5);
}

interface TextOptions {
  readonly size: number;
  readonly bold?: boolean;
  readonly fill?: string;
  readonly centred?: boolean;
}

function text(x: number, y: number, said: string, { size, bold = false, fill = INK, centred = false }: TextOptions): string {
  const anchor = centred ? ' text-anchor="middle"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${bold ? 700 : 400}" fill="${fill}"${anchor}>${escapeMarkup(said)}</text>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function totalOf({ bySeverity }: TrendPart): number {
  return SEVERITIES.reduce((sum, severity) => sum + bySeverity[severity], 0);
}

function dayOf({ from }: TrendPart): string {
  return utcDay(from);
}
