import type { Run } from '../../ports/runs.ts';
import { noticeMailRun } from './mail-run.ts';
import { noticePageRun } from './page-run.ts';
import type { NoticeDeps } from './ports.ts';

/** Every durable run of notices to customers: one for each place, so that one that is away keeps no other waiting. */
export function noticeRuns(deps: NoticeDeps): readonly Run[] {
  return [noticeMailRun(deps), noticePageRun(deps)];
}
