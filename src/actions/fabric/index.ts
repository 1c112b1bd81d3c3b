import type { Action } from '../../ports/action.ts';
import { fabricCapsules } from './capsules.ts';
import { fabricLiveness } from './liveness.ts';
import { fabricRollbacks } from './rollbacks.ts';
import { fabricStartRollback } from './start-rollback.ts';
import { fabricTriage } from './triage/action.ts';
import { fabricUsage } from './usage.ts';

export const FABRIC_ACTIONS: readonly Action[] = [fabricCapsules, fabricLiveness, fabricRollbacks, fabricUsage, fabricTriage, fabricStartRollback];
