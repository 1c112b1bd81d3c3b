import { z } from 'zod';
import type { StoredRecord } from '../../../domain/record.ts';
import { sayDuration } from '../../../lib/time.ts';
import { escapeMarkdown, whatOf } from '../timeline.ts';
import { ACTION_NOTE, followUpsOf, isTold, LESSON_NOTE, moment, notesOf } from '../told.ts';
import { type ChangeFacts, changeFactsOf, sizeOfDiff } from './changes.ts';
import { type Facts, factsOf, said } from './facts.ts';
import { figuresOf } from './figures.ts';
import { impactLines, impactQuestions } from './impact-assessment.ts';
import { causeLines, resolutionLines } from './rca.ts';
import { BLAMELESS, FROM_RECORD, person, question, type ReviewOptions, sayLasting, sayService, saySeverities, table } from './words.ts';

/** What the template calls the moments of an incident. */
const MILESTONES: Readonly<Record<string, string>> = {
  'incident.declared': 'Declared',
  'people.called': 'Team notified',
  'incident.acknowledged': 'Acknowledged',
  'remedy.applied': 'Fix deployed',
  'incident.resolved': 'Services restored',
  'incident.reopened': 'Reopened',
  'incident.closed': 'Closed',
};

const roleSchema = z.object({ role: z.string(), user: z.string() });

/** The post-incident review by the platforms' template (SK-72, AU-09), filled from the records. Pure; the same records give the same bytes. */
export function renderPostMortem(stream: string, records: readonly StoredRecord[], options: ReviewOptions): string {
  const facts = factsOf(records);
  const changes = changeFactsOf(records);
  const { well, improvable } = figuresOf(facts);
  const lessons = notesOf(records, LESSON_NOTE);
  return [
    `# Post-incident review of ${stream}${facts.declared === null ? '' : `: ${escapeMarkdown(facts.declared.title)}`}`,
    '',
    `${BLAMELESS} ${FROM_RECORD}`,
    '',
    ...section('Incident Summary', summary(records, facts, options)),
    ...section('Timeline', timeline(records, facts, options)),
    ...section('Root Cause', [...causeLines(facts, options), question('Why was that possible, and why was it not noticed earlier?')]),
    ...section('Impact', [`Duration: ${sayLasting(facts)}.`, '', ...impactLines(facts, options), '', ...impactQuestions(facts)]),
    ...section('Severity History', severities(facts, options)),
    ...section('Targets Missed', breaches(facts)),
    ...section('Changes', changes.length === 0 ? ['Nothing was asked for through Tocsin.'] : changes.flatMap((one) => change(one, options))),
    ...section('Resolution', resolutionLines(facts)),
    ...section('Lessons Learned', [
      'What went well:',
      '',
      ...well.map((says) => `- ${says}`),
      question('What else went well?'),
      '',
      'What could be improved:',
      '',
      ...improvable.map((says) => `- ${says}`),
      ...lessons.map((says) => `- ${escapeMarkdown(says)}`),
      question('What else could be improved?'),
    ]),
    ...section('Action Items', actionItems(records, options)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`## ${title}`, '', ...lines, ''];
}

function summary(records: readonly StoredRecord[], facts: Facts, { people }: ReviewOptions): readonly string[] {
  const commander = said(records, 'role.assigned', roleSchema).findLast(({ data }) => data.role === 'incident-commander')?.data.user;
  return [
    `- **Date:** ${facts.detectedAt.slice(0, 10)}`,
    `- **Duration:** ${sayLasting(facts)}`,
    `- **Severity:** ${saySeverities(facts)}`,
    `- **Services Affected:** ${sayService(facts)}`,
    `- **Incident commander:** ${commander === undefined ? 'nobody' : person(people, commander)}`,
    `- **Customers affected:** ${facts.customerImpact ? 'yes' : 'nobody recorded that'}`,
  ];
}

function timeline(records: readonly StoredRecord[], facts: Facts, options: ReviewOptions): readonly string[] {
  const rows = records
    .filter(({ type }) => isTold(type))
    .map((record) => {
      const name = record.outcome === 'done' ? milestone(record) : undefined;
      return [moment(record.time), `${name === undefined ? '' : `**${name}:** `}${escapeMarkdown(whatOf(record, options))}`];
    });
  return table(['Time (UTC)', 'Event'], [[moment(facts.detectedAt), '**Incident detected**'], ...rows], '');
}

function milestone({ type, data }: StoredRecord): string | undefined {
  const to = type === 'status.changed' ? z.object({ to: z.string() }).safeParse(data).data?.to : undefined;
  if (to === 'identified') return 'Root cause identified';
  return Object.hasOwn(MILESTONES, type) ? MILESTONES[type] : undefined;
}

function severities({ declared, declaredAt, severities: changed }: Facts, { people }: ReviewOptions): readonly string[] {
  const first = declared === null ? [] : [[moment(declaredAt), declared.severity, 'as declared']];
  const rows = changed.map(({ time, by, data }) => [
    moment(time),
    `${data.from} to ${data.to}`,
    `${escapeMarkdown(data.reason)} (${person(people, by)})`,
  ]);
  return table(['Time (UTC)', 'Severity', 'Why'], [...first, ...rows], 'No severity is recorded.');
}

function breaches({ breaches: missed }: Facts): readonly string[] {
  const rows = missed.map(({ data }) => [data.target, moment(data.due), sayDuration(data.late_ms)]);
  return table(['Target', 'Was due', 'Late by, when it was recorded'], rows, 'None.');
}

function change(
  { plan, title, runbook, risk, outcome, reason, requester, approvers, steps }: ChangeFacts,
  { people }: ReviewOptions,
): readonly string[] {
  const approved = approvers.map(({ user, roles }) => `${person(people, user)} as ${roles.map(escapeMarkdown).join(' and ')}`);
  return [
    `### ${escapeMarkdown(title)} (${plan}): ${outcome}`,
    '',
    ...(runbook === '' ? [] : [`- Runbook: ${escapeMarkdown(runbook)}${risk === '' ? '' : ` (${escapeMarkdown(risk)})`}`]),
    ...(requester === '' ? [] : [`- Asked for by ${person(people, requester)}: ${escapeMarkdown(reason)}`]),
    `- Approved by: ${approved.length === 0 ? 'nobody' : approved.join(', ')}`,
    ...steps.map(({ summary: says, diff }) => {
      const size = sizeOfDiff(diff);
      return `- Step: ${escapeMarkdown(says)}${size === '' ? '' : ` (lines: ${size})`}`;
    }),
    ...(risk === 'emergency' ? [question('Was the emergency change needed, and what would make it unnecessary next time?')] : []),
    '',
  ];
}

/** What was put down during the incident: an emergency change is one by itself (AU-48). */
function actionItems(records: readonly StoredRecord[], { people }: ReviewOptions): readonly string[] {
  const noted = notesOf(records, ACTION_NOTE).map((text) => ({ text, owner: null, due: null, priority: null, done: false, issue: null }));
  const unknown = 'to fill in';
  const rows = [...followUpsOf(records), ...noted].map(({ text, owner, due, priority, done, issue }) => [
    `${escapeMarkdown(text)}${done ? ' (done)' : ''}${issue === null ? '' : `, ${escapeMarkdown(issue.key)}`}`,
    owner === null ? unknown : person(people, owner),
    due === null ? unknown : escapeMarkdown(due),
    priority === null ? unknown : escapeMarkdown(priority),
  ]);
  return [
    ...table(['Action', 'Owner', 'Due Date', 'Priority'], rows, 'None yet.'),
    '',
    question('What could be automated: further alerts, tests, remedies?'),
    question('Which steps of the runbook have to change?'),
  ];
}
