import type { Action } from '../../ports/action.ts';
import { driftCompare } from './compare.ts';
import { driftEvidence } from './evidence.ts';
import { driftLive } from './live.ts';
import { driftVerdict } from './verdict.ts';
import { driftVerified } from './verified.ts';

/** What has drifted, and why. */
export const DRIFT_ACTIONS: readonly Action[] = [driftEvidence, driftCompare, driftLive, driftVerified, driftVerdict];
