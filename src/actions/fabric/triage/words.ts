import type { Decision, Platform, Verdict } from './decide.ts';
import type { Measure } from './measure.ts';
import { EDGES, edgeId, NODES, nodeOf, RULE } from './tree.ts';

const VERDICTS: Readonly<Record<Verdict, string>> = {
  'false-positive-thresholds': 'False positive: thresholds',
  'false-positive-network': 'False positive: network issue',
  legitimate: 'Legitimate incident',
  undecided: 'Undecided',
};

const PLATFORMS: Readonly<Record<Platform, string>> = {
  'rolls-back': 'rolls back by itself',
  waits: 'does not roll back by itself',
  unknown: 'not known whether it rolls back',
};

export function sayVerdict(verdict: Verdict): string {
  return VERDICTS[verdict];
}

export function sayPlatform(platform: Platform): string {
  return PLATFORMS[platform];
}

/** The number, or that it is not known. */
export function sayMeasure(measure: Measure): string {
  return measure.known ? String(measure.value) : 'unknown';
}

/** The verdict, and how to treat the event, in one or two sentences. */
export function sayDecision({ verdict, because, treat }: Decision): string {
  return `${VERDICTS[verdict]}. ${because}${sayTreatment({ verdict, treat })}`;
}

function sayTreatment({ verdict, treat }: Pick<Decision, 'verdict' | 'treat'>): string {
  if (treat === 'false-positive' || verdict === 'legitimate') return '';
  return verdict === 'undecided' ? ' Treat it as an incident until that is known.' : ' Treat it as an incident until somebody has confirmed that.';
}

/** What it means that playbook and platform say different things; empty where they do not. */
export function sayDisagreement({ verdict, platform, agreement }: Decision): string {
  if (agreement === 'disagree' && platform === 'rolls-back')
    return 'The platform rolls back by itself; the playbook calls this a false positive. Pause the incident-bot if that rollback must not happen.';
  if (agreement === 'disagree') return 'The platform does not roll back by itself; the playbook calls this an incident. Start the rollback by hand.';
  if (verdict === 'undecided' && platform === 'rolls-back') return 'The platform rolls back by itself, although the playbook cannot decide yet.';
  return '';
}

/** The gaps of the playbook that were met, and the rule that settled them; empty where there was none. */
export function sayGaps({ gaps }: Pick<Decision, 'gaps'>): string {
  return gaps.length === 0 ? '' : `${gaps.join(' ')} ${RULE}`;
}

/** The picture in words, for those who cannot see it. */
export function altText(decision: Decision): string {
  const reasons = decision.path.filter(({ edge }) => !PLAIN.has(edge)).map(({ edge, reason }) => `${reason}: ${nodeOf(toOf(edge)).title}`);
  return `Triage tree of the GuardTrip. ${reasons.join('. ')}. Playbook: ${VERDICTS[decision.verdict]}. Platform: ${PLATFORMS[decision.platform]}.`;
}

/** Edges that say nothing of this event. */
const PLAIN: ReadonlySet<string> = new Set(['A-B', 'C-E', 'G-I', 'F-L', 'J-L', 'D-M', 'M-N', 'N-O']);

/** The tree as text, with the branches that were taken marked by `=>` and their reasons. It stands where the picture cannot. */
export function textTree(decision: Decision): string {
  const reasons = new Map(decision.path.map(({ edge, reason }) => [edge, reason]));
  const lines = NODES.flatMap(({ id, title }) => {
    const edges = EDGES.filter(({ from }) => from === id);
    const stuck = decision.stuckAt === id ? ' (stuck here: not known)' : '';
    return edges.length === 0 ? [] : [`${title}${stuck}`, ...edges.map((edge) => line(edge.label, nodeOf(edge.to).title, reasons.get(edgeId(edge))))];
  });
  return [
    `Playbook: ${sayDecision(decision)}`,
    `Platform: ${PLATFORMS[decision.platform]}. ${decision.platformBecause}.`,
    ...[sayDisagreement(decision), sayGaps(decision)].filter((one) => one !== ''),
    '',
    ...lines,
    '',
  ].join('\n');
}

function line(label: string, to: string, reason: string | undefined): string {
  const way = label === '' ? to : `${label}: ${to}`;
  return reason === undefined ? `   -> ${way}` : `   => ${way}  [${reason}]`;
}

function toOf(edge: string): string {
  return edge.split('-')[1] ?? '';
}
