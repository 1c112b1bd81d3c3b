/** What kinds of incidents there are (AU-60). Stored in records: never rename one. */
export const INCIDENT_TYPES = ['platform-outage', 'security-breach', 'data-loss', 'policy-failure', 'performance-degradation'] as const;
export type IncidentType = (typeof INCIDENT_TYPES)[number];

export const INCIDENT_TYPE_NAMES: Readonly<Record<IncidentType, string>> = {
  'platform-outage': 'Platform outage',
  'security-breach': 'Security breach',
  'data-loss': 'Data loss',
  'policy-failure': 'Policy failure',
  'performance-degradation': 'Performance degradation',
};

/** What is private unless somebody says otherwise, and announced in the service's security channel only. */
export const SECURITY_BREACH: IncidentType = 'security-breach';

export function isIncidentType(text: string | null): text is IncidentType {
  return text !== null && (INCIDENT_TYPES as readonly string[]).includes(text);
}

/** A type in people's words; one of another release as it is stored. */
export function sayIncidentType(type: string): string {
  return isIncidentType(type) ? INCIDENT_TYPE_NAMES[type] : type;
}
