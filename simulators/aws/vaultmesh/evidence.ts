import { createHash } from 'node:crypto';
import type { Account } from '../account.ts';
import type { ChatControls } from '../services/qbusiness/state.ts';
import { unifiedDiff } from './diff.ts';
import { dataFile, NAMES } from './names.ts';

/** What one run of the drift workflow leaves in the audit bucket. */
export interface DriftEvidence {
  /** `YYYY-MM-DDTHH:MM:SSZ`, as in the keys. */
  readonly timestamp: string;
  readonly keys: { readonly drift: string; readonly local: string; readonly remote: string; readonly diff: string };
}

export interface DriftRun {
  /** ms */
  readonly at: number;
  readonly gitSha: string;
  readonly runId: string;
  /** The source file as the run's commit has it; that of the seed, when it is left out. */
  readonly source?: string;
  /** What the application has; what it has now, when it is left out. */
  readonly remote?: ChatControls;
  /** Parts that were never written, as when a run breaks off. */
  readonly missing?: readonly (keyof DriftEvidence['keys'])[];
}

/** What the AWS command line writes as `null` when an answer does not have it: what its pages do not add up (botocore's paginators). */
const NOT_THERE = {
  responseScope: null,
  blockedPhrases: null,
  creatorModeConfiguration: null,
  orchestrationConfiguration: null,
  hallucinationReductionConfiguration: null,
};

/** Writes evidence as the workflow does: its source file and the answer of the API differ in shape, so that there is always a diff. */
export function writeDriftEvidence(
  account: Account,
  { at, gitSha, runId, remote, source = dataFile('topic-controls.json'), missing = [] }: DriftRun,
): DriftEvidence {
  const timestamp = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const application = account.qbusiness.applications.get(NAMES.applicationId);
  const controls = remote ?? application?.controls;
  const local = sorted(JSON.parse(source));
  const answer = sorted({
    ...NOT_THERE,
    ...controls,
    blockedPhrases: { ...controls?.blockedPhrases, blockedPhrases: controls?.blockedPhrases.blockedPhrases.toSorted() },
  });
  const metadata = {
    ts: timestamp,
    drift: 'guardrail',
    app_id: NAMES.applicationId,
    git_sha: gitSha,
    file_sha: sha256(source),
    local_sha: sha256(local),
    remote_sha: sha256(answer),
    run_id: runId,
    run_attempt: '1',
  };
  const key = (part: string, extension: string): string => `audit/drift/guardrail-${part}-${timestamp}.${extension}`;
  const keys = { drift: key('drift', 'json'), local: key('local', 'json'), remote: key('remote', 'json'), diff: key('diff', 'patch') };
  const contents = {
    drift: `${JSON.stringify(metadata, null, 2)}\n`,
    local,
    remote: answer,
    diff: unifiedDiff(local, answer, ['local.sorted.json', 'remote.sorted.json']),
  };
  const bucket = account.s3.buckets.get(NAMES.auditBucket);
  for (const part of ['diff', 'drift', 'local', 'remote'] as const) {
    if (missing.includes(part)) continue;
    const headers: Record<string, string> = {
      'content-type': part === 'diff' ? 'text/plain' : 'application/json',
      'x-amz-meta-app_id': NAMES.applicationId,
      'x-amz-meta-git_sha': gitSha,
    };
    if (part === 'drift')
      Object.assign(headers, { 'x-amz-meta-file_sha': metadata.file_sha, 'x-amz-meta-run_id': runId, 'x-amz-meta-run_attempt': '1' });
    bucket?.put(keys[part], Buffer.from(contents[part]), headers, [], new Date(at));
  }
  return { timestamp, keys };
}

/** As `jq -S` writes JSON. */
function sorted(value: unknown): string {
  return `${JSON.stringify(sortKeys(value), null, 2)}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, sortKeys(member)]),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
