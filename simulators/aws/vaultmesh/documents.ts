/** One write to a bucket in the past; `text` is `null` where the object was deleted. */
export interface SeedVersion {
  readonly key: string;
  readonly hoursAgo: number;
  readonly text: string | null;
}

/**
 * What is in the knowledge bucket. The last sync succeeded five hours ago; after it somebody emptied one document, deleted one and added
 * one, so that a rollback to that sync has something to do.
 */
export const KNOWLEDGE: readonly SeedVersion[] = [
  { key: 'README.md', hoursAgo: 2000, text: '# VaultMesh knowledge base\n\nStart with the handbook.\n' },
  { key: 'README.md', hoursAgo: 400, text: '# VaultMesh knowledge base\n\nStart with the handbook. Questions go to #vaultmesh-ops.\n' },
  {
    key: 'handbook/onboarding.md',
    hoursAgo: 1900,
    text: '# Onboarding\n\nNew colleagues get a laptop and a badge on their first day. The buddy shows the office and the tools.\n',
  },
  {
    key: 'handbook/vacation.md',
    hoursAgo: 1500,
    text: '# Vacation\n\nEverybody has 28 days of vacation a year. Vacation is requested in the HR portal two weeks before.\n',
  },
  {
    key: 'handbook/vacation.md',
    hoursAgo: 50,
    text: '# Vacation\n\nEverybody has 30 days of vacation a year. Vacation is requested in the HR portal two weeks before.\n',
  },
  { key: 'handbook/vacation.md', hoursAgo: 2, text: '# Vacation\n\nTODO\n' },
  {
    key: 'policies/retention.md',
    hoursAgo: 1200,
    text: '# Retention\n\nAudit records are kept for seven years. Chat transcripts are kept for ninety days.\n',
  },
  { key: 'policies/retention.md', hoursAgo: 1.5, text: null },
  { key: 'policies/travel.md', hoursAgo: 1100, text: '# Travel\n\nTrains are preferred over planes for trips of less than six hours.\n' },
  { key: 'policies/old-travel.md', hoursAgo: 1100, text: '# Travel before 2024\n\nPlanes may be booked freely.\n' },
  { key: 'policies/old-travel.md', hoursAgo: 90, text: null },
  {
    key: 'runbooks/oracle.json',
    hoursAgo: 700,
    text: '{"title":"Oracle runbook","contact":"#ops-escalations","steps":["check","mend","verify"]}\n',
  },
  { key: 'images/logo.svg', hoursAgo: 1800, text: '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n' },
  { key: '_staging/handbook/security.md', hoursAgo: 60, text: '# Security\n\nReport incidents to the security liaison at once.\n' },
  { key: '_staging/handbook/security.md', hoursAgo: 3, text: '# Security (draft)\n\nReport incidents some time.\n' },
  { key: '_staging/notes.txt', hoursAgo: 1, text: 'Notes that nobody has reviewed.\n' },
];

export const REPORTS: readonly SeedVersion[] = [
  { key: 'quarterly/2026-q2.md', hoursAgo: 900, text: '# Second quarter\n\nThe number of customers grew to 214.\n' },
  { key: 'quarterly/2026-q3.md', hoursAgo: 100, text: '# Third quarter\n\nThe number of customers grew to 231.\n' },
];
