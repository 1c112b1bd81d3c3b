import { largest } from '../../../lib/numbers.ts';
import { plural } from '../../../lib/plural.ts';
import { sayDuration } from '../../../lib/time.ts';
import type { Call, Facts } from './facts.ts';

/** What the figures say went well, and what did not. */
export interface Figures {
  readonly well: readonly string[];
  readonly improvable: readonly string[];
}

/** Compares the times of the incident with its targets. Pure. */
export function figuresOf(facts: Facts): Figures {
  const judged = [...facts.calls.map(acknowledgement), updates(facts), ...resolving(facts)].filter((one) => one !== null);
  return {
    well: judged.filter(({ good }) => good).map(({ says }) => says),
    improvable: judged.filter(({ good }) => !good).map(({ says }) => says),
  };
}

interface Judged {
  readonly good: boolean;
  readonly says: string;
}

function acknowledgement({ acknowledged, again }: Call): Judged {
  const after = again ? ' after it was reopened' : '';
  if (acknowledged === null) return { good: false, says: `Nobody acknowledged ${again ? 'it' : 'the incident'}${after}.` };
  const { within_ms, target_ms } = acknowledged;
  return {
    good: within_ms <= target_ms,
    says: `Time to acknowledge${after}: ${sayDuration(within_ms)}; the target was ${sayDuration(target_ms)}.`,
  };
}

/** An update by Tocsin keeps people informed, and shows that nobody wrote one. */
function updates({ updates: posted, breaches }: Facts): Judged | null {
  const missed = breaches.filter(({ data }) => data.target === 'update').length;
  if (posted.length === 0 && missed === 0) return null;
  const people = posted.filter(({ automatic }) => !automatic);
  const late = people.filter(({ late_ms }) => late_ms > 0);
  const automatic = posted.length - people.length;
  const parts = [
    plural(people.length, 'status update by people', 'status updates by people'),
    late.length === 0 ? 'none late' : `${late.length} late, by ${sayDuration(largest(late.map(({ late_ms }) => late_ms)))} at most`,
    ...(automatic === 0 ? [] : [`${automatic} by Tocsin in place of a late one`]),
    ...(missed === 0 ? [] : [plural(missed, 'breach', 'breaches')]),
  ];
  return { good: late.length === 0 && automatic === 0 && missed === 0, says: `Updates: ${parts.join(', ')}.` };
}

function resolving({ resolvedAt, detectedAt, reopened }: Facts): readonly Judged[] {
  const lasted =
    resolvedAt === null
      ? { good: false, says: 'The incident is not resolved.' }
      : {
          good: true,
          says: `Time to resolve: ${sayDuration(Date.parse(resolvedAt) - Date.parse(detectedAt))}, from detection; no target is set for it.`,
        };
  return [lasted, ...(reopened === 0 ? [] : [{ good: false, says: `It was reopened ${reopened === 1 ? 'once' : plural(reopened, 'time')}.` }])];
}
