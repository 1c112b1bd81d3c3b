import type { KnownBlock } from '@slack/types';
import { sayRoles } from '../src/domain/change/deciding.ts';
import { activeBypasses, missingRoles, type Plan, plansInForce } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { PlannedStep } from '../src/domain/records/data/plans.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { code } from './code.ts';
import { actions, context, divider, header, type Message, message, section } from './kit.ts';
import { sayLate } from './late-values.ts';
import { noticeWords } from './notice.ts';
import { safe } from './outside.ts';
import { approveButton, inForceButtons, rejectButton } from './plan-buttons.ts';
import { shownDiff } from './plan-list.ts';
import { consentOf, sayApprovers, sayRisk, sayTimeLeft, stakeOf } from './plan-words.ts';
import { clamp, clocked, user, when } from './text.ts';

/** Entries with buttons that a list shows; more are counted. */
const SHOWN = 8;
const DIFF = 700;
/** Steps of a plan in a list. */
const STEPS = 5;
/** In the Home: the incidents must have their place too. */
const SHOWN_AT_HOME = 3;

/** A plan in a list, with its steps as its record has them. */
export interface Waiting {
  readonly incident: Incident;
  readonly plan: Plan;
  readonly steps: readonly PlannedStep[];
  /** Whether the reader's approval would count. */
  readonly mine: boolean;
}

/**
 * What waits to be approved: with buttons where the reader can approve. `elsewhere`: how many more wait for others; `done`: what the reader has just
 * decided.
 */
export function approvalList(entries: readonly Waiting[], elsewhere: number, now: number, done: string | null = null): Message {
  const first = done === null ? [] : [section(done)];
  const others = elsewhere === 0 ? [] : [context(`${plural(elsewhere, 'more waits', 'more wait')} for others: \`/approvals all\`.`)];
  if (entries.length === 0) {
    const nothing = done === null ? ':white_check_mark: Nothing waits for you.' : 'Nothing else waits for you.';
    return message('Nothing waits for you', [...first, section(nothing), ...others]);
  }
  const mine = entries.filter((entry) => entry.mine).length;
  const title = mine === entries.length ? `${sayCount(mine)} for you` : `${sayCount(entries.length)}, ${mine} of them for you`;
  const left = entries.length - SHOWN;
  return message(title, [
    ...first,
    header(title),
    ...entries.slice(0, SHOWN).flatMap((entry, i) => [...(i === 0 ? [] : [divider()]), ...waitingEntry(entry, now)]),
    ...(left > 0 ? [context(`_And ${left} more; the next ones appear as these are decided._`)] : []),
    ...others,
  ]);
}

/** What waits, why, its difference in short, and until when. */
export function waitingEntry({ incident, plan, steps, mine }: Waiting, now: number): KnownBlock[] {
  const missing = missingRoles(plan.needs, plan.approvals);
  // What an extension changes is said in its sentence.
  const diffs = plan.kind !== 'change' ? [] : steps.flatMap((step) => shownDiff(step) ?? []);
  return [
    section(
      [
        `*${safe(plan.title)}*`,
        ...(plan.kind === 'notice' ? [] : [sayRisk(plan)]),
        ...steps
          .slice(0, STEPS)
          .map(
            ({ summary, no_plan, late }) =>
              `• ${clocked(safe(clamp(sayLate(summary, late), 200)))}${no_plan === null ? '' : ` (no plan is possible: ${safe(clamp(no_plan, 200))})`}`,
          ),
        ...(steps.length > STEPS ? [`• and ${plural(steps.length - STEPS, 'more step')}: all of them are in *${incident.id}*`] : []),
        ...(diffs.length === 0 ? [] : [code(diffs.join('\n'), DIFF)]),
      ].join('\n'),
    ),
    ...(plan.notice === undefined ? [] : noticeWords(plan.notice)),
    context(
      [
        `*${incident.id}* ${incident.severity} ${safe(clamp(incident.title, 100))}`,
        `asked for by ${user(plan.requester)}`,
        `missing: ${sayRoles(missing)}`,
        `expires ${when(plan.expiresAt)}, in ${sayDuration(plan.expiresAt - now)}`,
      ].join('  ·  '),
    ),
    ...(mine ? [actions(`approve:${plan.id}`, [approveButton(incident, plan), rejectButton(incident, plan)])] : []),
  ];
}

/** A bypass of an incident that the reader may not see: whose service, and how it stands. */
export interface HiddenBypass extends Pick<Plan, 'status' | 'revertAt' | 'conflict'> {
  /** The service's name. */
  readonly service: string;
}

/** Every emergency change that is in force, with the time that is left; `hidden`: those of incidents that the reader may not see. */
export function bypassStatus(incidents: readonly Incident[], hidden: readonly HiddenBypass[], now: number): Message {
  const found = incidents.flatMap((incident) => activeBypasses(incident).map((plan) => ({ incident, plan })));
  const all = found.length + hidden.length;
  if (all === 0) return message('No bypass is in force', [section(':white_check_mark: No bypass is in force.')]);
  const title = plural(all, 'bypass is in force', 'bypasses are in force');
  const left = found.length - SHOWN;
  return message(title, [
    header(title),
    ...found.slice(0, SHOWN).flatMap(({ incident, plan }) => bypassEntry(incident, plan, now)),
    ...(left > 0 ? [context(`_And ${left} more._`)] : []),
    ...hiddenEntries(hidden, SHOWN, now),
  ]);
}

/** That they are in force is no secret; what they are of is. */
function hiddenEntries(hidden: readonly HiddenBypass[], most: number, now: number): KnownBlock[] {
  if (hidden.length === 0) return [];
  const lines = hidden.slice(0, most).map((one) => `:rotating_light: *A bypass of ${safe(one.service)}*  ·  ${sayForce(one, now)}`);
  const left = hidden.length - most;
  return [
    section([...lines, ...(left > 0 ? [`_And ${left} more._`] : [])].join('\n')),
    context(`${hidden.length === 1 ? 'Its incident is' : 'Their incidents are'} private. Ask the responders of the service about it.`),
  ];
}

function bypassEntry(incident: Incident, plan: Plan, now: number): KnownBlock[] {
  const since = plan.intendedAt === null ? null : `since ${when(plan.intendedAt)} (${sayDuration(now - plan.intendedAt)})`;
  const asked = Object.values(incident.plans).find((other) => other.of === plan.id && other.status === 'waiting');
  const extension =
    asked === undefined ? [] : [`:hourglass_flowing_sand: ${safe(asked.title)}: waits for ${sayRoles(missingRoles(asked.needs, asked.approvals))}`];
  return [
    section([`:rotating_light: *${safe(plan.title)}*  ·  ${sayForce(plan, now)}`, ...extension].join('\n')),
    context([`*${incident.id}* ${safe(incident.serviceName)}`, since, sayApprovers(plan), plan.id].filter((part) => part !== null).join('  ·  ')),
    ...(plan.status === 'applied' ? [actions(`bypass:${plan.id}`, inForceButtons(incident, plan))] : []),
  ];
}

function sayForce(plan: Pick<Plan, 'status' | 'revertAt' | 'conflict'>, now: number): string {
  if (plan.status === 'applying') return 'is being applied';
  if (plan.status === 'reverting') return plan.conflict === null ? 'is being reverted' : ':warning: its revert waits for a decision';
  return sayTimeLeft(plan, now) ?? 'in force';
}

/** In the Home: what waits for the reader and what is in force, before everything else. */
export function homeChanges(incidents: readonly Incident[], hidden: readonly HiddenBypass[], waiting: readonly Waiting[], now: number): KnownBlock[] {
  const bypasses = incidents.flatMap((incident) => activeBypasses(incident).map((plan) => ({ incident, plan })));
  return [
    ...(waiting.length === 0
      ? []
      : [divider(), header(':hand: Changes that wait for you'), ...waiting.slice(0, SHOWN_AT_HOME).flatMap((entry) => waitingEntry(entry, now))]),
    ...(waiting.length > SHOWN_AT_HOME ? [context(`_And ${waiting.length - SHOWN_AT_HOME} more: \`/approvals\`._`)] : []),
    ...(bypasses.length + hidden.length === 0
      ? []
      : [
          divider(),
          header(':rotating_light: Bypasses in force'),
          ...bypasses.slice(0, SHOWN_AT_HOME).flatMap(({ incident, plan }) => bypassEntry(incident, plan, now)),
        ]),
    ...hiddenEntries(hidden, SHOWN_AT_HOME, now),
    ...(bypasses.length > SHOWN_AT_HOME ? [context(`_And ${bypasses.length - SHOWN_AT_HOME} more: \`/bypass status\`._`)] : []),
  ];
}

/** What stays in force when its incident is resolved, a line each: `… is in force until 15:02: a safeguard is switched off`. */
export function sayStaysInForce(incident: Incident): string[] {
  return plansInForce(incident).map(sayInForce);
}

function sayInForce(plan: Plan): string {
  const until = plan.revertAt === null ? '' : ` until ${when(plan.revertAt)}`;
  const stake = stakeOf(plan);
  const is = plan.status === 'reverting' ? 'being reverted' : `in force${until}`;
  return `${plan.risk === 'emergency' ? ':rotating_light:' : ':warning:'} *${safe(plan.title)}* is ${is}${stake === null ? '' : `: ${safe(stake)}`}.`;
}

/** The same with the buttons for what can be done about it. */
export function staysInForce(incident: Incident): KnownBlock[] {
  return plansInForce(incident).flatMap((plan) => [
    section(sayInForce(plan)),
    ...(plan.status === 'applied' ? [actions(`bypass:${plan.id}`, inForceButtons(incident, plan))] : []),
  ]);
}

/** The lines of an incident's card about changes: what is in force, and what waits to be approved. */
export function sayChanges(incident: Incident): string[] {
  const bypasses = activeBypasses(incident).map((plan) => {
    const revert = plan.revertAt === null ? '' : `, reverts by itself at ${when(plan.revertAt)}`;
    return `:rotating_light: *In force*: ${safe(plan.title)}${plan.status === 'reverting' ? ', being reverted' : revert}`;
  });
  return [...bypasses, ...sayWaiting(incident)];
}

/** What waits to be approved, a line each. */
export function sayWaiting(incident: Incident): string[] {
  return Object.values(incident.plans)
    .filter(({ status }) => status === 'waiting')
    .map(
      (plan) =>
        `:hand: *Waits for ${consentOf(plan).noun.toLowerCase()}*: ${safe(plan.title)} (${sayRoles(missingRoles(plan.needs, plan.approvals))})`,
    );
}

function sayCount(count: number): string {
  return plural(count, 'change waits', 'changes wait');
}
