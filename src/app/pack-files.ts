import { describe } from '../domain/incident/describe.ts';
import type { IncidentRecord } from '../domain/incident/events.ts';
import { readBack } from '../domain/json.ts';
import type { IncidentEvidence, PackFile } from '../evidence/pack/pack.ts';
import { approvalsOf, changesOf, isAboutChange, planOfRecord } from '../evidence/pack/pack-changes.ts';
import { PAGE_FILE, type PageOptions, renderReportPage } from '../evidence/pack/page/page.ts';
import { REPORT_FILE, renderReport } from '../evidence/pack/report.ts';
import { reviewFiles } from '../evidence/pack/review/review-files.ts';

/** All that a pack has beside the evidence itself: changes and approvals, the reports, the papers of the review, and the page. */
export function packFiles(evidence: IncidentEvidence, options: PageOptions): PackFile[] {
  const records = evidence.records.map(({ record }) => record);
  return [
    ...changeFiles(evidence),
    { path: REPORT_FILE, bytes: Buffer.from(renderReport(evidence.stream, records, options)) },
    ...reviewFiles(evidence.stream, records, options),
    { path: PAGE_FILE, bytes: Buffer.from(renderReportPage(evidence, options)) },
  ];
}

/**
 * What a pack says of changes and approvals: `changes.json`, `approvals.json` and `logs/` for the incident (AU-70), and for each plan a folder with
 * its own export: the plan that was approved, who approved it, what was done, the evidence from before, during and after (AU-49).
 */
function changeFiles(evidence: IncidentEvidence): PackFile[] {
  const records = evidence.records.map(({ record }) => readBack<IncidentRecord>(record));
  const changes = records.filter(isAboutChange);
  if (changes.length === 0) return [];
  const plans = [...new Set(changes.map((record) => planOfRecord(record)).filter((plan) => plan !== null))];
  return [
    json('changes.json', changesOf(records)),
    json('approvals.json', approvalsOf(records)),
    ...capturedLogs(records, evidence),
    ...plans.flatMap((plan) => planFiles(plan, records, evidence)),
  ];
}

/** What was captured before, during and after changes, in the layout of the platforms' runbook. */
function capturedLogs(records: readonly IncidentRecord[], evidence: IncidentEvidence): PackFile[] {
  return records.flatMap((record): PackFile[] => {
    if (record.type !== 'evidence.captured') return [];
    const [artifact] = record.artifacts;
    const bytes = artifact === undefined ? null : bytesOf(evidence, artifact.path);
    const moment = record.time.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    const name = `${record.data.step}-${moment}-${String(record.seq).padStart(8, '0')}.log`;
    return bytes === null ? [] : [{ path: `logs/${record.data.phase}/${name}`, bytes }];
  });
}

function planFiles(plan: string, records: readonly IncidentRecord[], evidence: IncidentEvidence): PackFile[] {
  const own = records.filter((record) => planOfRecord(record) === plan);
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
  // One line each, whatever somebody typed: a line that looks like another record's is a forgery.
  const lines = own.map((record) => `- ${record.time} ${(describe(record) ?? record.type).replaceAll(/\s+/g, ' ')} (record ${record.seq})`);
  return [
    ...(document === null ? [] : [{ path: `${folder}/plan.json`, bytes: document }]),
    json(`${folder}/approvals.json`, approvalsOf(records, plan)),
    json(`${folder}/changes.json`, changesOf(records, plan)),
    { path: `${folder}/timeline.md`, bytes: Buffer.from(`# ${plan}\n\n${lines.join('\n')}\n`) },
    ...logs,
    ...written,
  ];
}

function bytesOf(evidence: IncidentEvidence, path: string): Uint8Array | null {
  return evidence.files.find((file) => file.path === path)?.bytes ?? null;
}

function json(path: string, value: unknown): PackFile {
  return { path, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
}
