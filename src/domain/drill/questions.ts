import type { DrillQuestion } from './drill.ts';

/** What a runbook says, as far as it is asked about. */
export interface Asked {
  readonly id: string;
  readonly title: string;
  readonly symptoms: readonly string[];
  readonly findings: readonly { readonly says: string; readonly suggests: readonly string[] }[];
  readonly remedies: readonly { readonly name: string; readonly title: string /** Roles that must approve. */; readonly needs: readonly string[] }[];
}

/** At most so many of each kind, and so many answers to choose from. */
const EACH = 3;
const ANSWERS = 4;

/**
 * The questions of a tabletop exercise: which runbook fits a symptom, which remedy follows from a finding, who must approve it. Made of the runbook's own
 * text, in its order; wrong answers are those of others.
 */
export function questionsOf(runbook: Asked, others: readonly Asked[]): readonly DrillQuestion[] {
  const titleOf = (name: string) => runbook.remedies.find((one) => one.name === name)?.title ?? name;
  const titles = others.filter(({ id }) => id !== runbook.id).map(({ title }) => title);
  const remedies = runbook.remedies.map(({ title }) => title);
  const roles = [...runbook.remedies, ...others.flatMap((one) => one.remedies)].map(({ needs }) => sayNeeds(needs));
  return [
    ...runbook.symptoms
      .slice(0, EACH)
      .map((symptom, i) => question(`symptom-${i + 1}`, `People report: “${symptom}”. Which runbook?`, runbook.title, titles)),
    ...runbook.findings
      .filter(({ suggests }) => suggests.length > 0)
      .slice(0, EACH)
      .map(({ says, suggests: [first = '', ...also] }, i) => {
        const wrong = remedies.filter((title) => ![first, ...also].map(titleOf).includes(title));
        return question(`finding-${i + 1}`, `The diagnosis says: “${says}” Which remedy comes first?`, titleOf(first), wrong);
      }),
    ...runbook.remedies
      .filter(({ needs }) => needs.length > 0)
      .slice(0, EACH)
      .map(({ title, needs }, i) => question(`approval-${i + 1}`, `Who must approve “${title}”?`, sayNeeds(needs), [...roles, 'Nobody'])),
  ].flatMap((one) => (one === null ? [] : [one]));
}

/** `null` where there is nothing to choose between. The right answer's place follows from the texts, and is the same each time. */
function question(id: string, text: string, right: string, wrong: readonly string[]): DrillQuestion | null {
  const others = [...new Set(wrong)].filter((one) => one !== right).slice(0, ANSWERS - 1);
  if (others.length === 0) return null;
  const place = text.length % (others.length + 1);
  return { id, text, options: others.toSpliced(place, 0, right), right: place };
}

function sayNeeds(needs: readonly string[]): string {
  return needs.length === 0 ? 'Nobody' : needs.toSorted().join(' and ');
}
