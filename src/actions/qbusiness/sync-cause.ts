import { own } from '../../lib/own.ts';
import { plural } from '../../lib/plural.ts';
import type { SyncJob } from '../../ports/qbusiness.ts';
import { oneLine, sayBytes } from '../shared/fields.ts';

/** What a sync fails of (VO-23; the runbook's "Common causes"). */
export const CAUSES = ['none', 'permissions', 'document-or-timeout', 'throttling', 'connector', 'unknown'] as const;
export type Cause = (typeof CAUSES)[number];

/** Looked at in this order: the words of a throttled or denied call come inside of messages about anything. */
const RULES: readonly (readonly [Cause, RegExp])[] = [
  ['throttling', /throttl|rate exceeded|too many requests|slow ?down|quota exceeded/i],
  ['permissions', /access ?denied|not authori[sz]ed|unauthori[sz]ed|forbidden|\b403\b|cannot assume|assume the role|trust policy|permission|kms/i],
  ['document-or-timeout', /tim(?:ed|e|es)?[ -]?out|too (?:large|big)|exceed(?:s|ed)? the maximum|size limit|larger than/i],
  ['connector', /no ?such ?bucket|does not exist|not found|configur|template|schema|validation|invalid|another region/i],
];
const BY_CODE: Readonly<Record<string, Cause>> = { InvalidRequest: 'connector', ResourceInactive: 'connector', ResourceNotFound: 'connector' };

/** The likely cause of a job that did not succeed, and what it is concluded from. */
export function causeOf(job: Pick<SyncJob, 'status' | 'errorMessage' | 'errorCode' | 'dataSourceErrorCode' | 'failed'>): {
  readonly cause: Cause;
  readonly reason: string;
} {
  if (!isFailed(job)) return { cause: 'none', reason: '' };
  const said = [job.errorMessage, job.dataSourceErrorCode].filter((text) => text !== null && text !== '').join(' ');
  const rule = RULES.find(([, words]) => words.test(said));
  if (rule !== undefined) return { cause: rule[0], reason: `It says: ${oneLine(said, 400)}` };
  const byCode = own(BY_CODE, job.errorCode ?? '');
  if (byCode !== undefined) return { cause: byCode, reason: `Its error code is ${job.errorCode}${said === '' ? '' : `: ${oneLine(said, 400)}`}` };
  if (said === '' && (job.failed ?? 0) > 0)
    return { cause: 'unknown', reason: `${plural(job.failed ?? 0, 'document')} failed: the data source’s log names them.` };
  return { cause: 'unknown', reason: said === '' ? 'It gives no reason: check the data source’s log.' : `It says: ${oneLine(said, 400)}` };
}

/** The key of the S3 object that an error speaks of; empty when it names none. */
export function documentIn(message: string): string {
  return /\bs3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(\S{1,200}?)(?=[\s,;'"]|[.:](?:\s|$)|$)/.exec(message)?.[1] ?? '';
}

/** `180 MiB, 50 MiB are allowed` of an error that names both sizes in bytes; empty when it does not. */
export function sizesIn(message: string): string {
  const found = /\bof (\d{1,15}) bytes exceeds the maximum of (\d{1,15}) bytes/.exec(message);
  return found === null ? '' : `${sayBytes(Number(found[1]))}, ${sayBytes(Number(found[2]))} are allowed`;
}

export function isRunning({ status }: Pick<SyncJob, 'status'>): boolean {
  return status === 'SYNCING' || status === 'SYNCING_INDEXING' || status === 'STOPPING';
}

/** Ended without what it was for. A sync that was stopped is none: somebody wanted that. */
export function isFailed({ status }: Pick<SyncJob, 'status'>): boolean {
  return status === 'FAILED' || status === 'INCOMPLETE';
}
