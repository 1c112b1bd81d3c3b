/** The waits an incident may have. */
export const TIMERS = [
  'acknowledgement-reminder',
  'acknowledgement-breach',
  'escalation',
  'unresolved',
  'update-offer',
  'update-reminder',
  'update-breach',
  'update-automatic',
  'notice-offer',
  'notice-reminder',
  'notice-breach',
  'notice-again',
  'stakeholder-mail',
  'follow-up-overdue',
  'review-reminder',
  'review-breach',
  'room-archive',
  'drill-end',
] as const;
/** The waits of one plan. */
export const PLAN_TIMERS = ['approval-reminder', 'approval-expiry', 'revert-reminder', 'revert-conflict'] as const;
export type PlanTimer = (typeof PLAN_TIMERS)[number];

/** What an incident waits for; a wait of a plan says which. */
export type Timer = { readonly kind: (typeof TIMERS)[number]; readonly plan?: undefined } | { readonly kind: PlanTimer; readonly plan: string };

/** A timer's name, as it is stored: `escalation`, `approval-expiry:PLN-7K2M9QXA`. Never change it. */
export function formatTimer({ kind, plan }: Timer): string {
  return plan === undefined ? kind : `${kind}:${plan}`;
}

/** The timer of a stored name; `null` for one of another version. */
export function parseTimer(name: string): Timer | null {
  const colon = name.indexOf(':');
  const kind = colon === -1 ? name : name.slice(0, colon);
  if (colon === -1) return isOneOf(TIMERS, kind) ? { kind } : null;
  return isOneOf(PLAN_TIMERS, kind) ? { kind, plan: name.slice(colon + 1) } : null;
}

function isOneOf<T extends string>(kinds: readonly T[], kind: string): kind is T {
  return (kinds as readonly string[]).includes(kind);
}
