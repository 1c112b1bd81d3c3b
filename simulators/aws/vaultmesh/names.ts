import { readFileSync } from 'node:fs';

/** What things of the VaultMesh platform are called. */
export const NAMES = {
  applicationId: '00000000-0000-4000-8000-000000000001',
  indexId: '00000000-0000-4000-8000-000000000002',
  dataSourceId: '00000000-0000-4000-8000-000000000003',
  /** A second data source of the same index. */
  reportsDataSourceId: '00000000-0000-4000-8000-000000000004',
  knowledgeBucket: 'vaultmesh-knowledge-base',
  reportsBucket: 'vaultmesh-reports',
  auditBucket: 'vaultmesh-audit',
  role: 'vaultmesh-qbusiness-datasource',
  rolePolicy: 'vaultmesh-qbusiness-datasource-policy',
  inlinePolicy: 'connector-access',
  topic: 'vaultmesh-qbusiness-alarms',
  alarm: 'QBusinessSyncFailed',
  pipelineAlarm: 'vaultmesh-qbusiness-Failed',
  pipeline: 'vaultmesh-qbusiness',
  metricNamespace: 'VaultMesh/QBusiness',
  /** The role that the workflows of the repository take on. */
  pipelineRole: 'vmq-oracle-github-actions',
} as const;

/** A file of `data/`. */
export function dataFile(name: string): string {
  return readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8');
}

/** A template of `data/` with its `${NAME}` filled in. */
export function dataJson<T>(name: string, values: Readonly<Record<string, string>> = {}): T {
  return JSON.parse(dataFile(name).replace(/\$\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)) as T;
}
