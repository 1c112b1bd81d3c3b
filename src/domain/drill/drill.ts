import { z } from 'zod';
import type { Plan } from '../change/plans.ts';
import type { EventType, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import type { IncidentPolicy } from '../policy.ts';
import { DRILL_FORMS } from './forms.ts';

/** A question about a runbook with its answers, of which one is right. */
const questionSchema = z
  .object({ id: z.string(), text: z.string(), options: z.array(z.string()).readonly(), /** Index of the right one. */ right: z.number() })
  .readonly();
export type DrillQuestion = z.output<typeof questionSchema>;

/** What a drill lives by. It is written into its declaration, as an incident's policy is: a replay needs neither runbook nor configuration. */
export const drillTermsSchema = z
  .object({
    form: z.enum(DRILL_FORMS),
    runbook: z.string(),
    runbook_title: z.string(),
    /** SHA-256 of the runbook's file. */
    revision: z.string(),
    /** The platforms are those of the local workspace: what is approved is done to them. Anywhere else a drill ends at the approval. */
    simulated: z.boolean(),
    /** The remedy that is expected of who plays; missing where the runbook names none. */
    expect: z.object({ remedy: z.string(), title: z.string() }).readonly().exactOptional(),
    /** What is broken on the simulated platform while it lasts; missing anywhere else. */
    inject: z.string().exactOptional(),
    /** Of a tabletop exercise. */
    questions: z.array(questionSchema).readonly(),
    /** From the start, in ms. */
    within: z.object({ diagnose_ms: z.number(), ask_ms: z.number(), approve_ms: z.number() }).readonly(),
    /** The role that signs a review. */
    sign_off: z.string(),
    /** How long after its start a drill that nobody finishes is ended, ms; a release before did not end them. */
    ends_after_ms: z.number().exactOptional(),
  })
  .readonly();
export type DrillTerms = z.output<typeof drillTermsSchema>;

/** When a drill ends that says nothing else, ms after its start. */
const ENDS_AFTER = 8 * 60 * 60_000;

/** When a drill is ended that nobody finishes, ms; `null` for what is no drill, and while a change of it is in force. */
export function drillEndsAt({ drill, milestones, plans }: Pick<Incident, 'drill' | 'milestones' | 'plans'>): number | null {
  if (drill === undefined || inForce(plans) !== null) return null;
  return milestones.declared + (drill.terms.ends_after_ms ?? ENDS_AFTER);
}

/** A change of a drill that is under way, or applied and still to be reverted. */
export function inForce(plans: Incident['plans']): Plan | null {
  const isInForce = ({ status, revertAt }: Plan) => status === 'applying' || status === 'reverting' || (status === 'applied' && revertAt !== null);
  return Object.values(plans).find(isInForce) ?? null;
}

/** How a drill stands. Times in ms; `null` until reached. */
export interface Drill {
  readonly terms: DrillTerms;
  readonly diagnosedAt: number | null;
  readonly askedAt: number | null;
  readonly approvedAt: number | null;
  /** The remedy that is expected was asked for. */
  readonly expected: boolean;
  readonly answers: Readonly<Record<string, { readonly option: number; readonly by: string }>>;
  readonly signedOff: { readonly by: string; readonly at: number } | null;
}

export function begunDrill(terms: DrillTerms): Drill {
  return { terms, diagnosedAt: null, askedAt: null, approvedAt: null, expected: false, answers: {}, signedOff: null };
}

/** What an incident that is a drill remembers of a record, besides what every incident does. */
export function played<T extends EventType>(state: Incident, record: RecordOf<T>, at: number): Incident {
  const { drill } = state;
  if (drill === undefined) return state;
  return {
    ...state,
    drill: {
      ...drill,
      diagnosedAt: drill.diagnosedAt ?? (record.type === 'diagnosis.finished' ? at : null),
      askedAt: drill.askedAt ?? (record.type === 'plan.made' ? at : null),
      approvedAt: drill.approvedAt ?? (isAnyApproved(state) ? at : null),
      expected: drill.expected || isExpectedAsked(state, drill),
    },
  };
}

const UNDECIDED: ReadonlySet<string> = new Set(['waiting', 'rejected', 'expired', 'voided']);

function isAnyApproved({ plans }: Incident): boolean {
  return Object.values(plans).some(({ status, kind }) => kind === 'change' && !UNDECIDED.has(status));
}

function isExpectedAsked({ plans, requested }: Incident, { terms: { runbook, expect } }: Drill): boolean {
  return [...Object.values(plans), ...Object.values(requested)].some((one) => one.runbook === runbook && one.remedy === expect?.remedy);
}

/** The policy of a service without anybody to call: a drill keeps its targets, and reaches nobody but who joins it. */
export function drillPolicy({ respond_within_ms, updates, time_zone }: IncidentPolicy): IncidentPolicy {
  return { respond_within_ms, updates, time_zone, responders: [], escalation: [], customer_impact_severity: null, checklist: [] };
}

/**
 * Why nothing that was approved in this drill is applied; `null` for what is no drill, and where the platforms are simulated. `simulatedHere`: whether
 * those are that Tocsin speaks to now.
 */
export function whyDrillEnds({ drill }: Pick<Incident, 'drill'>, simulatedHere: boolean): string | null {
  if (drill === undefined || (drill.terms.simulated && simulatedHere)) return null;
  return 'This is a drill: it ends at the approval, and nothing is applied';
}
