/** Alerts of one kind that belong to an incident: the event_id of the record of the first, and how many there are. */
export interface AlertKind {
  readonly kind: string;
  readonly first: string;
  readonly count: number;
}

/** So many kinds are told in lines of their own; what comes of others counts as the first: a storm is no wall of lines. */
const MOST = 10;

/** The alerts of an incident with one more. `id`: the event_id of its record. */
export function withAlert(alerts: readonly AlertKind[], title: string, id: string): readonly AlertKind[] {
  const told = kindAmong(alerts, title);
  if (told === undefined) return [...alerts, { kind: kindOf(title), first: id, count: 1 }];
  return alerts.map((one) => (one === told ? { ...one, count: one.count + 1 } : one));
}

/** Under which of the kinds that were told an alert comes; `undefined` where it is news. */
export function kindAmong(alerts: readonly AlertKind[], title: string): AlertKind | undefined {
  return alerts.find(({ kind }) => kind === kindOf(title)) ?? (alerts.length < MOST ? undefined : alerts[0]);
}

/** A title without what differs from one machine or moment to the next: numbers, addresses and names with them. */
function kindOf(title: string): string {
  const words = title.toLowerCase().split(/\s+/);
  return words.filter((word) => !/\d|[.:/]./.test(word)).join(' ');
}
