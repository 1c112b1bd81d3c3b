import type { StoredRecord } from '../../../domain/record.ts';
import { planOfRecord } from '../pack-changes.ts';
import { escapeMarkdown, whatOf } from '../timeline.ts';
import { moment } from '../told.ts';
import { changeFactsOf } from './changes.ts';
import { type Facts, factsOf } from './facts.ts';
import { type ReviewOptions, sayLasting, saySeverities } from './words.ts';

/** Records that tell of an incident’s course. Notes and pinned messages stay where people wrote them. */
const COURSE: ReadonlySet<string> = new Set([
  'incident.declared',
  'incident.acknowledged',
  'incident.escalated',
  'severity.changed',
  'impact.changed',
  'status.changed',
  'remedy.applied',
  'remedy.failed',
  'remedy.reverted',
  'incident.resolved',
  'incident.reopened',
]);

/** What becomes of a change that counts as remediation. */
const DONE: ReadonlySet<string> = new Set(['applied', 'reverted']);

/**
 * The entry of an incident in a runbook’s log of incidents (VQ-20): impact, remediation and timeline, filled from the records. `without`: the runbook that
 * writes it, whose own changes are no part of it. Pure; records that say nothing of these change nothing in it.
 */
export function renderRunbookEntry(stream: string, records: readonly StoredRecord[], options: ReviewOptions & { readonly without: string }): string {
  const facts = factsOf(records);
  const changes = changeFactsOf(records);
  const own = new Set(changes.filter(({ runbook }) => runbook === options.without).map(({ plan }) => plan));
  const course = records.filter((record) => COURSE.has(record.type) && !own.has(planOfRecord(record) ?? ''));
  const remedies = changes.filter(({ plan, outcome }) => !own.has(plan) && DONE.has(outcome));
  return [
    `### ${facts.declaredAt.slice(0, 10)} ${stream}: ${escapeMarkdown(facts.declared?.title ?? stream)}`,
    '',
    `- **Severity:** ${saySeverities(facts)}`,
    `- **Duration:** ${sayLasting(facts)}`,
    `- **Impact:** ${sayImpact(facts)}`,
    `- **Cause:** ${escapeMarkdown(facts.causes.at(-1)?.data ?? '') || 'not recorded'}`,
    ...sayRemediation(facts, remedies),
    '- **Timeline (UTC):**',
    ...course.map((record) => `  - ${moment(record.time)}: ${escapeMarkdown(whatOf(record, options))}`),
  ].join('\n');
}

function sayImpact({ declared, impacts, customerImpact, dataExposure }: Facts): string {
  const words = impacts.findLast(({ data }) => data.impact !== null)?.data.impact ?? declared?.impact ?? null;
  const parts = [
    ...(words === null ? [] : [escapeMarkdown(words)]),
    ...(customerImpact ? ['customers were affected'] : []),
    ...(dataExposure ? ['data was exposed'] : []),
  ];
  return parts.length === 0 ? 'not recorded' : parts.join('; ');
}

function sayRemediation({ resolution }: Facts, remedies: ReturnType<typeof changeFactsOf>): readonly string[] {
  const lines = [
    ...(resolution === null ? [] : [escapeMarkdown(resolution)]),
    ...remedies.map(({ title, outcome, plan }) => `${escapeMarkdown(title)} (${plan}, ${outcome})`),
  ];
  if (lines.length === 0) return ['- **Remediation:** not recorded'];
  if (lines.length === 1) return [`- **Remediation:** ${lines[0]}`];
  return ['- **Remediation:**', ...lines.map((line) => `  - ${line}`)];
}
