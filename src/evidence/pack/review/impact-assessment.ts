import type { StoredRecord } from '../../../domain/record.ts';
import { escapeMarkdown } from '../timeline.ts';
import { moment } from '../told.ts';
import { type Facts, factsOf } from './facts.ts';
import { BLAMELESS, FROM_RECORD, person, question, type ReviewOptions, sayLasting, sayService, saySeverities, table } from './words.ts';

/** `impact-assessment.md` of a pack (AU-70): who was affected, how long and how badly, as far as the records say. Pure. */
export function renderImpactAssessment(stream: string, records: readonly StoredRecord[], options: ReviewOptions): string {
  const facts = factsOf(records);
  return [
    `# Impact assessment of ${stream}`,
    '',
    `${BLAMELESS} ${FROM_RECORD}`,
    '',
    `- **Service:** ${sayService(facts)}`,
    `- **Severity:** ${saySeverities(facts)}`,
    `- **Duration:** ${sayLasting(facts)}`,
    `- **Customers affected:** ${facts.customerImpact ? 'yes' : 'nobody recorded that'}`,
    `- **Data exposed:** ${facts.dataExposure ? 'yes, as somebody recorded' : 'nobody recorded that'}`,
    ...facts.marks.map((mark) => `- **Also marked:** ${mark}`),
    '',
    '## What people recorded',
    '',
    ...impactLines(facts, options),
    '',
    '## To fill in',
    '',
    ...impactQuestions(facts),
    '',
  ].join('\n');
}

/** The impact as it was recorded, with when and by whom. */
export function impactLines(facts: Facts, { people }: ReviewOptions): readonly string[] {
  const { declared, declaredAt, declaredBy, impacts } = facts;
  const first =
    declared?.impact == null
      ? []
      : [[moment(declaredAt), declaredBy === null ? 'Tocsin' : person(people, declaredBy), escapeMarkdown(declared.impact)]];
  const rows = impacts.map(({ time, by, data }) => [
    moment(time),
    person(people, by),
    [
      data.impact === null ? '' : escapeMarkdown(data.impact),
      ...(data.customer_impact ? ['customers are affected'] : []),
      ...(data.data_exposure ? ['data is exposed'] : []),
    ]
      .filter((part) => part !== '')
      .join('; '),
  ]);
  return table(['Time', 'Who', 'Impact'], [...first, ...rows], 'Nobody recorded an impact.');
}

/** What the record does not say of the impact. */
export function impactQuestions({ dataExposure, impacts, declared }: Facts): readonly string[] {
  return [
    ...(impacts.length === 0 && declared?.impact == null ? [question('What could users not do, or what did they see?')] : []),
    question('How many users were affected?'),
    question('Is the data intact? What shows it?'),
    ...(dataExposure ? [question('Which data was exposed, to whom, and who has to be notified by when?')] : []),
    question('Which commitments were missed, such as service levels?'),
  ];
}
