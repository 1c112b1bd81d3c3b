import type { StoredRecord } from '../../../domain/record.ts';
import { escapeMarkdown } from '../timeline.ts';
import { moment } from '../told.ts';
import { type Facts, factsOf } from './facts.ts';
import { BLAMELESS, FROM_RECORD, person, question, type ReviewOptions } from './words.ts';

/** `rca.md` of a pack (AU-70): the cause as people named it, what diagnoses found, and what remains to be answered. Pure. */
export function renderRca(stream: string, records: readonly StoredRecord[], options: ReviewOptions): string {
  const facts = factsOf(records);
  return [
    `# Root cause analysis of ${stream}`,
    '',
    `${BLAMELESS} ${FROM_RECORD}`,
    '',
    '## Root cause',
    '',
    ...causeLines(facts, options),
    '',
    '## What diagnoses found',
    '',
    ...findingLines(facts),
    '',
    '## What fixed it',
    '',
    ...resolutionLines(facts),
    '',
    '## To fill in',
    '',
    ...causeQuestions(),
    '',
  ].join('\n');
}

/** The cause as people named it; a question where nobody did. */
export function causeLines({ causes }: Facts, { people }: ReviewOptions): readonly string[] {
  if (causes.length === 0) return [question('What happened, and why?')];
  return causes.map(({ time, by, data }) => `- ${escapeMarkdown(data)} (${person(people, by)}, ${moment(time)})`);
}

/** What fixed it, in the words of whoever resolved it. */
export function resolutionLines({ resolution }: Facts): readonly string[] {
  return [resolution === null ? question('What fixed it?') : escapeMarkdown(resolution)];
}

function findingLines({ findings }: Facts): readonly string[] {
  if (findings.length === 0) return ['No diagnosis found anything.'];
  return findings.map(({ runbook, says }) => `- ${escapeMarkdown(says)} (${escapeMarkdown(runbook)})`);
}

function causeQuestions(): readonly string[] {
  return [
    question('Why was that possible? Ask “why” until the answer is something that can be changed.'),
    question('What made it worse, or last longer?'),
    question('Why was it not noticed or prevented earlier?'),
    question('Could the same happen elsewhere?'),
  ];
}
