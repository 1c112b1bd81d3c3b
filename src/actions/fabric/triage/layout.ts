import type { Decision } from './decide.ts';
import { EDGES, edgeId, NODES, nodeOf, type TreeEdge, type TreeNode } from './tree.ts';

/** Where everything stands, in pixels of a picture that is twice as wide as a phone. */

/** Width of the picture. */
export const WIDTH = 750;
const MARGIN = 24;
/** The line on which the questions stand. */
const SPINE = 64;
/** Where words beside the line begin, and boxes that leave it. */
const BESIDE = 96;
const RIGHT = 650;
/** Lanes to the two ends, right of all boxes. */
const LANES: Readonly<Record<string, number>> = { L: 686, D: 720 };
const LINE = 34;
const GAP = 18;
const PADDING = 15;
/** Characters that fit in a line of a box or beside the spine. */
const CHARACTERS = 36;

export interface PlacedText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** `reason`: why a branch was taken. */
  readonly role: 'title' | 'label' | 'reason';
  readonly on: boolean;
}

export interface PlacedBox {
  readonly node: TreeNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly on: boolean;
}

export interface PlacedEdge {
  readonly id: string;
  readonly points: readonly (readonly [number, number])[];
  readonly on: boolean;
}

export interface Layout {
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
  readonly texts: readonly PlacedText[];
}

/** Places the tree: questions one below the other on a line, the ways out to the right of it, and both ends at the bottom. `top`: where it begins. */
export function layOut({ path, stuckAt }: Decision, top: number): Layout {
  const reasons = new Map(path.map(({ edge, reason }) => [edge, reason]));
  const reached = new Set(['A', ...path.flatMap(({ edge }) => edge.split('-'))]);
  const boxes: PlacedBox[] = [];
  const edges: PlacedEdge[] = [];
  const texts: PlacedText[] = [];
  let y = top;

  function box(node: TreeNode, x: number, right: number, more: readonly string[]): PlacedBox {
    const on = reached.has(node.id);
    const titles = wrap(node.title, x === MARGIN ? CHARACTERS + 4 : CHARACTERS - 2);
    const lines = [...titles.map((text) => ({ text, role: 'title' as const })), ...more.map((text) => ({ text, role: 'reason' as const }))];
    const placed = { node, x, y, width: right - x, height: lines.length * LINE + 2 * PADDING, on };
    boxes.push(placed);
    texts.push(...lines.map(({ text, role }, i) => ({ x: x + 20, y: y + PADDING + i * LINE + 25, text, role, on })));
    y += placed.height;
    return placed;
  }

  /** A condition, and why it holds, beside the line. */
  function condition(edge: TreeEdge): void {
    const reason = reasons.get(edgeId(edge));
    const on = reason !== undefined;
    for (const { text, role } of wordsOf(edge.label, reason)) {
      texts.push({ x: BESIDE, y: y + 25, text, role, on });
      y += LINE;
    }
  }

  function whyOf(one: TreeEdge): readonly string[] {
    const reason = reasons.get(edgeId(one));
    return reason === undefined ? [] : [reason];
  }

  function edge(one: TreeEdge, points: PlacedEdge['points']): void {
    edges.push({ id: edgeId(one), points, on: reasons.has(edgeId(one)) });
  }

  function wayOut(one: TreeEdge, from: number): void {
    y += GAP;
    condition(one);
    const to = nodeOf(one.to);
    if (to.kind === 'end') {
      toEnd.push({
        one,
        start: [
          [SPINE, from],
          [SPINE, y + 8],
          [LANES[to.id] ?? RIGHT, y + 8],
        ],
      });
      y += 16;
      return;
    }
    y += 6;
    const placed = box(to, BESIDE, RIGHT, []);
    const middle = placed.y + placed.height / 2;
    edge(one, [
      [SPINE, from],
      [SPINE, middle],
      [BESIDE, middle],
    ]);
    const [next] = waysFrom(to.id);
    if (next !== undefined)
      toEnd.push({
        one: next,
        start: [
          [RIGHT, middle],
          [LANES[next.to] ?? RIGHT, middle],
        ],
      });
  }

  const toEnd: { readonly one: TreeEdge; readonly start: PlacedEdge['points'] }[] = [];
  for (let at: TreeNode | undefined = NODES[0]; at !== undefined; ) {
    const placed = at.kind === 'step' ? step(at) : box(at, MARGIN, RIGHT, at.id === stuckAt ? ['Not known: the tree stops here'] : []);
    const ways = waysFrom(at.id);
    const onward = ways.find(({ to }) => isOnSpine(nodeOf(to)));
    for (const one of ways) if (one !== onward) wayOut(one, placed.y + placed.height);
    if (onward === undefined) break;
    y += GAP;
    condition(onward);
    y += GAP;
    edge(onward, [
      [SPINE, placed.y + placed.height],
      [SPINE, y],
    ]);
    at = nodeOf(onward.to);
  }

  function step(node: TreeNode): Pick<PlacedBox, 'y' | 'height'> {
    const on = reached.has(node.id);
    boxes.push({ node, x: SPINE - 10, y: y + 6, width: 20, height: 20, on });
    texts.push({ x: BESIDE, y: y + 25, text: node.title, role: 'title', on });
    y += LINE;
    return { y: y - LINE + 6, height: 20 };
  }

  y += 2 * GAP;
  for (const end of ['L', 'D']) {
    const lane = LANES[end] ?? RIGHT;
    const into = toEnd.filter(({ one }) => one.to === end);
    const why = into.flatMap(({ one }) => whyOf(one));
    const placed = box(nodeOf(end), BESIDE, RIGHT, why);
    const middle = placed.y + placed.height / 2;
    for (const { one, start } of into) edge(one, [...start, [lane, middle], [RIGHT, middle]]);
    for (let [next] = waysFrom(end); next !== undefined; [next] = waysFrom(next.to)) {
      const from = y;
      y += 26;
      edge(next, [
        [(BESIDE + RIGHT) / 2, from],
        [(BESIDE + RIGHT) / 2, y],
      ]);
      box(nodeOf(next.to), BESIDE, RIGHT, whyOf(next));
    }
    y += 2 * GAP;
  }
  return { height: y, boxes, edges, texts };
}

function wordsOf(label: string, reason: string | undefined): readonly Pick<PlacedText, 'text' | 'role'>[] {
  const lines = (text: string, role: PlacedText['role']) => (text === '' ? [] : wrap(text, CHARACTERS).map((one) => ({ text: one, role })));
  return [...lines(label, 'label'), ...lines(reason ?? '', 'reason')];
}

function waysFrom(id: string): readonly TreeEdge[] {
  return EDGES.filter(({ from }) => from === id);
}

function isOnSpine({ kind }: TreeNode): boolean {
  return kind === 'question' || kind === 'step';
}

/** Words in lines of at most so many characters. */
export function wrap(text: string, characters: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > characters) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
