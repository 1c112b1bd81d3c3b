import type { KnownBlock, ModalView } from '@slack/types';
import type { ChangeEventData } from '../src/domain/change/events.ts';
import { isLongList } from '../src/domain/change/listed.ts';
import type { Plan } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { PlannedStep } from '../src/domain/records/data/plans.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { code } from './code.ts';
import { inSection } from './exact.ts';
import { sayRoom, sinceThen } from './incident-words.ts';
import { context, header, type Message, message, option, section } from './kit.ts';
import { sayLate } from './late-values.ts';
import { about, input, modal, select } from './modals.ts';
import { noticeWords } from './notice.ts';
import { safe } from './outside.ts';
import { canRevert, cardButtons } from './plan-buttons.ts';
import { sayDecided } from './plan-decided.ts';
import { sayListed, shownDiff } from './plan-list.ts';
import { asking, standing } from './plan-standing.ts';
import { isInTrail, planTrail } from './plan-trail.ts';
import { approvalLines, blockedLine, type Holders, sayApprovers, sayRevertAt, sayRisk } from './plan-words.ts';
import { clamp, clocked, LIMITS, user, when } from './text.ts';

/** Characters of diff that a card shows in all; more is in the evidence. */
const DIFFS = 7_000;
const ONE_DIFF = 2_600;
/** Characters of a step's own words. */
const SUMMARY = 300;
/** Notes that a step shows, the first ones: what an approver has to know comes first (src/engine/runbooks/remedy/planning.ts). */
const NOTES = 5;
const WHOLE = 'All of this plan is in the evidence: `/incident evidence`.';
const CUT = `:warning: *Not all of this plan is shown here.* ${WHOLE}`;

/** Findings that stand with a plan. */
const FINDINGS = 3;

/** Plans whose effect may be watched for a while. */
const MAY_BE_WATCHED: ReadonlySet<Plan['status']> = new Set(['applied', 'reverted', 'kept']);

type PlanMade = ChangeEventData['plan.made'];

/**
 * What somebody wants to do, exactly, and who still has to say yes (ADR 10). Edited in place until all is said of the plan: when it was asked
 * for, approved, applied, verified and watched. Buttons hold ids only; who may press them is decided at the click.
 */
export function planCard(incident: Incident, data: PlanMade, holders: Holders): Message {
  const plan = incident.plans[data.plan];
  return plan === undefined ? unknown(incident, data) : cardOf(incident, plan, data, holders);
}

/**
 * The same for one who is asked to decide, in a direct message, with what they need to know of the incident. Once it is decided it stays what it was, and
 * says what became of it.
 */
export function planAsk(incident: Incident, data: PlanMade, holders: Holders): Message {
  const plan = incident.plans[data.plan];
  if (plan === undefined) return unknown(incident, data);
  if (plan.status === 'waiting') return cardOf(incident, plan, data, holders, true);
  return message(`${incident.id}: ${plan.title}`, [
    header(`${asking(plan)}: ${plan.title}`),
    about(incident),
    section(`*Asked for because*: ${safe(clamp(data.reason, 1_000))}`),
    sinceThen(sayDecided(incident, plan)),
  ]);
}

function unknown({ id }: Incident, { title }: PlanMade): Message {
  return message(safe(title), [section(`*${safe(title)}* is no longer part of ${id}.`)]);
}

function cardOf(incident: Incident, plan: Plan, data: PlanMade, holders: Holders, isAsked = false): Message {
  const waits = plan.status === 'waiting';
  const shown = waits || plan.applied.length > 0 || plan.status === 'approved' || plan.status === 'applying';
  const { word, says } = standing(plan);
  return message(
    `${incident.id}: ${word}: ${plan.title}`,
    [
      header(`${word}: ${plan.title}`),
      // Whether it had its effect comes before all details.
      ...(says === null ? [] : [section(says)]),
      about(incident),
      context(
        [sayRoom(incident), safe(incident.serviceName), waits ? `asked for by ${user(plan.requester)}` : null]
          .filter((part) => part !== null)
          .join('  ·  '),
      ),
      ...(waits ? findings(incident, plan) : [section(planTrail(plan).join('\n'))]),
      ...why(plan, data, waits),
      ...what(plan, data, waits, shown),
      ...(shown ? sayListed(data.steps).map((line) => context(line)) : []),
      ...(waits && plan.kind === 'change' && isCut(data.steps) ? [context(CUT)] : []),
      ...(waits
        ? [section([...approvalLines(incident, plan, holders), ...blockedLine(plan)].join('\n'))]
        : [context([...(isInTrail(plan) ? [] : [sayApprovers(plan)]), plan.id].join('  ·  '))]),
      ...(waits
        ? [
            context(
              `Expires ${when(plan.expiresAt)}.${plan.kind !== 'change' ? '' : ' If anything it touches changes before then, this plan becomes void and a new one is made.'}`,
            ),
          ]
        : []),
      ...cardButtons(incident, plan, isAsked),
    ],
    WHOLE,
  );
}

/** True when a plan's card shows what it will show for ever. A failed one may still be put back, and what was applied is watched for a while. */
export function isPlanFinal(incident: Incident, id: string): boolean {
  const plan = incident.plans[id];
  if (plan === undefined) return true;
  if (plan.status === 'failed') return plan.applied.length === 0;
  if (plan.endedAt === null || !MAY_BE_WATCHED.has(plan.status) || plan.kind !== 'change') return plan.endedAt !== null;
  if (canRevert(incident, plan)) return false;
  return incident.status === 'closed' || (plan.watch !== null && plan.watch.outcome !== null);
}

/** True when somebody who was asked has nothing to decide any more. */
export function isAskFinal(incident: Incident, id: string): boolean {
  return incident.plans[id]?.status !== 'waiting';
}

/** What was found that this change is for. */
function findings(incident: Incident, { runbook, remedy }: Plan): KnownBlock[] {
  const found = (incident.diagnoses[runbook]?.findings ?? []).filter(({ suggests }) => suggests.includes(remedy));
  if (found.length === 0) return [];
  return [
    section(
      found
        .slice(0, FINDINGS)
        .map((finding) => `:mag: ${inSection(finding, SUMMARY)}`)
        .join('\n'),
    ),
  ];
}

/** Why it was asked for, and what is decided upon; a notice says itself what it is for. */
function why(plan: Plan, data: PlanMade, waits: boolean): KnownBlock[] {
  const asked = plan.kind === 'notice' ? [] : [`*${waits ? 'Why' : 'Asked for because'}*: ${safe(clamp(data.reason, 1_000))}`];
  const lines = [...asked, ...(waits ? terms(plan, data) : [])];
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

/** What it does: the words of a notice, or its steps. */
function what(plan: Plan, data: PlanMade, waits: boolean, shown: boolean): KnownBlock[] {
  if (plan.kind === 'change') return steps(waits ? data.steps : afterwards(data.steps), shown);
  const said = data.steps.map(({ summary }) => section(clocked(safe(summary))));
  return plan.notice === undefined ? said : [...said, ...noticeWords(plan.notice)];
}

/** What the approvers decide upon. */
function terms(plan: Plan, data: PlanMade): string[] {
  const after = data.replaces === null ? [] : ['*New plan*: the previous plan and its approvals are void.'];
  if (plan.kind === 'notice') return ['*Approve it* if customers may read exactly this.'];
  const risk = plan.kind === 'extend' ? `${sayRisk(plan)}. It would stay in force longer.` : sayRisk(plan);
  return [`*Risk*: ${risk}`, ...(plan.kind === 'extend' ? [] : wayBack(plan, data)), ...after];
}

function wayBack({ revert }: Plan, { steps: planned }: PlanMade): string[] {
  if (revert !== null) return [`*Reverts* by itself ${sayDuration(revert.afterMs)} after it begins`];
  const canBePutBack = planned.some(({ snapshot_sha256: snapshot }) => snapshot !== null);
  return canBePutBack ? ['*Stays* until somebody reverts it with the Revert button on its card'] : [];
}

/** Nobody approves what they did not see without knowing it. */
function isCut(planned: readonly PlannedStep[]): boolean {
  const each = diffLength(planned);
  return planned.some((step) => {
    const { diff, notes, late } = step;
    return (
      shownNotes(notes).length < notes.length ||
      notes.some((note) => note.length > SUMMARY) ||
      (diff !== null && /^… \d+ more (lines?|characters)/m.test(code(sayLate(diff, late), isLongList(step) ? LIMITS.section : each)))
    );
  });
}

/** Characters for each difference. */
function diffLength(planned: readonly PlannedStep[]): number {
  const diffs = planned.filter(({ diff }) => diff !== null).length;
  return Math.min(ONE_DIFF, Math.floor(DIFFS / Math.max(1, diffs)));
}

/** The steps of what was decided: without what only waited, and without what was not known before. */
function afterwards(planned: readonly PlannedStep[]): readonly PlannedStep[] {
  const done = planned.filter(({ summary }) => !summary.startsWith('Waits for:'));
  return done.map((step) => ({
    ...step,
    diff:
      step.diff === null ? null : sayLate(step.diff, step.late).replaceAll(/⟨(?:set when it runs[^⟩\n]*|time of the restart)⟩/g, '(set when it ran)'),
  }));
}

function steps(planned: readonly PlannedStep[], withDiffs: boolean): KnownBlock[] {
  const each = diffLength(planned);
  return planned.flatMap((step, i) => {
    const number = planned.length === 1 ? '' : `*${i + 1}.* `;
    const lines = [`${number}${safe(clamp(sayLate(step.summary, step.late), SUMMARY))}`];
    if (!withDiffs) return [section(lines.join('\n'))];
    const diff = shownDiff(step);
    if (diff !== null) lines.push(code(diff, each));
    if (step.no_plan !== null) lines.push(`:warning: *No plan is possible*: ${safe(clamp(step.no_plan, SUMMARY))}`);
    const notes = notesOf(step);
    const together = [...lines, ...notes].join('\n');
    // A long difference never takes the place of the notes.
    return together.length <= LIMITS.section
      ? [section(together)]
      : [section(lines.join('\n')), ...(notes.length === 0 ? [] : [section(notes.join('\n'))])];
  });
}

/** The first notes, as many as a section holds. */
function shownNotes(notes: readonly string[]): string[] {
  let size = 200;
  return notes
    .slice(0, NOTES)
    .map((note) => `• ${safe(clamp(note, SUMMARY))}`)
    .filter((line) => (size += line.length + 1) <= LIMITS.section);
}

function notesOf({ notes }: PlannedStep): string[] {
  const shown = shownNotes(notes);
  const left = notes.length - shown.length;
  return left > 0 ? [...shown, `_And ${plural(left, 'more note')}._`] : shown;
}

/** A modal that asks for the reason of what is done about a plan. */
export function planModal(callbackId: string, title: string, submit: string, incident: Incident, plan: Plan, hint: string): ModalView {
  return modal(callbackId, title, submit, { incident: incident.id, plan: plan.id }, [
    about(incident),
    section(`*${safe(plan.title)}*\n${hint}`),
    input('text', 'Why?', { multiline: true, focus: true, max: 1_000 }),
  ]);
}

/** More time for a change that reverts by itself: as much as was asked for, or one of the usual lengths. */
export function extendModal(incident: Incident, plan: Plan, given: { readonly length?: string; readonly reason?: string }): ModalView {
  const lengths = ['15m', '30m', '60m'];
  const offered = given.length === undefined || lengths.includes(given.length) ? lengths : [given.length, ...lengths];
  const revert = sayRevertAt(plan);
  return modal('plan.extend', 'Ask for more time', 'Ask', { incident: incident.id, plan: plan.id }, [
    about(incident),
    section(`*${safe(plan.title)}*${revert === null ? '' : ` ${revert}`}. More time needs the same approvals as the change.`),
    select(
      'length',
      'How much longer?',
      offered.map((length) => option(length.replace(/^(\d+)m$/, '$1 minutes'), length)),
      { initial: given.length ?? '30m' },
    ),
    input('text', 'Why?', { multiline: true, focus: true, max: 1_000, initial: given.reason }),
  ]);
}
