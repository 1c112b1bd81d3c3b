import { planOf } from './domain/change-events.ts';
import { describe } from './domain/describe.ts';
import type { IncidentRecord } from './domain/events.ts';
import type { IncidentEvidence, PackFile } from './evidence/pack.ts';

/**
 * What a pack says of changes and approvals: `changes.json` and `approvals.json` for the incident (AU-70), and for each plan a folder with
 * its own export: the plan that was approved, who approved it, what was done, the evidence from before, during and after (AU-49).
 */
export function changeFiles(evidence: IncidentEvidence): PackFile[] {
  const records = evidence.records.map(({ record }) => record as unknown as IncidentRecord);
  const changes = records.filter(({ type }) => CHANGES.has(type));
  if (changes.length === 0) return [];
  const plans = [...new Set(changes.map((record) => planOf(record)).filter((plan) => plan !== null))];
  return [
    json('changes.json', changes.filter(({ type }) => !APPROVALS.has(type)).map(shown)),
    json('approvals.json', changes.filter(({ type }) => APPROVALS.has(type)).map(shown)),
    ...plans.flatMap((plan) => planFiles(plan, records, evidence)),
  ];
}

function planFiles(plan: string, records: readonly IncidentRecord[], evidence: IncidentEvidence): PackFile[] {
  const own = records.filter((record) => planOf(record) === plan);
  const folder = `plans/${plan}`;
  const made = own.find(({ type }) => type === 'plan.made');
  const document = made?.artifacts[0] === undefined ? null : bytesOf(evidence, made.artifacts[0].path);
  const logs = own
    .filter((record) => record.type === 'evidence.captured')
    .flatMap((record): PackFile[] => {
      const [artifact] = record.artifacts;
      const bytes = artifact === undefined ? null : bytesOf(evidence, artifact.path);
      if (bytes === null || record.type !== 'evidence.captured') return [];
      return [{ path: `${folder}/logs/${record.data.phase}-${record.data.step}-${String(record.seq).padStart(8, '0')}.log`, bytes }];
    });
  const written = own
    .filter((record) => record.type === 'change.applied')
    .flatMap((record): PackFile[] => {
      const [artifact] = record.artifacts;
      const bytes = artifact === undefined ? null : bytesOf(evidence, artifact.path);
      return bytes === null || record.type !== 'change.applied'
        ? []
        : [{ path: `${folder}/steps/${record.data.step + 1}-${record.data.uses}.txt`, bytes }];
    });
  const lines = own.map((record) => `- ${record.time} ${describe(record) ?? record.type} (record ${record.seq})`);
  return [
    ...(document === null ? [] : [{ path: `${folder}/plan.json`, bytes: document }]),
    json(`${folder}/approvals.json`, own.filter(({ type }) => APPROVALS.has(type)).map(shown)),
    json(`${folder}/changes.json`, own.filter(({ type }) => CHANGES.has(type) && !APPROVALS.has(type)).map(shown)),
    { path: `${folder}/timeline.md`, bytes: Buffer.from(`# ${plan}\n\n${lines.join('\n')}\n`) },
    ...logs,
    ...written,
  ];
}

const APPROVAL_TYPES = [
  'plan.made',
  'plan.voided',
  'approval.given',
  'approval.rejected',
  'approval.withdrawn',
  'approval.reminded',
  'approval.expired',
  'revert.settled',
  'revert.extended',
] as const satisfies readonly IncidentRecord['type'][];
const CHANGE_TYPES = [
  'remedy.requested',
  'evidence.captured',
  'change.intended',
  'change.applied',
  'change.failed',
  'change.verified',
  'remedy.applied',
  'remedy.failed',
  'revert.requested',
  'revert.reminded',
  'revert.started',
  'revert.failed',
  'revert.conflict',
  'revert.waiting',
  'change.reverted',
  'remedy.reverted',
] as const satisfies readonly IncidentRecord['type'][];
const APPROVALS: ReadonlySet<string> = new Set(APPROVAL_TYPES);
const CHANGES: ReadonlySet<string> = new Set([...APPROVAL_TYPES, ...CHANGE_TYPES]);

function shown(record: IncidentRecord): object {
  const { seq, time, type, actor, outcome, data } = record;
  return { seq, time, type, by: actor, outcome, ...data };
}

function bytesOf(evidence: IncidentEvidence, path: string): Uint8Array | null {
  return evidence.files.find((file) => file.path === path)?.bytes ?? null;
}

function json(path: string, value: unknown): PackFile {
  return { path, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
}
