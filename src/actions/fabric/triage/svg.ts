import { escapeMarkup } from '../../../lib/markup.ts';
import type { Decision, Measured } from './decide.ts';
import { layOut, type PlacedBox, type PlacedEdge, type PlacedText, WIDTH, wrap } from './layout.ts';
import { sayMeasure, sayPlatform, sayVerdict } from './words.ts';

const FONT = 'Inter';
const BACKGROUND = '#f6f7f9';
const INK = '#1d1c1d';
const OFF = { line: '#c3c8d0', text: '#6b7280', fill: '#ffffff' } as const;
/** What the taken branches are drawn in. */
const TONES: Readonly<Record<Decision['verdict'], { readonly line: string; readonly fill: string }>> = {
  'false-positive-thresholds': { line: '#0b66c3', fill: '#e3effb' },
  'false-positive-network': { line: '#0b66c3', fill: '#e3effb' },
  legitimate: { line: '#c01f2b', fill: '#fbe6e7' },
  undecided: { line: '#a35200', fill: '#fdf0dc' },
};

/** The tree with its taken branches, for a phone: 375 points wide, twice as many pixels. Has no text from outside. */
export function drawTriage(decision: Decision, { risk, misses }: Pick<Measured, 'risk' | 'misses'>): string {
  const tone = TONES[decision.verdict];
  const heading = headingOf(decision, `Risk ${sayMeasure(risk)}, heartbeat misses ${sayMeasure(misses)}`);
  const { height, boxes, edges, texts } = layOut(decision, heading.height);
  // What was taken lies above what was not.
  const ordered = [...edges].sort((a, b) => Number(a.on) - Number(b.on));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="${FONT}">`,
    `<rect width="${WIDTH}" height="${height}" fill="${BACKGROUND}"/>`,
    ...heading.lines,
    ...ordered.map((edge) => line(edge, tone.line)),
    ...boxes.map((box) => shape(box, tone)),
    ...texts.map((text) => words(text, tone.line)),
    '</svg>',
    '',
  ].join('\n');
}

function headingOf(decision: Decision, numbers: string): { readonly lines: readonly string[]; readonly height: number } {
  const tone = TONES[decision.verdict].line;
  const lines: string[] = [];
  let y = 24;
  const put = (text: string, size: number, fill: string, weight: number, characters: number) => {
    for (const part of wrap(text, characters)) {
      y += size + 10;
      lines.push(`<text x="24" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escapeMarkup(part)}</text>`);
    }
  };
  put(sayVerdict(decision.verdict), 38, tone, 700, 32);
  put(numbers, 28, INK, 400, 46);
  put(`Platform: ${sayPlatform(decision.platform)}`, 28, INK, 400, 46);
  if (decision.agreement === 'disagree') put('Playbook and platform disagree', 28, TONES.undecided.line, 700, 42);
  if (decision.treat === 'incident' && decision.verdict !== 'legitimate') put('Treat it as an incident for now', 28, TONES.legitimate.line, 700, 42);
  return { lines, height: y + 32 };
}

function line({ id, points, on }: PlacedEdge, tone: string): string {
  const [first, ...rest] = points;
  const path = first === undefined ? '' : [`M${first.join(' ')}`, ...rest.map((point) => `L${point.join(' ')}`)].join(' ');
  const stroke = on ? tone : OFF.line;
  return [
    `<path data-edge="${id}" data-taken="${on}" d="${path}" fill="none" stroke="${stroke}" stroke-width="${on ? 8 : 3}" stroke-linejoin="round"/>`,
    arrow(points, stroke, on ? 14 : 9),
  ].join('\n');
}

/** The head of an edge, where it ends. */
function arrow(points: PlacedEdge['points'], fill: string, size: number): string {
  const [x1, y1] = points.at(-2) ?? [0, 0];
  const [x2, y2] = points.at(-1) ?? [0, 0];
  const [dx, dy] = [Math.sign(x2 - x1), Math.sign(y2 - y1)];
  const back = [x2 - dx * size * 1.4, y2 - dy * size * 1.4] as const;
  const sides = [
    [back[0] - dy * size, back[1] + dx * size],
    [back[0] + dy * size, back[1] - dx * size],
  ];
  return `<path d="M${x2} ${y2} L${sides.map((side) => side.map((n) => Math.round(n)).join(' ')).join(' L')} Z" fill="${fill}"/>`;
}

function shape({ node, x, y, width, height, on }: PlacedBox, tone: { readonly line: string; readonly fill: string }): string {
  const radius = node.kind === 'step' ? 10 : node.kind === 'question' ? 24 : 8;
  const fill = on ? tone.fill : OFF.fill;
  const stroke = on ? tone.line : OFF.line;
  return `<rect data-node="${node.id}" data-reached="${on}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="${on ? 5 : 2}"/>`;
}

function words({ x, y, text, role, on }: PlacedText, tone: string): string {
  const fill = role === 'reason' ? tone : on ? INK : OFF.text;
  const weight = role === 'reason' || (role === 'title' && on) ? 700 : 400;
  return `<text x="${x}" y="${y}" font-size="27" font-weight="${weight}" fill="${fill}">${escapeMarkup(text)}</text>`;
}
