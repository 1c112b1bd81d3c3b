import type { PageFacts, WrittenPage } from '../src/domain/incident/pagerduty.ts';
import { sayIncidentType } from '../src/domain/incident-type.ts';
import { SEVERITY_NAMES, type Severity } from '../src/domain/severity.ts';
import { clamp } from '../src/lib/clamp.ts';
import { plain } from './text.ts';

/** PagerDuty's words for severities. */
const SEVERITY: Readonly<Record<Severity, WrittenPage['severity']>> = { P0: 'critical', P1: 'critical', P2: 'error', P3: 'warning' };

/** A page as PagerDuty reads it out (AU-61): what, how grave, of which service, and where people meet. Of a private incident only that there is one. */
export function pageByPagerDuty({ incident, reason, room }: PageFacts): WrittenPage {
  const { id, severity, serviceName, service, statusPage, component, type, impact, status } = incident;
  const name = plain(serviceName);
  const about = { severity: SEVERITY[severity], source: `tocsin/${service}`, group: service } as const;
  const graded = `${severity} (${SEVERITY_NAMES[severity]})`;
  if (incident.private) {
    const summary = `${id} ${severity} ${name}: a private incident. Slack says what it is about`;
    return { ...about, summary, component: null, class: null, links: [], details: { Incident: id, Severity: graded } };
  }
  const rows: readonly (readonly [string, string | null])[] = [
    ['Incident', id],
    ['Severity', graded],
    ['Impact', impact ?? (incident.customerImpact ? 'Customers are affected' : null)],
    ['Status', status],
    ['Asked for', reason],
    ['Next', `Acknowledge in Slack: /incident ack ${id}`],
  ];
  return {
    ...about,
    summary: clamp(`${id} ${severity} ${name}: ${plain(incident.title)}`, 400),
    component: component === null ? null : clamp(plain(component), 200),
    class: type === null ? null : sayIncidentType(type),
    details: Object.fromEntries(rows.flatMap(([label, value]) => (value === null ? [] : [[label, clamp(plain(value), 1_000)]]))),
    links: [{ href: room, text: 'The incident in Slack' }, ...(statusPage === null ? [] : [{ href: statusPage, text: 'Status page' }])],
  };
}
