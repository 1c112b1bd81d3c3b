import type { Action } from '../../ports/action.ts';
import { qbusinessApplyChatControls } from './apply-chat-controls.ts';
import { qbusinessChatControls } from './chat-controls.ts';
import { qbusinessConnector, qbusinessUpdateConnector } from './connector.ts';
import { qbusinessProbe } from './probe.ts';
import { qbusinessSchedule } from './schedule.ts';
import { qbusinessDocuments, qbusinessIndex } from './search-index.ts';
import { qbusinessStartSync } from './start-sync.ts';
import { qbusinessStopSync } from './stop-sync.ts';
import { qbusinessSupportCase } from './support-case.ts';
import { qbusinessSyncJobs } from './sync-jobs.ts';

/** Amazon Q Business. */
export const QBUSINESS_ACTIONS: readonly Action[] = [
  qbusinessChatControls,
  qbusinessApplyChatControls,
  qbusinessSyncJobs,
  qbusinessStartSync,
  qbusinessStopSync,
  qbusinessSchedule,
  qbusinessConnector,
  qbusinessUpdateConnector,
  qbusinessIndex,
  qbusinessDocuments,
  qbusinessProbe,
  qbusinessSupportCase,
];
