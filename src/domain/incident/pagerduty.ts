import { UserError } from '../errors.ts';
import type { PagerDutyAction, PagerDutyAnswer, PagerDutyCause } from '../records/data/pagerduty.ts';
import { isGraver, type Severity } from '../severity.ts';
import { TOCSIN } from '../streams.ts';
import type { Person } from './commands.ts';
import { event, person, required } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { type Incident, isOpen } from './incident.ts';
import { type InLine, lineOf } from './line.ts';
import { notifiedAtFirst } from './promises.ts';

/** What PagerDuty is to know of an incident, and what it knows. */
export interface PagerDutyState {
  /** The newest event that was due, and which one of the incident it is. */
  readonly action: PagerDutyAction;
  readonly nth: number;
  /** The `nth` of the page that it belongs to: one page goes from a trigger to its end. */
  readonly episode: number;
  /** PagerDuty took the trigger. */
  readonly accepted?: true;
  /** PagerDuty was told that the page is over. */
  readonly ended?: true;
  /** Its trigger was given up: nobody was paged, as far as is known. */
  readonly lost?: true;
  /** What was tried last did not reach PagerDuty. */
  readonly failing?: true;
  /** What a person did there last. */
  readonly answer?: EventData['pagerduty.answered'];
}

/** What Tocsin tells an incident about its page. */
export type PagerDutyTold =
  | { readonly type: 'pagerduty-sent'; readonly data: EventData['pagerduty.sent'] }
  | { readonly type: 'pagerduty-failed'; readonly data: EventData['pagerduty.failed'] }
  | { readonly type: 'pagerduty-dropped'; readonly data: EventData['pagerduty.dropped'] }
  /** A person did something with it in PagerDuty. */
  | { readonly type: 'pagerduty-answered'; readonly data: { readonly what: PagerDutyAnswer; readonly by: string; readonly at: string } };

/** What a page is written from. */
export interface PageFacts {
  readonly incident: Incident;
  /** Why it is due now. */
  readonly cause: PagerDutyCause;
  /** In the words of whoever asked for it. */
  readonly reason: string | null;
  /** Where people meet, for a browser. */
  readonly room: string;
}

/** A page as PagerDuty shows it. */
export interface WrittenPage {
  readonly summary: string;
  readonly severity: 'critical' | 'error' | 'warning' | 'info';
  readonly source: string;
  readonly component: string | null;
  readonly group: string;
  readonly class: string | null;
  readonly details: Readonly<Record<string, string>>;
  readonly links: readonly { readonly href: string; readonly text: string }[];
}

/** The dedup_key of an incident's page: no other installation that uses the same integration key has it. */
export function pageKey(incident: string, installation: string): string {
  return `${incident}-${installation}`;
}

/** The incident of a dedup_key that Tocsin made, and its installation; `null` of a release before, which did not say. `undefined` for any other key. */
export function readPageKey(key: string): { readonly incident: string; readonly installation: string | null } | undefined {
  const [, incident, installation = null] = /^(INC-\d{4}-\d{4,})(?:-([0-9a-f]{8}))?$/.exec(key) ?? [];
  return incident === undefined ? undefined : { incident, installation };
}

/** Whether PagerDuty has a page of the incident that is not over. */
export function isPaged({ pagerduty }: Pick<Incident, 'pagerduty'>): boolean {
  return pagerduty !== undefined && pagerduty.action !== 'resolve' && pagerduty.ended !== true && pagerduty.lost !== true;
}

/**
 * What PagerDuty is told because of what was decided (AU-61): that somebody is to be paged, is on it, or need not be. There is one page at a time, and of a
 * private incident there is none unless the service says so.
 */
export function pagesAfter(state: Incident | null, events: readonly IncidentEvent[]): readonly IncidentEvent[] {
  const due: IncidentEvent[] = [];
  for (const one of events) {
    const wanted = wantedAfter(state, one);
    if (wanted === null || due.some(({ data }) => 'action' in data && data.action === wanted.action)) continue;
    due.push(pageDue(state, one.subject, wanted.action, wanted.cause));
  }
  return due;
}

/** A person asks for it. @throws UserError */
export function pageByPagerDuty(state: Incident, by: Person, reason: string): readonly IncidentEvent[] {
  if (state.policy.pagerduty === undefined)
    throw new UserError('no-pagerduty', `${state.serviceName} has no PagerDuty. Call somebody by name: \`/page @person reason\`.`);
  if (state.private && state.policy.pagerduty.private !== true)
    throw new UserError(
      'no-pagerduty',
      `${state.id} is private, and PagerDuty hears of no private incident. Call somebody by name: \`/page @person reason\`.`,
    );
  if (isPaged(state)) {
    const what = state.pagerduty?.failing === true ? 'Tocsin is still trying to page PagerDuty for' : 'PagerDuty has a page already of';
    throw new UserError('already-paged', `${what} ${state.id}. Call somebody by name: \`/page @person reason\`.`);
  }
  const words = required(reason, 'a reason: who is paged reads it');
  return [pageDue(state, state.id, 'trigger', 'asked', person(by), words)];
}

/** What PagerDuty tells of its page; nothing where it is older than what is known, or about an incident that is over. */
export function answered(state: Incident, data: EventData['pagerduty.answered']): readonly IncidentEvent[] {
  const { pagerduty } = state;
  if (pagerduty === undefined || !isOpen(state)) return [];
  if (pagerduty.answer !== undefined && Date.parse(data.at) <= Date.parse(pagerduty.answer.at)) return [];
  return [event(TOCSIN, state.id, 'pagerduty.answered', data)];
}

function pageDue(
  state: Incident | null,
  subject: string,
  action: PagerDutyAction,
  cause: PagerDutyCause,
  actor: IncidentEvent['actor'] = TOCSIN,
  reason?: string,
): IncidentEvent {
  const known = state?.pagerduty;
  const nth = (known?.nth ?? 0) + 1;
  const episode = known === undefined || known.ended === true ? nth : known.episode;
  return event(actor, subject, 'pagerduty.due', { action, cause, nth, episode, ...(reason === undefined ? {} : { reason }) });
}

interface Wanted {
  readonly action: PagerDutyAction;
  readonly cause: PagerDutyCause;
}

function wantedAfter(state: Incident | null, one: IncidentEvent): Wanted | null {
  if (one.type === 'incident.declared') return isPagedAtFirst(one.data) ? { action: 'trigger', cause: 'declared' } : null;
  if (state === null) return null;
  const { pagerduty } = state;
  const end = pagerduty === undefined || pagerduty.action === 'resolve' || pagerduty.ended === true ? null : endOf(state, one);
  if (end !== null || isPaged(state)) return end;
  const cause = causeOf(state, one);
  return cause !== null && mayHear(state) ? { action: 'trigger', cause } : null;
}

function isPagedAtFirst(data: EventData['incident.declared']): boolean {
  const { pagerduty } = data.policy;
  if (pagerduty === undefined || (data.private && pagerduty.private !== true)) return false;
  const line: InLine = data;
  return (
    pagerduty.severities.includes(data.severity) ||
    lineOf(line)
      .slice(0, notifiedAtFirst(line))
      .some((step) => step.pagerduty === true)
  );
}

function mayHear({ policy: { pagerduty }, private: isPrivate }: Incident): boolean {
  return pagerduty !== undefined && (!isPrivate || pagerduty.private === true);
}

/** What of a page that is not over changes. */
function endOf(state: Incident, { type }: IncidentEvent): Wanted | null {
  if (type === 'incident.acknowledged') return state.pagerduty?.action === 'trigger' ? { action: 'acknowledge', cause: 'acknowledged' } : null;
  if (type === 'incident.resolved') return { action: 'resolve', cause: 'resolved' };
  return type === 'incident.merged' ? { action: 'resolve', cause: 'merged' } : null;
}

/** Why somebody is to be paged; `null` where nobody is. */
function causeOf(state: Incident, one: IncidentEvent): PagerDutyCause | null {
  const pages = (severity: Severity) => state.policy.pagerduty?.severities.includes(severity) === true;
  switch (one.type) {
    case 'severity.changed':
      return isOpen(state) && isGraver(one.data.to, one.data.from) && pages(one.data.to) ? 'raised' : null;
    case 'incident.reopened':
      return one.data.paged === true && pages(state.severity) ? 'reopened' : null;
    case 'incident.escalated':
      return isOpen(state) && isStepOfPagerDuty(state, one.data) ? 'escalated' : null;
    // Once somebody is on it, the room hears of whoever is not reached.
    case 'people.called':
    case 'person.reached':
      return isOpen(state) && state.milestones.acknowledged === null && one.outcome === 'failed' ? 'unreached' : null;
    default:
      return null;
  }
}

function isStepOfPagerDuty(state: Incident, { cause, level }: EventData['incident.escalated']): boolean {
  if (cause === 'named' || cause === 'condition') return false;
  const line = lineOf(state);
  return (line[level - 1] ?? line.at(-1))?.pagerduty === true;
}
