import { isLabelled, type LabelledSignal, type Signal } from '../engine/alerts/signal.ts';
import type { Incidents } from '../engine/incidents/incidents.ts';
import { toIso } from '../lib/time.ts';
import type { StoreTx } from '../ports/store.ts';

/**
 * What PagerDuty tells of pages that Tocsin sent itself, apart from what is news: those are of an incident that there is, and never open an alert. Those of
 * another installation are neither: were they alerts here, and this one's alerts there, each page would call for the next.
 */
export async function ownPages(
  incidents: Pick<Incidents, 'find'>,
  installation: () => Promise<string>,
  signals: readonly Signal[],
): Promise<{ readonly own: readonly LabelledSignal[]; readonly others: readonly Signal[] }> {
  const own: LabelledSignal[] = [];
  const others: Signal[] = [];
  for (const signal of signals) {
    const sentBy = isLabelled(signal) ? (signal.answers?.installation ?? null) : null;
    if (sentBy !== null && sentBy !== (await installation())) continue;
    const incident = isLabelled(signal) && signal.answers !== undefined ? await incidents.find(signal.answers.incident) : null;
    // Where this bot paged nobody, it is somebody else's incident with a name like ours.
    if (isLabelled(signal) && incident?.pagerduty !== undefined) own.push(signal);
    else others.push(signal);
  }
  return { own, others };
}

/** Tells an incident what a person did with its page in PagerDuty. */
export async function tellAnswer(tx: StoreTx, incidents: Incidents, { answers, at }: LabelledSignal): Promise<void> {
  if (answers === undefined || answers.what === null) return;
  const data = { what: answers.what, by: answers.by, at: toIso(at ?? (await tx.now())) };
  await incidents.tell(tx, answers.incident, { type: 'pagerduty-answered', data });
}
