import { plural } from '../../../lib/plural.ts';
import type { Measure } from './measure.ts';
import { type Band, edgeId, HIGH_FROM, MEDIUM_FROM, MISSES_BANDS, MISSES_FROM, OPEN_BOUNDARIES, RISK_BANDS } from './tree.ts';

/** What the playbook's tree says. */
export type Verdict = 'false-positive-thresholds' | 'false-positive-network' | 'legitimate' | 'undecided';
/** What the platform's own automation does with such an event. */
export type Platform = 'rolls-back' | 'waits' | 'unknown';

/** An edge that was taken, and why. */
export interface Taken {
  readonly edge: string;
  readonly reason: string;
}

export interface Measured {
  readonly risk: Measure;
  readonly misses: Measure;
  /** RISK_SCORE_THRESHOLD and HEARTBEAT_MISSES_THRESHOLD of the platform's incident-bot. */
  readonly thresholds: { readonly risk: number; readonly misses: number };
  /** Whether the incident-bot runs: paused, it does nothing. `null`: not known. */
  readonly automation: boolean | null;
}

export interface Decision {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly because: string;
  readonly platform: Platform;
  readonly platformBecause: string;
  /** `unknown` where one of the two is. */
  readonly agreement: 'agree' | 'disagree' | 'unknown';
  /** How to treat the event until somebody knows better. */
  readonly treat: 'incident' | 'false-positive';
  /** Where the playbook says nothing or two things: each was settled by RULE. */
  readonly gaps: readonly string[];
  readonly path: readonly Taken[];
  /** The question at which the tree could not go on; `null` where it came to an end. */
  readonly stuckAt: string | null;
  /** What is not known. */
  readonly missing: readonly string[];
  readonly riskBand: Band | null;
  readonly missesBand: (typeof MISSES_BANDS)[number] | null;
}

/** Walks the playbook's tree, and applies the platform's rule beside it. Pure. */
export function decide(measured: Measured): Decision {
  const { risk, misses } = measured;
  const missing = [risk, misses].flatMap((one) => (one.known ? [] : [one.why]));
  const walked = walk(risk, misses);
  const { platform, platformBecause } = platformRule(measured);
  const gaps = gapsOf(risk, misses);
  const open = walked.verdict === 'undecided' || gaps.some(({ open }) => open);
  return {
    ...walked,
    platform,
    platformBecause,
    agreement: agreementOf(walked.verdict, platform),
    treat: walked.verdict === 'legitimate' || open ? 'incident' : 'false-positive',
    gaps: gaps.map(({ says }) => says),
    missing,
    riskBand: bandOf(RISK_BANDS, risk),
    missesBand: bandOf(MISSES_BANDS, misses),
  };
}

type Walked = Pick<Decision, 'verdict' | 'because' | 'path' | 'stuckAt'>;

/** The edges of the tree, one after the other. */
function walk(risk: Measure, misses: Measure): Walked {
  const begin = [
    taken('A', 'B', 'A guard tripped'),
    taken('B', 'C', 'Not ruled out: the numbers decide'),
    taken('C', 'E', 'The risk score comes first'),
  ];
  if (!risk.known) return { verdict: 'undecided', because: risk.why, path: begin, stuckAt: 'E' };
  const { value } = risk;
  if (value < MEDIUM_FROM) {
    const because = `Risk ${value} is low`;
    return reached('false-positive-thresholds', because, [...begin, taken('E', 'F', because), taken('F', 'L', 'By the tree, a false positive')]);
  }
  if (value >= HIGH_FROM) {
    const because = `Risk ${value} is high`;
    return reached('legitimate', because, [...begin, taken('E', 'H', because), ...rollback('H')]);
  }
  const further = [...begin, taken('E', 'G', `Risk ${value} is medium`), taken('G', 'I', 'The heartbeat misses decide')];
  if (!misses.known) return { verdict: 'undecided', because: `Risk ${value} is medium. ${misses.why}`, path: further, stuckAt: 'I' };
  const many = misses.value >= MISSES_FROM;
  const counted = misses.value === 0 ? 'No heartbeat was missed' : plural(misses.value, 'heartbeat miss', 'heartbeat misses');
  const because = `Risk ${value} is medium, with ${misses.value === 0 ? 'no heartbeat miss' : counted}`;
  if (many) return reached('legitimate', because, [...further, taken('I', 'K', `${counted}: 3 or more`), ...rollback('K')]);
  return reached('false-positive-network', because, [
    ...further,
    taken('I', 'J', misses.value === 0 ? counted : `${counted}: fewer than 3`),
    taken('J', 'L', 'By the tree, a false positive'),
  ]);
}

function rollback(from: string): readonly Taken[] {
  return [
    taken(from, 'D', 'An incident: roll back'),
    taken('D', 'M', 'By the platform, or by people'),
    taken('M', 'N', 'Until the release is healthy'),
    taken('N', 'O', 'Afterwards'),
  ];
}

function reached(verdict: Verdict, because: string, path: readonly Taken[]): Walked {
  return { verdict, because: `${because}.`, path, stuckAt: null };
}

function taken(from: string, to: string, reason: string): Taken {
  return { edge: edgeId({ from, to }), reason };
}

/** The incident-bot rolls back when one of its two thresholds is reached, whatever the playbook says. */
function platformRule({ risk, misses, thresholds, automation }: Measured): Pick<Decision, 'platform' | 'platformBecause'> {
  const byRisk = risk.known && risk.value >= thresholds.risk;
  const byMisses = misses.known && misses.value >= thresholds.misses;
  const reasons = [
    ...(byRisk ? [`risk ${risk.value} reaches its threshold of ${thresholds.risk}`] : []),
    ...(byMisses
      ? [`${plural(misses.value, 'miss', 'misses')} ${misses.value === 1 ? 'reaches' : 'reach'} its threshold of ${thresholds.misses}`]
      : []),
  ];
  if (automation === false) return { platform: 'waits', platformBecause: 'Its incident-bot is paused' };
  if (reasons.length > 0) return { platform: 'rolls-back', platformBecause: capital(reasons.join(', and ')) };
  if (risk.known && misses.known)
    return { platform: 'waits', platformBecause: `Both are below its thresholds (${thresholds.risk} and ${thresholds.misses})` };
  return { platform: 'unknown', platformBecause: 'A number is missing that may reach its threshold' };
}

function agreementOf(verdict: Verdict, platform: Platform): Decision['agreement'] {
  if (verdict === 'undecided' || platform === 'unknown') return 'unknown';
  return (verdict === 'legitimate') === (platform === 'rolls-back') ? 'agree' : 'disagree';
}

/** `open`: the tree's own answer is not safe, so that the event is an incident until somebody knows better. */
function gapsOf(risk: Measure, misses: Measure): readonly { readonly says: string; readonly open: boolean }[] {
  if (!risk.known) return [];
  const { value } = risk;
  const boundary = OPEN_BOUNDARIES.includes(value)
    ? [{ says: `The playbook’s ranges meet at ${value}: it belongs to the higher one.`, open: false }]
    : [];
  if (!misses.known) {
    if (value >= MEDIUM_FROM) return boundary;
    return [...boundary, { says: 'The tree does not look at heartbeats when risk is low, and how many were missed is not known.', open: true }];
  }
  if (value < MEDIUM_FROM && misses.value >= MISSES_FROM) {
    const band = bandOf(MISSES_BANDS, misses)?.action.toLowerCase() ?? '';
    return [
      ...boundary,
      { says: `The tree does not look at heartbeats when risk is low, and the heartbeat list calls ${misses.value} misses: ${band}.`, open: true },
    ];
  }
  if (value >= MEDIUM_FROM && value < HIGH_FROM && misses.value < MISSES_FROM) {
    const none = misses.value === 0 ? ', and without a missed heartbeat nothing points to the network' : '';
    return [
      ...boundary,
      {
        says: `The tree calls medium risk with fewer than 3 misses a network issue, and the risk table calls a false positive unlikely${none}.`,
        open: true,
      },
    ];
  }
  return boundary;
}

function bandOf<B extends { readonly from: number; readonly below: number }>(bands: readonly B[], measure: Measure): B | null {
  if (!measure.known) return null;
  return bands.find(({ from, below }) => measure.value >= from && measure.value < below) ?? null;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
